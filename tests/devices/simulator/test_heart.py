"""Beats vary as healthy ones do; the same heart is on the scalp and on the chest."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from devices.simulator import EcgSettings, SimulatorSettings, simulate
from devices.simulator.heart import beat_times, beat_wave, draw_rhythm

seeds = st.integers(0, 2**32)


@given(seed=seeds)
@settings(max_examples=30, deadline=None)
def test_intervals_have_the_rate_and_the_variability_of_the_subject(seed):
    rhythm = draw_rhythm(seed)
    intervals_s = np.diff(beat_times(seed, 600))
    assert 60 / intervals_s.mean() == pytest.approx(rhythm.rate_bpm, rel=0.03)
    assert 0.6 * rhythm.sdnn_s < intervals_s.std() < 1.4 * rhythm.sdnn_s
    assert intervals_s.min() > 0.4
    rmssd_s = np.sqrt((np.diff(intervals_s) ** 2).mean())
    assert 0.01 < rmssd_s < 0.1


@given(seed=seeds, duration_s=st.floats(0.1, 20))
@settings(max_examples=50, deadline=None)
def test_beats_lie_inside_the_recording_in_order(seed, duration_s):
    beats_s = beat_times(seed, duration_s)
    assert (np.diff(beats_s) > 0).all()
    assert ((beats_s >= 0) & (beats_s < duration_s)).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_rate_follows_the_breath(seed):
    rhythm, beats_s = draw_rhythm(seed), beat_times(seed, 600)
    time_s = np.arange(beats_s[1], beats_s[-1], 0.25)
    intervals_s = np.interp(time_s, beats_s[1:], np.diff(beats_s))
    hz, power = signal.welch(intervals_s - intervals_s.mean(), 4, nperseg=400)
    breath = power[np.abs(hz - rhythm.breathing_hz) < 0.05].max()
    between = power[(hz > 0.15) & (hz < rhythm.breathing_hz - 0.06)]
    assert breath > 10 * np.median(power[hz > 0.4])
    assert not len(between) or breath > 2 * np.median(between)


def test_a_beat_has_its_five_waves():
    wave = beat_wave(np.array([1.0]), n_samples=2000, rate_hz=1000.0)
    assert wave.argmax() == pytest.approx(1000, abs=1)
    assert wave.max() == pytest.approx(1.0, abs=0.1)
    p, q, s, t = wave[800:900].max(), wave[960:1000].min(), wave[1000:1050].min(), wave[1200:].max()
    assert 0.08 < p < 0.2
    assert -0.2 < q < -0.02
    assert -0.35 < s < -0.1
    assert 0.2 < t < 0.4
    wide = np.flatnonzero(wave > 0.5 * wave.max())
    assert 0.015 < np.ptp(wide) / 1000 < 0.05  # the R wave is steep


def test_the_scalp_shows_the_beats_of_the_chest_with_both_signs():
    asked = SimulatorSettings(seed=5, duration_s=60, channels=("T7", "T8", "Cz", "Fp1", "O2"))
    plain = simulate(asked)
    with_heart = simulate(dataclasses.replace(asked, heart_uv=15.0))
    chest = simulate(EcgSettings(seed=5, duration_s=60))
    np.testing.assert_array_equal(with_heart.beats_s, chest.beats_s)
    assert len(plain.beats_s) == 0
    assert with_heart.truth == plain.truth
    change_uv = with_heart.samples_uv - plain.samples_uv
    rows = np.rint(chest.beats_s * 250).astype(int)
    at_r_uv = change_uv[rows[1:-1]].mean(axis=0)
    assert 10 < np.abs(at_r_uv).max() < 18
    assert at_r_uv.min() < 0 < at_r_uv.max()
    assert at_r_uv[0] > at_r_uv[1]  # the left is nearer to the heart's axis than the right
