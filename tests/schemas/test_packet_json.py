from __future__ import annotations

import contextlib
import json
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from schemas.errors import PacketError
from schemas.packet_events import Event, EventKind, EventPacket
from schemas.packet_format import SignalFormat
from schemas.packet_json import packet_from_json, packet_to_json
from schemas.packet_wire import PacketLimits
from tests.schemas.packets import (
    DEVICE,
    EVENT_PACKETS,
    SESSION,
    START_NS,
    assert_same,
    made_packet,
    packets,
)
from tests.schemas.test_packet_wire import mutant


def with_one_nan(packet):
    """JSON has one NaN; which of the many NaNs of a float it was is not told."""
    if packet.samples.dtype == np.int32:
        return packet
    samples = np.where(np.isnan(packet.samples), np.nan, packet.samples)
    fields = {**vars(packet), "samples": samples.astype(packet.samples.dtype)}
    return type(packet)(**fields)


@settings(max_examples=150, deadline=None)
@given(packet=packets() | EVENT_PACKETS)
def test_json_brings_a_packet_back_by_rows_and_by_payload(packet):
    assert_same(packet_from_json(packet_to_json(packet, rows=False)), packet)
    if not isinstance(packet, EventPacket):
        packet = with_one_nan(packet)
    text = packet_to_json(packet)
    again = packet_from_json(text)
    assert_same(again, packet)
    assert packet_to_json(again) == text


def test_the_canonical_form_is_as_the_page_shows_it():
    format_ = SignalFormat("eeg", Fraction(250), ("C3", "C4"), scale=(0.5,), adc_bits=24)
    absent = np.array([[False, False], [True, False]])
    text = packet_to_json(made_packet([[1, 2], [3, 4]], format=format_, absent=absent, sequence=7))
    assert json.loads(text) == {
        "schema_version": 1,
        "device": DEVICE,
        "session": SESSION,
        "stream": "eeg0",
        "sequence": "7",
        "samples": {
            "start_ns": str(START_NS),
            "format": {
                "signal": "eeg",
                "rate_num": 250,
                "rate_den": 1,
                "channels": ["C3", "C4"],
                "unit": "uV",
                "scale": [0.5],
                "adc_bits": 24,
            },
            "n_samples": 2,
            "codec": "RICE",
            "checksum": json.loads(text)["samples"]["checksum"],
            "rows": [[1, 2], [None, 4]],
        },
    }


def edited(**changes) -> str:
    fields = json.loads(packet_to_json(made_packet([[1, 2], [3, 4]])))
    fields["samples"].update(changes)
    return json.dumps({k: v for k, v in fields.items() if v is not ...})


def test_a_device_may_leave_out_what_follows_from_the_rows():
    fields = json.loads(packet_to_json(made_packet([[1, 2], [3, 4]])))
    for name in ("n_samples", "codec", "checksum"):
        del fields["samples"][name]
    assert_same(packet_from_json(json.dumps(fields)), made_packet([[1, 2], [3, 4]]))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "packet"),
        ("[]", "packet"),
        ("5", "packet"),
        ("{" * 100_000, "packet"),
        ("[" * 100_000, "packet"),
        ('{"samples": 5}', "packet"),
        ('{"samples": {"rows": [[1]]}, "devise": "x"}', "packet"),
        ('{"samples": {"n_samples": NaN}}', "packet"),
        (edited(rows=[[1, 2]]), "n_samples"),
        (edited(rows=[[1, 2], [3]]), "rows"),
        (edited(rows=[[1, 2], 3]), "rows"),
        (edited(rows={"0": 1}), "rows"),
        (edited(rows=[[1, 2], [3, 4.5]]), "rows"),
        (edited(rows=[[1, 2], [3, True]]), "rows"),
        (edited(rows=[[1, 2], [3, "4"]]), "rows"),
        (edited(rows=[[1, 2], [3, 2**31]]), "rows"),
        (edited(rows=[[1, 2], [3, 10**400]], codec="FLOAT64"), "rows"),
        (edited(rows=[[1, 2], [3, 5]]), "checksum"),
        (edited(payload="AAAA"), "rows"),
        (edited(rows=[]), "n_samples"),
        (edited(rows=[], n_samples=0), "n_samples"),
        (edited(codec="MP3"), "packet"),
        (edited(first_sample=-1), "packet"),
        (edited(format=None), "rows"),
        (edited(start_ns=[]), "packet"),
    ],
)
def test_json_that_is_no_packet_is_refused_by_its_field(text, field):
    with pytest.raises(PacketError) as refused:
        packet_from_json(text)
    assert refused.value.field == field


def test_json_beyond_a_limit_is_refused():
    text = packet_to_json(made_packet())
    for limits in (PacketLimits(max_bytes=50), PacketLimits(max_samples=2)):
        with pytest.raises(PacketError):
            packet_from_json(text, limits)


def test_damaged_json_is_a_packet_or_our_refusal():
    chance = random.Random(3)
    rng = np.random.default_rng(3)
    event = Event(5, EventKind.MARKER, "left", 7, ("C3",))
    good = [
        packet_to_json(made_packet(rng.integers(-99, 99, (9, 2)))).encode(),
        packet_to_json(made_packet(rng.normal(size=(9, 2)))).encode(),
        packet_to_json(made_packet(), rows=False).encode(),
        packet_to_json(EventPacket(device=DEVICE, session=SESSION, events=(event,))).encode(),
    ]
    for number in range(3000):
        with contextlib.suppress(PacketError):
            packet_from_json(mutant(good[number % len(good)], chance))
