"""Promise 4 for the features of single kinds: spikes, contractions, motion."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.engine import kind_reference
from tests.transforms.engine.kind_signals import (
    action_potential,
    contractions,
    ecg,
    electrode,
)
from tests.transforms.engine.reference import end_of
from tests.transforms.engine.streams import assert_same, run
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.engine.tracking import sensor_axes

Float64 = np.ndarray


def column(windows: WindowBatch, name: str, channel: int = 0) -> Float64:
    return windows.features[:, channel, windows.feature_names.index(name)]


def spike_band(samples: Float64, rate_hz: float) -> Float64:
    """One second-order high-pass over everything."""
    sos = scipy.signal.butter(2, 250, "highpass", fs=rate_hz, output="sos")
    zi = scipy.signal.sosfilt_zi(sos) * samples[0]
    return np.asarray(scipy.signal.sosfilt(sos, samples, zi=zi)[0])


def assert_equals_reference(
    windows: WindowBatch, expected: dict[str, dict[int, float]], channel: int = 0
) -> None:
    """Present where the reference is, NaN elsewhere, equal to 1e-9."""
    for name, by_window in expected.items():
        values = [by_window.get(int(k), math.nan) for k in windows.index]
        np.testing.assert_allclose(
            column(windows, name, channel), values, rtol=1e-9, atol=1e-9, err_msg=name
        )


@pytest.mark.parametrize("rate", [30_000, Fraction(3125000, 128), 2_000])
@pytest.mark.parametrize("start_ns", [0, 1_700_000_000_012_345_678])
def test_spikes_equal_their_formula(rate: Fraction | int, start_ns: int):
    spec = StreamSpec("spikes", rate, ("e1",), start_ns, None)
    samples, _ = electrode(3, int(2.6 * rate), float(rate))
    windows = run(spec, [(0, samples[:, None])])
    np.testing.assert_array_equal(windows.filtered[:, 0], spike_band(samples, float(rate)))
    assert_equals_reference(windows, kind_reference.spikes(windows.filtered[:, 0], spec))
    assert np.nanmax(column(windows, "spike_rate_hz")) > 5


def test_the_noise_is_the_electrodes_own_and_the_rate_that_of_its_cell():
    rate = 30_000
    samples, times_s = electrode(4, 10 * rate, rate)
    windows = run(StreamSpec("spikes", rate, ("e1",), line_hz=None), [(0, samples[:, None])])
    assert np.nanmedian(column(windows, "noise_uv")) == pytest.approx(8, rel=0.05)
    found = np.nansum(column(windows, "threshold_crossings"))
    there = np.count_nonzero(times_s > 1)
    assert abs(found - there) <= 0.05 * there


def test_a_large_unit_is_counted_once_a_spike():
    rng = np.random.default_rng(31)
    samples = rng.normal(0, 8, 300_000)
    t_ms = np.arange(90) / 30 - 0.8
    shape = -300 * np.exp(-0.5 * (t_ms / 0.17) ** 2)
    shape += 80 * np.exp(-0.5 * ((t_ms - 0.65) / 0.35) ** 2)
    for place in range(1000, 299_000, 1500):
        samples[place : place + 90] += shape
    windows = run(StreamSpec("spikes", 30_000, ("e",), line_hz=None), [(0, samples[:, None])])
    found = np.nansum(column(windows, "threshold_crossings"))
    assert found == pytest.approx(9 * 20, rel=0.05)


def test_a_channel_that_flickers_by_its_last_bit_has_no_spikes():
    samples = (np.random.default_rng(32).random((90_000, 1)) < 0.01).astype(float)
    windows = run(StreamSpec("spikes", 30_000, ("e",), line_hz=None), [(0, samples)])
    assert np.nansum(column(windows, "threshold_crossings")) == 0


def test_a_cell_that_fires_more_does_not_raise_the_noise():
    quiet = np.random.default_rng(5).normal(0, 8, 90_000)
    busy = quiet.copy()
    for place in range(0, 89_000, 500):  # 60 a second
        busy[place : place + 60] += 2 * action_potential(30_000)
    estimates = [
        np.nanmedian(
            column(
                run(StreamSpec("spikes", 30_000, ("e",), line_hz=None), [(0, x[:, None])]),
                "noise_uv",
            )
        )
        for x in (quiet, busy)
    ]
    assert estimates[1] < 1.15 * estimates[0]
    assert busy.std() > 2 * quiet.std()


@pytest.mark.parametrize("rate", [1000, 2048, 500])
def test_contractions_equal_their_formula(rate: int):
    spec = StreamSpec("emg", rate, ("biceps",), 123_456_789, 50)
    edges_s = 3 + np.cumsum(np.random.default_rng(rate).integers(2, 9, 60) * 0.05)
    bursts_s = [(low, high) for low, high in edges_s.reshape(-1, 2).tolist() if high < 19]
    samples = contractions(1, rate, [*bursts_s, (19.53, 19.7)])
    windows = run(spec, [(0, samples[:, None])])
    assert_equals_reference(windows, kind_reference.bursts(windows.filtered[:, 0], spec))


def test_each_contraction_has_one_onset_within_a_window_of_its_beginning():
    bursts_s = [(4.0, 5.0), (7.0, 7.4), (12.0, 16.0)]
    samples = contractions(2, 1000, bursts_s)
    windows = run(StreamSpec("emg", 1000, ("biceps",)), [(0, samples[:, None])])
    onsets_s = windows.start_ns[column(windows, "emg_onset") == 1] / 1e9
    np.testing.assert_allclose(onsets_s, [start_s for start_s, _ in bursts_s], atol=0.051)
    active_s = np.nansum(column(windows, "emg_active")) * 0.05
    # The average of 250 ms falls as late, and the notches ring on.
    assert active_s == pytest.approx(sum(end - start + 0.3 for start, end in bursts_s), abs=0.3)


def test_a_weak_contraction_of_half_a_minute_is_seen_to_its_end():
    samples = contractions(4, 1000, [])
    samples = np.concatenate([samples, 1.8 * contractions(5, 1000, []), samples])[:, None]
    active = column(run(StreamSpec("emg", 1000, ("biceps",)), [(0, samples)]), "emg_active")
    assert np.nanmean(active[:400]) == 0
    assert active[405:800].mean() > 0.98


def test_a_contraction_of_a_minute_does_not_become_rest():
    rng = np.random.default_rng(33)
    samples = rng.normal(0, 2, 80_000)
    samples[10_000:65_000] += rng.normal(0, 20, 55_000)
    active = column(
        run(StreamSpec("emg", 1000, ("biceps",)), [(0, samples[:, None])]), "emg_active"
    )
    assert active[205:1300].mean() > 0.98
    assert np.nanmean(active[1320:]) < 0.02


def test_noise_of_any_size_is_no_contraction():
    for rate, amplitude_uv in ((1000, 0.3), (1000, 300), (500, 3)):
        noise = np.random.default_rng(6).normal(0, amplitude_uv, (rate * 600, 1))
        windows = run(StreamSpec("emg", rate, ("biceps",)), [(0, noise)])
        assert np.nansum(column(windows, "emg_active")) == 0


@pytest.mark.parametrize("rate", [10, 25, 100, Fraction(62, 1), 99.7])
def test_motion_equals_its_formula(rate: float | Fraction):
    rng = np.random.default_rng(7)
    spec = StreamSpec("acc", rate, ("x", "y", "z", "other"), 5_000_000_000_000_001, None)
    n_samples = int(4 * spec.sampling_rate)
    samples = rng.normal((0.2, -0.4, 0.9, 0.5), 0.1, (n_samples, 4))
    windows = run(spec, [(0, samples)])
    n_valid = 0
    for c, axes in enumerate(([0, 1, 2],) * 3 + ([3],)):
        for i, window in enumerate(windows.index):
            end = end_of(spec, int(window))
            found = {
                name: windows.features[i, c, windows.feature_names.index(name)]
                for name in ("magnitude", "movement", "tilt_deg", "jerk")
            }
            if round(spec.sampling_rate) <= end <= n_samples:
                expected = kind_reference.motion(samples, end, spec.sampling_rate, axes, c)
                n_valid += 1
            else:
                expected = dict.fromkeys(found, math.nan)
            for name, value in expected.items():
                np.testing.assert_allclose(found[name], value, rtol=1e-9, err_msg=name)
    assert n_valid >= 4 * 20


def test_a_sensor_on_its_side_is_tilted_by_a_right_angle():
    rng = np.random.default_rng(8)
    upright = rng.normal((0, 0, 1), 0.005, (500, 3))
    lying = rng.normal((1, 0, 0), 0.005, (500, 3))
    windows = run(
        StreamSpec("acc", 100, ("Accel X", "Accel Y", "Accel Z")),
        [(0, np.concatenate([upright, lying]))],
    )
    z = column(windows, "tilt_deg", 2)
    assert z[90] == pytest.approx(0, abs=1)
    assert z[-1] == pytest.approx(90, abs=1)
    assert column(windows, "magnitude")[90] == pytest.approx(1, abs=0.01)
    assert column(windows, "movement")[90] < 0.01


def test_turning_is_movement_and_noise_between_neighbours_is_no_jerk():
    rate, rng = 1000, np.random.default_rng(34)
    t = np.arange(4 * rate) / rate
    angle = np.where(t < 2, 0, (t - 2) * np.pi / 2)
    samples = np.stack([np.sin(angle), 0 * t, np.cos(angle)], axis=1)
    samples += rng.normal(0, 0.005, samples.shape)
    windows = run(StreamSpec("acc", rate, ("x", "y", "z")), [(0, samples)])
    movement, jerk = column(windows, "movement"), column(windows, "jerk")
    assert movement[39] < 0.02
    assert movement[-1] > 0.3
    assert jerk[39] < 0.5  # neighbours alone would give 7


def test_which_channels_are_a_sensor():
    def axes(*names: str) -> list[list[int]]:
        return sensor_axes(names).tolist()

    none, first = [-1, -1, -1], [0, 1, 2]
    assert axes("acc_z", "acc_y", "acc_x", "battery") == [first, first, first, none]
    assert axes("Accel Channel 0", "Accel Channel 1", "Accel Channel 2") == [first] * 3
    assert axes("left", "right", "battery") == [none] * 3
    assert axes("GyroX", "GyroY", "GyroZ") == [none] * 3
    assert axes("ch0", "ch1", "ch2", "ch3", "ch4") == [none] * 5
    assert axes("b", "ax", "ay", "az")[1:] == [[1, 2, 3]] * 3


KINDS = (("spikes", 3000), ("emg", 500), ("ecg", 100), ("acc", 50))


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 1000),
    cuts=st.lists(st.floats(0, 1), max_size=8),
    absent=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300)), max_size=2),
    restored=st.floats(0, 1),
)
def test_packets_and_restores_change_nothing(
    kind: tuple[str, int],
    seed: int,
    cuts: list[float],
    absent: list[tuple[float, int]],
    restored: float,
):
    signal, rate = kind
    spec = StreamSpec(signal, rate, ("x", "y", "z"), start_ns=seed * 7_777_777)
    n_samples = 13 * rate if signal == "ecg" else 4 * rate
    rng = np.random.default_rng(seed)
    samples = rng.standard_t(3, (n_samples, 3)) * 20
    samples[:, 0] += ecg(np.arange(0.3, n_samples / rate, 0.7), rate, n_samples / rate)
    for place, length in absent:
        first = int(place * n_samples)
        samples[first : first + length, seed % 3 if seed % 2 else slice(None)] = np.nan
    edges = [0, *sorted(int(cut * n_samples) for cut in cuts), n_samples]
    engine, batches = SignalEngine(spec), []
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        if number == int(restored * len(edges)):
            engine = SignalEngine.restore(spec, engine.snapshot())
        batches.append(engine.push(low, samples[low:high]))
    pieces = WindowBatch.concatenate([*batches, engine.finish()])
    whole = run(spec, [(0, samples)])
    assert_same(pieces, whole)
    own = whole.features[:, :, whole.feature_names.index("line_length") :]
    if not absent:
        assert np.isfinite(own).any(axis=(0, 1)).sum() >= 4


def test_a_lost_sample_takes_the_look_back_with_it():
    samples = contractions(3, 1000, [(6, 7)])[:, None]
    samples[3000] = np.nan
    windows = run(StreamSpec("emg", 1000, ("biceps",)), [(0, samples)])
    active = column(windows, "emg_active")
    there = np.flatnonzero(np.isfinite(active))
    # 20 windows of rest from the start on, and again after the window that holds the lost sample.
    assert there.tolist() == [*range(20, 60), *range(61 + 20, 400)]


def test_a_gap_between_windows_takes_the_look_back_with_it():
    samples = contractions(3, 1000, [(6, 7)])[:, None]
    windows = run(
        StreamSpec("emg", 1000, ("biceps",)), [(0, samples[:3000]), (3100, samples[3100:])]
    )
    active = column(windows, "emg_active")
    there = windows.index[np.isfinite(active)]
    assert there.tolist() == [*range(20, 60), *range(62 + 20, 400)]


def test_a_rate_that_leaves_no_room_has_no_such_features():
    for signal, rate, name in (
        ("spikes", 500, "noise_uv"),
        ("emg", 40, "emg_active"),
        ("ecg", 30, "heart_rate_bpm"),
    ):
        samples = np.random.default_rng(13).normal(0, 100, (rate * 15, 1))
        windows = run(StreamSpec(signal, rate, ("a",)), [(0, samples)])
        assert np.isnan(column(windows, name)).all(), signal
        assert np.isfinite(column(windows, "rms")).any(), signal
