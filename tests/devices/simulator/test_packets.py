"""Every sample is delivered once, delivered twice, or in the truth about what was lost."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulator import SettingsError, simulate
from devices.simulator.faults import NO_FAULTS, Faults
from devices.simulator.packets import LOST, NETWORK_NS, RESTART, START_NS, transmit
from devices.simulator.presets import preset

RECORDING = simulate(preset("eeg", duration_s=20, sampling_rate_hz=250, channels=("C3", "Cz")))
ODD = simulate(preset("eeg", duration_s=8, sampling_rate_hz=128.5, channels=("C3",)))

LONG = simulate(preset("acc", duration_s=1500))

some_faults = st.builds(
    Faults,
    loss=st.sampled_from([0.0, 0.1, 0.9]),
    loss_burst_packets=st.sampled_from([1.0, 5.0]),
    duplicate=st.sampled_from([0.0, 0.3, 1.0]),
    reorder_ms=st.sampled_from([0.0, 300.0]),
    jitter_ms=st.sampled_from([0.0, 5.0]),
    drift_ppm=st.sampled_from([-1000.0, 0.0, 20.0]),
    counter_bits=st.sampled_from([0, 8, 16, 32]),
    restart_at_s=st.lists(st.floats(0.01, 7.9), max_size=3, unique=True).map(
        lambda times_s: tuple(sorted(times_s))
    ),
    restart_gap_s=st.sampled_from([0.0, 0.5, 5.0]),
)


@given(faults=some_faults, seed=st.integers(0, 2**32), packet_ms=st.floats(1, 490))
@settings(max_examples=60, deadline=None)
def test_every_sample_is_delivered_or_in_the_truth(faults, seed, packet_ms):
    for recording in (RECORDING, ODD):
        sent = transmit(recording, seed, packet_ms, faults)
        times = np.zeros(len(recording.samples), dtype=int)
        delivered = np.zeros_like(recording.samples)
        for one in sent.packets:
            rows = slice(one.first_row, one.first_row + one.n_samples)
            times[rows] += 1 if one.arrivals_ns else 0
            assert list(one.arrivals_ns) == sorted(one.arrivals_ns)
            delivered[rows] = one.samples * recording.adc_step
        for gap in sent.lost:
            assert gap.n_samples > 0
            assert (times[gap.first_row : gap.first_row + gap.n_samples] == 0).all()
            times[gap.first_row : gap.first_row + gap.n_samples] += 1
            delivered[gap.first_row : gap.first_row + gap.n_samples] = recording.samples[
                gap.first_row : gap.first_row + gap.n_samples
            ]
        assert (times == 1).all()
        np.testing.assert_array_equal(delivered, recording.samples)


@given(faults=some_faults, seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_places_count_from_each_epoch_and_counters_wrap(faults, seed):
    sent = transmit(RECORDING, seed, 50.0, faults)
    wraps_at = 2**faults.counter_bits if faults.counter_bits else 2**62
    for _, group in itertools.groupby(sent.packets, key=lambda one: one.epoch):
        expected = 0
        for number, one in enumerate(group):
            assert (one.sequence, one.first_sample) == (number, expected)
            assert one.counter == expected % wraps_at
            assert not one.samples.flags.writeable
            expected += one.n_samples
    assert sorted(arrival for arrival, _ in sent.arrivals()) == [
        arrival for arrival, _ in sent.arrivals()
    ]
    assert len(sent.restarts()) <= len(faults.restart_at_s)


def test_a_perfect_network_delivers_in_order_after_the_least_time():
    sent = transmit(RECORDING, 1)
    arrivals = list(sent.arrivals())
    assert [packet for _, packet in arrivals] == list(sent.packets)
    assert (sent.lost, sent.duplicates(), sent.restarts()) == ((), (), ())
    for at_ns, packet in arrivals:
        closed_ns = START_NS + (packet.first_row + packet.n_samples) * 4_000_000
        assert (packet.device_time_ns, at_ns) == (closed_ns, closed_ns + NETWORK_NS)


@pytest.mark.parametrize(
    "one_fault",
    [{"loss": 0.2}, {"duplicate": 0.2}, {"reorder_ms": 200.0}, {"jitter_ms": 5.0}],
)
def test_a_fault_switched_off_leaves_the_others_as_they_were(one_fault):
    (name,) = one_fault
    both = Faults(loss=0.2, duplicate=0.2, reorder_ms=200.0, jitter_ms=5.0)
    without = dataclasses.replace(both, **dict.fromkeys(one_fault, 0))  # type: ignore[arg-type]
    for one, other in zip(
        transmit(RECORDING, 7, faults=both).packets,
        transmit(RECORDING, 7, faults=without).packets,
        strict=True,
    ):
        if name != "jitter_ms":
            assert one.device_time_ns == other.device_time_ns
        if name in ("duplicate", "jitter_ms"):
            assert bool(one.arrivals_ns) == bool(other.arrivals_ns)
        if name == "jitter_ms":
            assert one.arrivals_ns == other.arrivals_ns
        if name == "loss" and one.arrivals_ns:
            assert one.arrivals_ns == other.arrivals_ns
        if name == "reorder_ms":
            assert len(one.arrivals_ns) == len(other.arrivals_ns)


def test_shares_are_what_was_asked_for():
    sent = transmit(LONG, 3, 100.0, Faults(loss=0.1, duplicate=0.2))
    lost = sum(not one.arrivals_ns for one in sent.packets) / len(sent.packets)
    delivered = [one for one in sent.packets if one.arrivals_ns]
    assert lost == pytest.approx(0.1, abs=0.012)
    assert len(sent.duplicates()) / len(delivered) == pytest.approx(0.2, abs=0.015)


def test_losses_come_in_bursts_of_the_length_asked_for():
    sent = transmit(LONG, 3, 100.0, Faults(loss=0.1, loss_burst_packets=5.0))
    lost = sum(one.n_samples for one in sent.lost) / len(LONG.samples)
    mean_packets = np.mean([one.n_samples / 5 for one in sent.lost])
    assert {one.cause for one in sent.lost} == {LOST}
    assert lost == pytest.approx(0.1, abs=0.02)
    assert mean_packets == pytest.approx(5, rel=0.15)


def test_packets_change_places_within_the_bound_only():
    sent = transmit(RECORDING, 1, 20.0, Faults(reorder_ms=300.0, duplicate=0.5))
    order = [packet.first_row for _, packet in sent.arrivals()]
    assert order != sorted(order)
    for arrival, packet in sent.arrivals():
        closed_ns = START_NS + (packet.first_row + packet.n_samples) * 4_000_000
        assert 0 <= arrival - closed_ns - NETWORK_NS <= 300_000_000
    newest = np.maximum.accumulate(order)
    assert (newest - order).max() <= 0.32 * 250


def test_time_stamps_jitter_around_the_clock_and_step_back():
    sent = transmit(RECORDING, 1, 20.0, Faults(jitter_ms=20.0))
    stamps_ns = np.array([one.device_time_ns for one in sent.packets])
    clock_ns = np.array([(one.first_row + one.n_samples) * 4_000_000 for one in sent.packets])
    off_ms = (stamps_ns - START_NS - clock_ns) / 1e6
    assert off_ms.std() == pytest.approx(20, rel=0.1)
    assert np.abs(off_ms).max() <= 60
    assert (np.diff(stamps_ns) < 0).any()


@pytest.mark.parametrize("drift_ppm", [-200.0, 200.0])
def test_arrivals_run_away_from_the_device_clock_at_the_drift(drift_ppm):
    sent = transmit(RECORDING, 1, faults=Faults(drift_ppm=drift_ppm))
    device_s = np.array([one.device_time_ns - START_NS for one in sent.packets]) / 1e9
    true_s = np.array([one.arrivals_ns[0] - START_NS - NETWORK_NS for one in sent.packets]) / 1e9
    slope = np.polyfit(true_s, device_s, 1)[0]
    assert (slope - 1) * 1e6 == pytest.approx(drift_ppm, abs=0.1)


def test_a_restart_begins_a_new_epoch_and_loses_what_was_not_recorded():
    sent = transmit(RECORDING, 1, 50.0, Faults(restart_at_s=(5.0, 12.001), restart_gap_s=0.4))
    assert [one.cause for one in sent.lost] == [RESTART, RESTART]
    assert [(one.epoch, one.first_row, one.n_samples) for one in sent.lost] == [
        (0, 1250, 100),
        (1, 3001, 100),
    ]
    first, second = sent.restarts()
    assert (first.epoch, first.first_sample, first.first_row) == (1, 0, 1350)
    assert first.start_ns == START_NS + 5_400_000_000
    assert (second.epoch, second.sequence, second.first_row) == (2, 0, 3101)
    assert {one.start_ns for one in sent.packets if one.epoch == 0} == {START_NS}


def test_a_restart_near_the_end_loses_the_rest():
    sent = transmit(RECORDING, 1, 50.0, Faults(restart_at_s=(19.5,), restart_gap_s=5.0))
    (gap,) = sent.lost
    assert (gap.first_row, gap.n_samples, gap.first_sample) == (4875, 125, 4875)
    assert sent.restarts() == ()


@pytest.mark.parametrize(
    ("field", "packet_ms", "faults"),
    [
        ("packet_ms", 0.0, NO_FAULTS),
        ("packet_ms", 1000.0, Faults(counter_bits=8)),
        ("restart_at_s", 50.0, Faults(restart_at_s=(20.0,))),
    ],
)
def test_what_cannot_be_sent_is_named(field, packet_ms, faults):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected "):
        transmit(RECORDING, 1, packet_ms, faults)


def test_a_packet_has_at_least_one_sample():
    sent = transmit(RECORDING, 1, 0.1)
    assert {one.n_samples for one in sent.packets} == {1}
