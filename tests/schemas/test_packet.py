from __future__ import annotations

import dataclasses
import pickle
from fractions import Fraction

import numpy as np
import pytest

from schemas import packet_format
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket, Reading
from schemas.packet_format import SignalFormat
from tests.schemas.packets import DEVICE, SESSION, made_packet
from transforms.engine.spec import SIGNALS

FORMAT = SignalFormat("eeg", Fraction(250), ("C3", "C4"))


def test_signal_kinds_are_the_engines():
    assert packet_format.SIGNALS == SIGNALS


def test_values_are_offset_plus_scale_times_number():
    format_ = dataclasses.replace(FORMAT, scale=(0.5, 2.0), offset=(10.0, 0.0))
    packet = made_packet([[1, 2], [-3, 4]], format=format_)
    assert packet.samples_in_unit().tolist() == [[10.5, 4.0], [8.5, 8.0]]


def test_absent_numbers_are_nan_and_hold_the_last_one_present():
    absent = np.array([[True, False], [False, True], [True, False]])
    packet = made_packet([[7, 1], [2, 99], [88, 3]], absent=absent)
    assert packet.samples.tolist() == [[0, 1], [2, 1], [2, 3]]
    np.testing.assert_array_equal(packet.samples_in_unit(), [[np.nan, 1], [2, np.nan], [np.nan, 3]])


def test_a_mask_without_absences_is_none():
    assert made_packet([[1, 2]], absent=np.zeros((1, 2), bool)).absent is None


def test_samples_cannot_be_changed():
    packet = made_packet()
    with pytest.raises(ValueError, match="read-only"):
        packet.samples[0, 0] = 9


def test_integers_of_any_width_are_converted_where_they_fit():
    assert made_packet(np.array([[1, 2**31 - 1]], np.int64)).samples.dtype == np.int32
    with pytest.raises(PacketError, match="samples is '1 to 2147483648'"):
        made_packet(np.array([[1, 2**31]], np.int64))


def test_the_range_of_the_converter_follows_from_its_bits():
    format_ = dataclasses.replace(FORMAT, adc_bits=16, scale=(-0.1, 0.1))
    ends = (-32768 * 0.1, 32767 * 0.1)
    assert format_.value_range() == ((-ends[1], -ends[0]), ends)
    assert FORMAT.value_range() == (None, None)


def test_the_ends_of_the_range_compare_equal_to_samples_there():
    format_ = dataclasses.replace(
        FORMAT, adc_range=((-8092.0, 8091.0), None), scale=(0.1,), offset=(0.3,)
    )
    low_and_high = made_packet([[-8092, 0], [8091, 0]], format=format_).samples_in_unit()
    assert format_.value_range() == (tuple(low_and_high[:, 0]), None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device", "Cyton"),
        ("session", "0" * 31),
        ("stream", "eeg/0"),
        ("stream", ""),
        ("epoch", -1),
        ("epoch", True),
        ("sequence", 2**63),
        ("first_sample", 2**53),
        ("counter_bits", 63),
        ("start_ns", 2**62 + 1),
        ("device_time_ns", 0.5),
        ("samples", np.zeros((0, 2), np.int32)),
        ("samples", np.zeros((2, 3), np.int32)),
        ("samples", np.zeros(2, np.int32)),
        ("samples", np.zeros((2, 2), np.float16)),
        ("samples", np.zeros((2, 2), complex)),
        ("absent", np.zeros((2, 2), bool)),
        ("absent", np.zeros((3, 2), int)),
    ],
)
def test_a_packet_that_cannot_exist_is_refused_by_its_field(field, value):
    with pytest.raises(PacketError) as refused:
        made_packet(**{"format": FORMAT, field: value})
    assert refused.value.field == field


def test_a_counter_that_wraps_stays_below_its_period():
    assert made_packet(counter_bits=8, first_sample=255).first_sample == 255
    with pytest.raises(PacketError, match="first_sample is 256; expected an integer from 0 to 255"):
        made_packet(counter_bits=8, first_sample=256)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signal", "meg"),
        ("sampling_rate", Fraction(1, 2)),
        ("sampling_rate", Fraction(2**33 + 1, 2**32)),
        ("channels", ()),
        ("channels", ("C3", "C3")),
        ("channels", ("C3", " ")),
        ("channels", ("C3", "x" * 65)),
        ("unit", "g"),
        ("unit", "counts"),
        ("scale", (0.0,)),
        ("scale", (1.0, 2.0, 3.0)),
        ("scale", (float("nan"),)),
        ("offset", (float("inf"),)),
        ("offset", ()),
        ("adc_bits", 33),
        ("adc_range", ((1.0, 1.0),)),
        ("adc_range", (None, None, None)),
    ],
)
def test_a_format_that_cannot_exist_is_refused_by_its_field(field, value):
    with pytest.raises(PacketError) as refused:
        dataclasses.replace(FORMAT, **{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "make",
    [
        lambda: Reading(" ", 1.0),
        lambda: Reading("battery", float("nan")),
        lambda: Reading("firmware", "x" * 1001),
        lambda: Event(0, EventKind.MARKER),
        lambda: Event(2**63, EventKind.MARKER, "cue"),
        lambda: Event(0, 9, "cue"),  # type: ignore[arg-type]
        lambda: Event(0, EventKind.MARKER, "cue", duration_ns=-1),
        lambda: EventPacket(device=DEVICE, session=SESSION, events=()),
        lambda: EventPacket(
            device=DEVICE, session="x", events=(Event(0, EventKind.MARKER, "cue"),)
        ),
    ],
)
def test_an_event_that_cannot_exist_is_refused(make):
    with pytest.raises(PacketError):
        make()


def test_a_refusal_survives_pickling():
    error = PacketError("epoch", -1, "0 or more")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "epoch is -1; expected 0 or more"


def test_a_packet_survives_pickling():
    packet = made_packet()
    again = pickle.loads(pickle.dumps(packet))
    assert isinstance(again, Packet)
    assert again.samples.tolist() == packet.samples.tolist()
