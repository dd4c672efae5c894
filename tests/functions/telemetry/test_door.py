"""What devices are told of each packet, and what is in Pub/Sub then."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import time

import pytest

from schemas.archive import MAX_PACKET_EPOCH
from schemas.envelope import EnvelopeKind
from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket, Reading
from schemas.packet_wire import decode_packet, encode_packet, packet_message
from schemas.posts import BINARY_TYPE, JSON_TYPE, encode_post, post_to_json
from schemas.registrations import SessionStatus
from schemas.verdicts import PostAnswer, Verdict
from tests.functions.telemetry.worlds import FORMAT, MS, N_CHANNELS, S
from tests.schemas.packets import assert_same
from tests.security.vaults import SUBJECT, TENANT

DAY_NS = 86400 * S


def events_of(device, **changes):
    now_ns = time.time_ns()
    reading = Reading("impedance", 5.2, "kOhm", "E1")
    events = (
        Event(now_ns - 2 * S, EventKind.MARKER, "cue left"),
        Event(now_ns - 3 * S, EventKind.DEVICE_HEALTH, readings=(reading,)),
    )
    fields = {"device": device.device, "session": device.session, "events": events}
    return EventPacket(**{**fields, **changes})


def test_what_is_accepted_is_in_pub_sub_and_opens_to_exactly_the_posted_bytes(
    world, poster, device
):
    before_ns = time.time_ns()
    wires = [encode_packet(device.packet(sequence)) for sequence in range(4)]
    answer = poster.post(device, *wires)
    assert answer.status == 202
    verdicts = tuple(Verdict(index, accepted=True) for index in range(4))
    assert PostAnswer.from_json(answer.body) == PostAnswer(verdicts, 1000)
    found = {envelope.sequence: envelope for envelope in world.pull(device, 4)}
    assert [world.open(found[sequence]) for sequence in range(4)] == wires
    assert len({envelope.delivery for envelope in found.values()}) == 4
    for sequence, envelope in found.items():
        packet = decode_packet(wires[sequence])
        assert isinstance(packet, Packet)
        event_ns = packet.start_ns + packet.first_sample * S // 250
        assert envelope.event_time_ms == event_ns // MS
        assert before_ns < envelope.received_ns < time.time_ns()
        assert (envelope.tenant, envelope.subject) == (TENANT, SUBJECT)
        assert (envelope.session, envelope.stream) == (device.session, "eeg0")
        assert envelope.kind is EnvelopeKind.SAMPLES


def test_the_sealed_message_holds_nothing_of_the_packet(world, poster, device):
    packet = events_of(device)
    plain = dataclasses.replace(device.packet(), sequence=1)
    assert poster.post(device, packet, plain).status == 202
    wire = packet_message(plain).samples.payload
    for envelope in world.pull(device, 2):
        for secret in (b"cue left", b"impedance", device.device.encode(), b"E1", wire[:12]):
            assert secret not in envelope.sealed
        attributes = envelope.attributes()
        assert device.device not in "".join(attributes.values())


def test_json_is_sealed_as_the_same_bytes_as_binary(world, poster, device):
    packets = [device.packet(0), events_of(device, sequence=1)]
    body = post_to_json(packets).encode()
    answer = poster.post(device, body=body, content_type=f"{JSON_TYPE}; charset=utf-8")
    assert answer.reasons == ["", ""]
    found = sorted(world.pull(device, 2), key=lambda envelope: envelope.sequence)
    assert [world.open(envelope) for envelope in found] == [encode_packet(p) for p in packets]
    assert_same(decode_packet(world.open(found[0])), packets[0])
    assert found[1].kind is EnvelopeKind.EVENTS
    assert found[1].event_time_ms == packets[1].events[1].time_ns // MS  # the earlier


@pytest.mark.parametrize("content_type", [BINARY_TYPE, JSON_TYPE])
def test_a_body_may_be_gzipped(world, poster, device, content_type):
    packet = device.packet()
    plain = (
        encode_post([encode_packet(packet)])
        if content_type == BINARY_TYPE
        else post_to_json([packet]).encode()
    )
    answer = poster.post(
        device, body=gzip.compress(plain), content_type=content_type, content_encoding="gzip"
    )
    assert answer.status == 202
    assert world.open(world.pull(device, 1)[0]) == encode_packet(packet)


def test_a_poison_packet_costs_only_itself(world, poster, device):
    wires = [encode_packet(device.packet(sequence)) for sequence in range(3)]
    damaged = bytearray(wires[1])
    damaged[-20] ^= 1  # in the payload
    answer = poster.post(device, wires[0], b"\xff\xff", bytes(damaged), b"", wires[2])
    assert answer.status == 202
    accepted = [verdict["accepted"] for verdict in answer.fields["verdicts"]]
    assert accepted == [True, False, False, False, True]
    assert [verdict["packet"] for verdict in answer.fields["verdicts"]] == list(range(5))
    assert {world.open(envelope) for envelope in world.pull(device, 2)} == {wires[0], wires[2]}


def test_a_poison_packet_in_json_costs_only_itself(world, poster, device):
    fields = json.loads(post_to_json([device.packet(0), device.packet(1)]))
    fields["packets"][1:1] = [None, 7, {"stream": []}, {"samples": {"rows": [[1e999]]}}]
    fields["packets"][0]["samples"]["checksum"] = 1
    answer = poster.post(device, body=json.dumps(fields).encode(), content_type=JSON_TYPE)
    assert answer.status == 400  # Infinity is no JSON
    fields["packets"][4]["samples"]["rows"] = [["x"]]
    answer = poster.post(device, body=json.dumps(fields).encode(), content_type=JSON_TYPE)
    assert answer.reasons == ["checksum", "malformed", "malformed", "malformed", "malformed", ""]
    assert len(world.pull(device, 1)) == 1


def test_each_wrong_packet_is_told_what_is_wrong(world, poster, device):
    other = world.add_device()
    now_ns = time.time_ns()
    message = packet_message(device.packet(4))
    message.schema_version = 9
    samples = device.packet(5).samples
    wide = dataclasses.replace(FORMAT, channels=tuple(f"E{i}" for i in range(1025)))
    wrong = {
        "other_device": device.packet(0, device=other.device),
        "unknown_session": device.packet(1, session="f" * 32),
        "epoch": device.packet(2, epoch=MAX_PACKET_EPOCH + 1),
        "schema_version": message.SerializeToString(),
        "clock_ahead": device.packet(6, start_ns=now_ns + 130 * S),
        "clock_behind": device.packet(7, start_ns=now_ns - 31 * DAY_NS),
        "too_large": device.packet(8, samples=samples[:, :1].repeat(1025, 1), format=wide),
        "malformed": b"\x08\x01",
    }
    answer = poster.post(device, *wrong.values())
    assert answer.reasons == list(wrong)
    assert all(verdict["detail"] for verdict in answer.fields["verdicts"])
    assert world.pull(device, 1, timeout_s=0.3) == []


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"device_time_ns": 100}, True),
        ({"device_time_ns": 130}, False),
        ({"start_ns": 100}, True),
        ({"start_ns": -29 * 86400}, True),  # store-and-forward
        ({"start_ns": -29 * 86400, "device_time_ns": -29 * 86400}, True),
        ({"device_time_ns": -31 * 86400}, False),
    ],
    ids=str,
)
def test_the_clock_is_bounded_tightly_ahead_and_widely_behind(poster, device, changes, accepted):
    now_ns = time.time_ns()
    moved = {name: now_ns + seconds * S for name, seconds in changes.items()}
    answer = poster.post(device, device.packet(0, **moved))
    assert (answer.reasons == [""]) is accepted


def test_a_device_that_does_not_tell_the_time_is_judged_by_its_samples(poster, device):
    assert poster.post(device, device.packet(0, device_time_ns=0)).reasons == [""]


def test_of_two_devices_that_claim_one_session_only_its_own_gets_in(world, poster, device):
    thief = world.add_device()
    stolen = dataclasses.replace(thief, session=device.session)
    refused = poster.post(stolen, stolen.packet(0))
    assert refused.reasons == ["unknown_session"]
    unknown = poster.post(thief, thief.packet(0, session="e" * 32))
    assert refused.body == unknown.body  # a session of others looks like none
    # With its own token and the owner's name the thief gets no further.
    assert poster.post(thief, device.packet(0)).reasons == ["other_device"]
    assert poster.post(device, device.packet(0)).reasons == [""]
    assert len(world.pull(device, 1)) == 1


def test_an_ended_session_takes_nothing_more_once_its_cache_is_over(world, poster, device):
    assert poster.post(device, device.packet(0)).reasons == [""]
    world.put_session(device, status=SessionStatus.ENDED, ended_ns=time.time_ns())
    until = time.monotonic() + 5
    while (answer := poster.post(device, device.packet(1))).reasons == [""]:
        assert time.monotonic() < until
    assert answer.reasons == ["session_ended"]
    assert poster.post(device, device.packet(2, stream="acc0")).reasons == ["session_ended"]


def test_an_expired_session_takes_what_was_stored_before_of_streams_it_knows(world, poster, device):
    assert poster.post(device, device.packet(0)).reasons == [""]
    now_ns = time.time_ns()
    before, after = now_ns - 60 * S, now_ns - S
    world.put_session(device, status=SessionStatus.EXPIRED, ended_ns=now_ns - 10 * S)
    until = time.monotonic() + 5
    while poster.post(device, device.packet(1, start_ns=after)).reasons == [""]:
        assert time.monotonic() < until
    answer = poster.post(
        device,
        device.packet(1, start_ns=before),
        device.packet(2, start_ns=after),
        device.packet(3, start_ns=before, stream="acc0"),
    )
    assert answer.reasons == ["", "session_ended", "session_ended"]


def test_the_registry_knows_a_stream_before_it_is_accepted(world, poster, device):
    packets = [device.packet(0), device.packet(0, epoch=3), device.packet(1, epoch=3)]
    assert poster.post(device, *packets, events_of(device)).status == 202
    noted = world.noted_streams(device.session)
    assert noted == [b"eeg0#000000", b"eeg0#000003", b"events#000000"]


def test_a_repeated_post_has_the_same_places_and_other_deliveries(world, poster, device):
    body = encode_post([encode_packet(device.packet(0))])
    token = device.token()
    for _ in range(2):  # the token as well: what it lets in twice is known to be the same
        answer = poster.post(device, body=body, authorization=f"Bearer {token}")
        assert answer.reasons == [""]
    one, other = world.pull(device, 2)
    assert (one.stream_key, one.sequence) == (other.stream_key, other.sequence)
    assert world.open(one) == world.open(other)
    assert one.delivery != other.delivery


@pytest.mark.parametrize("valid", [True, False])
def test_the_trace_goes_on_or_begins(world, poster, device, valid):
    sent = f"00-{'a' * 32}-{'b' * 16}-01" if valid else f"00-{'0' * 32}-{'b' * 16}-01"
    assert poster.post(device, device.packet(0), traceparent=sent).status == 202
    found = world.pull(device, 1)[0].traceparent
    assert (found == sent) is valid
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", found)


def test_packets_of_two_sessions_of_a_device_may_share_a_post(world, poster, device):
    second = dataclasses.replace(device, session="1" * 31 + "e")
    world.put_session(second, subject="subject000000009")
    answer = poster.post(device, device.packet(0), second.packet(0), device.packet(1))
    assert answer.reasons == ["", "", ""]
    assert world.pull(second, 1)[0].subject == "subject000000009"
    assert {envelope.subject for envelope in world.pull(device, 2)} == {SUBJECT}


def test_a_wrapping_counter_is_placed_near_the_device_s_time(world, poster, device):
    n_samples = 62
    now_ns = time.time_ns()
    packet = device.packet(
        0,
        counter_bits=8,
        first_sample=(2_500_000 - n_samples) % 256,
        start_ns=now_ns - 10_000 * S,
        device_time_ns=now_ns,
        samples=device.packet(0).samples[:n_samples, :N_CHANNELS],
    )
    assert poster.post(device, packet).reasons == [""]
    expected_ns = now_ns - n_samples * S // 250
    assert abs(world.pull(device, 1)[0].event_time_ms - expected_ns // MS) <= 1
