"""Posts and their answers: what one side writes, the other reads."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.errors import PacketError, SchemaError
from schemas.packet import Packet
from schemas.packet_json import packet_from_fields
from schemas.packet_wire import encode_packet
from schemas.posts import MAX_POST_PACKETS, decode_post, encode_post, post_from_json, post_to_json
from schemas.verdicts import PostAnswer, Reason, Verdict
from tests.schemas.packets import EVENT_PACKETS, assert_same, packets

POSTS = st.lists(packets() | EVENT_PACKETS, min_size=1, max_size=4)
PLACES = st.integers(0, 999)
VERDICTS = st.builds(Verdict, packet=PLACES, accepted=st.just(value=True)) | st.builds(
    Verdict,
    packet=PLACES,
    accepted=st.just(value=False),
    reason=st.sampled_from(Reason),
    detail=st.text(),
)


def _has_nan(packet):
    return isinstance(packet, Packet) and bool(np.isnan(packet.samples).any())


@settings(deadline=None, max_examples=30)
@given(POSTS)
def test_a_post_comes_apart_into_the_packets_it_was_made_of(posted):
    wires = [encode_packet(packet) for packet in posted]
    assert decode_post(encode_post(wires)) == wires


@settings(deadline=None, max_examples=30)
@given(POSTS, st.booleans())
def test_a_json_post_comes_apart_too(posted, rows):
    if rows:  # null has no bits of its own: which NaN it was is not told
        posted = [packet for packet in posted if not _has_nan(packet)]
        assume(posted)
    parts = post_from_json(post_to_json(posted, rows=rows))
    for part, packet in zip(parts, posted, strict=True):
        assert_same(packet_from_fields(part), packet)


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_bytes_come_apart_or_are_refused(body):
    for read in (decode_post, post_from_json):
        with contextlib.suppress(PacketError):  # and nothing else
            assert 1 <= len(read(body)) <= MAX_POST_PACKETS


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["device", "samples", "rows", "events"]), inner)
        ),
    )
)
def test_any_json_value_is_a_packet_or_refused(value):
    with pytest.raises(PacketError):
        packet_from_fields(value)  # none has all that a packet needs


@pytest.mark.parametrize("count", [0, MAX_POST_PACKETS + 1])
def test_a_post_of_none_or_too_many_is_refused(count):
    with pytest.raises(PacketError, match=f"packets is {count}; expected 1 to {MAX_POST_PACKETS}"):
        decode_post(encode_post([b"x"] * count))
    with pytest.raises(PacketError, match=f"packets is {count};"):
        post_from_json(json.dumps({"packets": [{}] * count}))


@given(st.lists(VERDICTS).map(tuple), st.integers(1, 100_000))
def test_an_answer_is_read_as_it_was_written(verdicts, interval_ms):
    answer = PostAnswer(verdicts, interval_ms)
    assert PostAnswer.from_json(json.dumps(answer.to_fields())) == answer


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"verdicts": 1}', '{"verdicts": [{"packet": 0}]}', "[" * 100_000]
)
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(SchemaError):
        PostAnswer.from_json(text)


def test_only_what_was_not_taken_now_is_sent_again():
    assert [reason for reason in Reason if not reason.is_final] == [Reason.UNAVAILABLE]
