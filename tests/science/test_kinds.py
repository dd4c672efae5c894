"""What the features of single kinds say of simulated signals, beside what is true of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from devices.scoring import times_f1
from devices.simulator import simulate
from devices.simulator.presets import preset
from devices.simulator.recording import SimulatedRecording
from transforms.engine import SignalEngine, StreamSpec, WindowBatch

Followed = tuple[SimulatedRecording, WindowBatch, Callable[[str], np.ndarray]]


def followed(signal: str, seed: int) -> Followed:
    """A simulated recording, its windows, and a feature of it by name: (w, n_channels)."""
    recording = simulate(preset(signal, seed=seed))
    spec = StreamSpec(
        signal, recording.sampling_rate, recording.channels, line_hz=recording.line_hz
    )
    windows = SignalEngine(spec).push(0, recording.samples)
    names = windows.feature_names
    return recording, windows, lambda name: windows.features[:, :, names.index(name)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_heart_rate_is_that_of_the_beats(seed: int):
    recording, _, feature = followed("ecg", seed)
    intervals_s, ends_s = np.diff(recording.beats_s), recording.beats_s[1:]
    for at_s in (40, 70, 110):
        decided = ends_s < at_s - 0.15
        recent = intervals_s[decided & (ends_s > at_s - 10)]
        found = feature("heart_rate_bpm")[int(at_s * 20) - 1, 0]
        # The filters delay a beat: one at the edge of the 10 s may count here and not there.
        assert found == pytest.approx(60 / recent.mean(), abs=1)
        if at_s > 62:
            minute = intervals_s[decided & (ends_s > at_s - 60)]
            rmssd_ms, sdnn_ms = 1000 * np.sqrt((np.diff(minute) ** 2).mean()), 1000 * minute.std()
            assert feature("rmssd_ms")[at_s * 20 - 1, 0] == pytest.approx(rmssd_ms, abs=3)
            assert feature("sdnn_ms")[at_s * 20 - 1, 0] == pytest.approx(sdnn_ms, abs=3)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_spike_rate_is_that_of_the_units_near_the_electrode(seed: int):
    recording, windows, feature = followed("spikes", seed)
    from_s = windows.start_ns[np.isfinite(feature("threshold_crossings")[:, 0])][0] / 1e9
    found = np.nansum(feature("threshold_crossings"), axis=0)
    trains_s = [recording.spikes.of_channel(c) for c in range(len(recording.channels))]
    there = np.array([(train_s >= from_s).sum() for train_s in trains_s])
    # Overlaps are one crossing, rare noise is one too many.
    np.testing.assert_allclose(found, there, rtol=0.15)
    assert abs(found.sum() / there.sum() - 1) < 0.05


@pytest.mark.parametrize("seed", [1, 2])
def test_every_contraction_has_one_onset_in_time(seed: int):
    recording, windows, feature = followed("emg", seed)
    truth_s = [one.start_s for one in recording.truth if one.kind == "contraction"]
    for c in range(len(recording.channels)):
        onsets_s = windows.start_ns[feature("emg_onset")[:, c] == 1] / 1e9 + 0.025
        score = times_f1(onsets_s, truth_s, tolerance_s=0.15)
        assert score.f1 == 1.0, score


@pytest.mark.parametrize("seed", [1, 2])
def test_tilt_follows_the_sensor(seed: int):
    recording, windows, feature = followed("acc", seed)
    assert recording.tilt_deg is not None
    n = int(recording.sampling_rate)
    ends = np.round((windows.start_ns / 1e9 + 0.05) * n).astype(int)
    seconds = [(k, end) for k, end in enumerate(ends) if n <= end <= len(recording.tilt_deg)]
    true_deg = np.array([recording.tilt_deg[end - n : end].mean(axis=0) for _, end in seconds])
    off_deg = np.abs(feature("tilt_deg")[[k for k, _ in seconds]] - true_deg)
    assert np.nanmedian(off_deg) < 0.1
    assert np.nanmax(off_deg) < 10  # while it moves, what is measured is not gravity alone
    moving = np.any(
        [
            (ends / n > one.start_s) & (ends / n < one.end_s)
            for one in recording.truth
            if one.kind == "movement"
        ],
        axis=0,
    )
    movement = feature("movement")[:, 0]
    assert np.nanmedian(movement[moving]) > 5 * np.nanmedian(movement[~moving])
