from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transforms.recordings.real_files import MUSE_LSL, real_file
from transforms.recordings import Reason, RecordingError, Run
from transforms.recordings.clocks.sample_clock import clock_notices, place_samples

RATE = Fraction(256)
PACKET = 12

seeds = st.integers(0, 2**32 - 1)


def jittered(n, seed, *, jitter_s, rate_hz=256.0, start_s=1000.0):
    dice = np.random.default_rng(seed)
    return start_s + np.arange(n) / rate_hz + dice.uniform(-jitter_s, jitter_s, n)


def stamped_on_arrival(n, seed, *, delay_s=0.004):
    """Packets of 12, each row with the time at which its packet came; never before the last."""
    dice = np.random.default_rng(seed)
    sent_s = 1000 + (np.arange(n) // PACKET + 1) * PACKET / 256
    delays_s = np.repeat(dice.exponential(delay_s, -(-n // PACKET)), PACKET)[:n]
    return np.maximum.accumulate(sent_s + delays_s)


def first_samples(clock):
    return [(run.first_sample, run.file_sample) for run in clock.runs]


@settings(max_examples=40)
@given(seed=seeds, n=st.integers(1, 6000), jitter_ms=st.floats(0, 20), ppm=st.floats(-500, 500))
def test_jitter_and_drift_without_a_loss_are_one_run(seed, n, jitter_ms, ppm):
    stamps = jittered(n, seed, jitter_s=jitter_ms / 1e3, rate_hz=256 * (1 + ppm / 1e6))
    for packet in (1, PACKET):
        clock = place_samples(stamps, RATE, packet_samples=packet)
        assert clock.runs == (Run(0, 0, n),)


@settings(max_examples=40)
@given(seed=seeds, n=st.integers(1, 500), late_ms=st.integers(0, 1500), where=st.floats(0, 0.9))
@example(seed=0, n=87, late_ms=77, where=0.0)  # a slope over a broken number of packets misleads
def test_a_burst_after_a_pause_is_no_loss(seed, n, late_ms, where):
    stamps = stamped_on_arrival(n * PACKET, seed)
    begin = stamps[int(where * len(stamps))]
    held = (stamps >= begin) & (stamps < begin + late_ms / 1e3)
    stamps[held] = begin + late_ms / 1e3
    if not held[-1]:  # the last ones held back: nothing yet says that they were not lost
        assert len(place_samples(stamps, RATE, packet_samples=PACKET).runs) == 1


@settings(max_examples=40)
@given(seed=seeds, lost=st.integers(1, 60), where=st.floats(0.2, 0.8))
def test_lost_packets_are_counted_exactly_and_lie_where_they_were(seed, lost, where):
    stamps = stamped_on_arrival(5000, seed, delay_s=0.002)
    begin = int(where * 5000) // PACKET * PACKET
    left = np.delete(stamps, np.s_[begin : begin + lost * PACKET])
    first, second = place_samples(left, RATE, packet_samples=PACKET).runs
    assert second.first_sample - second.file_sample == lost * PACKET
    assert abs(first.n_samples - begin) <= PACKET


@settings(max_examples=40)
@given(seed=seeds, lost=st.integers(8, 500), jitter_ms=st.floats(0, 5))
def test_a_loss_of_k_samples_is_a_gap_of_k_within_one(seed, lost, jitter_ms):
    stamps = jittered(6000, seed, jitter_s=jitter_ms / 1e3)
    left = np.delete(stamps, np.s_[2000 : 2000 + lost])
    first, second = place_samples(left, RATE).runs
    assert abs(second.first_sample - second.file_sample - lost) <= 1
    assert abs(first.n_samples - 2000) <= 8


def test_without_jitter_every_single_sample_is_missed():
    stamps = np.delete(np.arange(5000) / 256, [1000, 3000])
    assert first_samples(place_samples(stamps, RATE)) == [(0, 0), (1001, 1000), (3001, 2999)]


@pytest.mark.parametrize("back_s", [0.1, 0.5, 30.0])
def test_a_clock_that_is_set_back_keeps_the_samples_together(back_s):
    stamps = jittered(6000, 3, jitter_s=0.002)
    stamps[3000:] -= back_s
    clock = place_samples(stamps, RATE, packet_samples=PACKET)
    assert clock.runs == (Run(0, 0, 6000),)
    assert clock.largest_step_back_s == pytest.approx(back_s, abs=0.01)


def test_two_losses_in_one_recording_are_two_gaps():
    stamps = stamped_on_arrival(30_000, 1)
    left = np.delete(stamps, [*range(12_000, 12_024), *range(20_004, 20_040)])
    assert first_samples(place_samples(left, RATE, packet_samples=PACKET)) == [
        (0, 0),
        (12_024, 12_000),
        (20_040, 19_980),
    ]


def test_a_break_of_the_clock_opens_a_gap_by_the_stamps_alone():
    stamps = np.concatenate([np.arange(1000) / 256, 10 + np.arange(500) / 256])
    clock = place_samples(stamps, RATE, breaks=[1000])
    assert first_samples(clock) == [(0, 0), (2560, 1000)]
    assert len(place_samples(stamps[:1000], RATE, breaks=[500]).runs) == 1


def test_a_marker_stays_beside_its_samples_when_the_clock_drifts():
    stamps = 50 + np.arange(100_000) / 255  # 0.4 % slow: 1.5 s over the recording
    clock = place_samples(stamps, RATE)
    for row in (0, 1, 30_000, 99_999):
        beside = clock.sample_ns(row, origin_ns=7)
        assert abs(clock.clock_ns(stamps[row], origin_ns=7) - beside) < 1e6
    assert clock.clock_ns(49.0) == clock.start_ns() - 10**9
    assert clock.measured_rate_hz == pytest.approx(255)
    assert [n.kind for n in clock_notices(clock, RATE, "eeg")] == ["clock_drift"]


def test_a_missing_stamp_is_put_between_its_neighbours():
    stamps = np.arange(100) / 256
    stamps[[0, 50, 99]] = np.nan
    assert place_samples(stamps, RATE).runs == (Run(0, 0, 100),)


@pytest.mark.parametrize("stamps", [[np.nan, np.nan], [0.0, 1e18], [np.inf]])
def test_stamps_that_are_no_times_are_refused(stamps):
    with pytest.raises(RecordingError) as refused:
        place_samples(np.array(stamps), RATE)
    assert refused.value.reason is Reason.BAD_RECORD_TIMES


@settings(max_examples=60)
@given(st.lists(st.floats(-4e9, 4e9), min_size=1, max_size=200), st.integers(1, 12))
def test_any_stamps_give_runs_in_order_that_hold_every_row_once(stamps, packet):
    clock = place_samples(np.array(stamps), RATE, packet_samples=packet)
    place = row = 0
    for run in clock.runs:
        assert run.file_sample == row
        assert run.first_sample >= place
        assert run.n_samples > 0
        place, row = run.first_sample + run.n_samples, row + run.n_samples
    assert row == len(stamps)


def test_a_real_muse_whose_clock_steps_back_is_one_run():
    stamps = np.loadtxt(real_file(MUSE_LSL), delimiter=",", skiprows=1, usecols=0)
    for packet in (1, PACKET):
        clock = place_samples(stamps, RATE, packet_samples=packet)
        assert clock.runs == (Run(0, 0, 30_732),)
    assert clock.largest_step_back_s == pytest.approx(0.015)
    assert clock.measured_rate_hz == pytest.approx(256.0, abs=0.02)
    lost = np.delete(stamps, np.s_[9000:9012])
    assert first_samples(place_samples(lost, RATE, packet_samples=PACKET)) == [
        (0, 0),
        (9012, 9000),
    ]
