from __future__ import annotations

import numpy as np
import pytest

from devices.simulator import simulate
from devices.simulator.faults import Faults
from devices.simulator.packets import START_NS, transmit
from devices.simulator.presets import SIGNALS, preset
from devices.simulator.wire import arriving, format_of, marker_packets, sender_of_seed
from schemas.packet import Packet
from schemas.packet_events import EventKind, EventPacket
from schemas.packet_wire import decode_packet, encode_packet

SENDER = sender_of_seed(1)


@pytest.mark.parametrize("signal", SIGNALS)
def test_what_a_packet_says_is_the_sample_exactly(signal):
    recording = simulate(preset(signal, duration_s=2.0))
    sent = transmit(recording, 1, 100.0, Faults(counter_bits=16))
    for at_ns, packet, first_sample in arriving(recording, sent, SENDER, 16):
        assert isinstance(packet, Packet)
        read = decode_packet(encode_packet(packet))
        assert isinstance(read, Packet)
        rows = slice(first_sample, first_sample + packet.n_samples)
        np.testing.assert_array_equal(read.samples_in_unit(), recording.samples[rows])
        assert (read.format.signal, read.format.unit) == (signal, recording.unit)
        assert (read.counter_bits, read.first_sample) == (16, first_sample % 2**16)
        assert at_ns > START_NS
    low, high = format_of(recording).value_range()[0] or (0, 0)
    assert (low, high) == pytest.approx(recording.adc_range, rel=1e-12)


def test_markers_arrive_between_the_samples_and_are_never_lost():
    recording = simulate(preset("eeg", "p300", duration_s=20))
    sent = transmit(recording, 1, faults=Faults(loss=0.9, reorder_ms=300.0))
    all_of_them = list(arriving(recording, sent, SENDER))
    markers = [one for one in all_of_them if isinstance(one.packet, EventPacket)]
    assert [one.arrival_ns for one in all_of_them] == sorted(one.arrival_ns for one in all_of_them)
    assert markers == marker_packets(recording, SENDER)
    for number, (trial, (_, packet, _)) in enumerate(zip(recording.trials, markers, strict=True)):
        assert isinstance(packet, EventPacket)
        (event,) = packet.events
        assert packet.sequence == number
        assert event.kind is EventKind.MARKER
        assert event.description == trial.label
        assert event.time_ns == START_NS + round(trial.onset_s * 1000) * 1_000_000
        assert event.duration_ns == 100_000_000


def test_a_seed_is_a_session():
    assert sender_of_seed(1) == SENDER
    assert sender_of_seed(2).session != SENDER.session
