"""Packets made by hypothesis, and how two are compared."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket, Reading
from schemas.packet_format import SIGNALS, SignalFormat

DEVICE = "cyton00000000001"
SESSION = "0123456789abcdef0123456789abcdef"
START_NS = 1_704_067_200_000_000_000

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1).map(
    lambda text: text[:20]
)
FINITE = st.floats(-1e6, 1e6)


@st.composite
def formats(draw, max_channels=6):
    n_channels = draw(st.integers(1, max_channels))
    signal = draw(st.sampled_from(SIGNALS))
    per_channel = st.lists(FINITE.filter(bool), min_size=n_channels, max_size=n_channels)
    ranges = st.none() | st.tuples(FINITE, st.floats(1e6 + 1, 1e9))
    return SignalFormat(
        signal=signal,
        sampling_rate=draw(st.sampled_from([Fraction(250), Fraction(257, 2), Fraction(30000)])),
        channels=tuple(f"{i} {draw(NAMES)}" for i in range(n_channels)),
        unit=draw(st.sampled_from(["g", "mg"] if signal == "acc" else ["V", "mV", "uV", "nV"])),
        scale=tuple(draw(per_channel | st.just([0.5]))),
        offset=tuple(draw(per_channel | st.just([0.0]))),
        adc_bits=draw(st.sampled_from([0, 12, 16, 24])),
        adc_range=tuple(draw(st.just([]) | st.lists(ranges, min_size=1, max_size=1))),
    )


@st.composite
def packets(draw):
    format_ = draw(formats())
    dtype = draw(st.sampled_from([np.int32, np.float32, np.float64]))
    shape = (draw(st.integers(1, 40)), format_.n_channels)
    samples = draw(arrays.arrays(dtype, shape))
    absent = draw(st.none() | arrays.arrays(np.bool_, shape)) if dtype is np.int32 else None
    bits = draw(st.sampled_from([0, 8, 16, 32]))
    return Packet(
        device=DEVICE,
        session=SESSION,
        stream=draw(st.sampled_from(["eeg0", "spikes12", "a"])),
        format=format_,
        first_sample=draw(st.integers(0, 2**bits - 1 if bits else 2**53 - 1)),
        counter_bits=bits,
        start_ns=draw(st.integers(-(2**62), 2**62)),
        samples=samples,
        absent=absent,
        epoch=draw(st.integers(0, 999_999)),
        sequence=draw(st.integers(0, 2**63 - 1)),
        device_time_ns=draw(st.integers(-(2**62), 2**62)),
    )


READINGS = st.builds(
    Reading, name=NAMES, value=FINITE | NAMES, unit=NAMES | st.just(""), channel=NAMES | st.just("")
)
EVENTS = st.builds(
    Event,
    time_ns=st.integers(-(2**62), 2**62),
    kind=st.sampled_from(EventKind),
    description=NAMES,
    duration_ns=st.integers(0, 2**62),
    channels=st.lists(NAMES, max_size=3).map(tuple),
    readings=st.lists(READINGS, max_size=3).map(tuple),
)
EVENT_PACKETS = st.builds(
    EventPacket,
    device=st.just(DEVICE),
    session=st.just(SESSION),
    events=st.lists(EVENTS, min_size=1, max_size=4).map(tuple),
    sequence=st.integers(0, 2**63 - 1),
)


def made_packet(samples=((1, 2), (3, 4), (5, 6)), **changes) -> Packet:
    """A packet of two channels at 250 Hz."""
    samples = np.asarray(samples)
    names = tuple(f"E{i}" for i in range(samples.shape[1] if samples.ndim == 2 else 2))
    fields = {
        "device": DEVICE,
        "session": SESSION,
        "stream": "eeg0",
        "format": SignalFormat("eeg", Fraction(250), names),
        "first_sample": 0,
        "start_ns": START_NS,
        "samples": samples,
    }
    return Packet(**{**fields, **changes})


def assert_same(found: object, expected: object) -> None:
    """Every field, every bit."""
    assert type(found) is type(expected)
    if isinstance(expected, EventPacket):
        assert found == expected
        return
    for field in dataclasses.fields(expected):  # type: ignore[arg-type]
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype, field.name
            assert one.shape == other.shape, field.name
            assert one.tobytes() == other.tobytes(), field.name
        else:
            assert one == other, field.name
