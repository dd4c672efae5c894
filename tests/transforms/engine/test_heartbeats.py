"""Heartbeats: rates, variability and single beats, and none of them where there is no heart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.transforms.engine import kind_reference
from tests.transforms.engine.kind_signals import ecg, heartbeat_times_s
from tests.transforms.engine.streams import run
from transforms.engine import StreamSpec, WindowBatch

Float64 = np.ndarray


def column(windows: WindowBatch, name: str) -> Float64:
    return windows.features[:, 0, windows.feature_names.index(name)]


def followed(samples: Float64, rate_hz: float = 250) -> WindowBatch:
    return run(StreamSpec("ecg", rate_hz, ("II",)), [(0, samples[:, None])])


@pytest.mark.parametrize("rate", [125, 250, 500, 1000])
@pytest.mark.parametrize("sign", [1, -1])
def test_heart_rate_and_variability_are_those_of_the_beats(rate: int, sign: float):
    duration_s = 90.0
    beats_s = heartbeat_times_s(9, duration_s)
    samples = ecg(beats_s, rate, duration_s, sign)
    samples += np.random.default_rng(10).normal(0, 10, len(samples))
    windows = run(StreamSpec("ecg", rate, ("II",)), [(0, samples[:, None])])
    for at_s in (30, 45.05, 75, 88):
        i = int(at_s * 20) - 1
        known = kind_reference.heart(beats_s[(beats_s > 2) & (beats_s < at_s - 0.15)], at_s)
        assert column(windows, "heart_rate_bpm")[i] == pytest.approx(
            known["heart_rate_bpm"], rel=0.01
        )
        if at_s > 62:
            assert column(windows, "rmssd_ms")[i] == pytest.approx(known["rmssd_ms"], abs=2)
            assert column(windows, "sdnn_ms")[i] == pytest.approx(known["sdnn_ms"], abs=2)
        else:
            assert math.isnan(column(windows, "rmssd_ms")[i])


def test_a_steady_heart_does_not_vary_though_its_beats_lie_between_samples():
    samples = ecg(np.arange(0.5, 79, 0.8037), 125, 80)
    samples += np.random.default_rng(14).normal(0, 1, len(samples))  # or it would be flat
    windows = run(StreamSpec("ecg", 125, ("II",)), [(0, samples[:, None])])
    assert column(windows, "heart_rate_bpm")[-2] == pytest.approx(60 / 0.8037, abs=0.01)
    assert column(windows, "rmssd_ms")[-2] < 0.5  # a sample is 8 ms


def test_an_extra_beat_and_a_missed_one_do_not_count_as_variability():
    beats_s = np.arange(0.5, 89.5, 0.8) + np.random.default_rng(11).normal(0, 0.005, 112)
    changed = np.sort(np.append(np.delete(beats_s, 80), beats_s[60] + 0.45))
    rates = []
    for times_s in (beats_s, changed):
        samples = ecg(times_s, 250, 90)[:, None]
        windows = run(StreamSpec("ecg", 250, ("II",)), [(0, samples)])
        rates.append(column(windows, "rmssd_ms")[-2])
    assert rates[1] == pytest.approx(rates[0], abs=1.5)


def test_beats_that_become_smaller_are_found_again_and_silence_has_none():
    beats_s = np.arange(0.5, 60, 0.9)
    samples = ecg(beats_s, 250, 60)
    samples[250 * 20 :] *= 0.2
    samples[250 * 40 :] = np.random.default_rng(12).normal(0, 3, 250 * 20)
    windows = run(StreamSpec("ecg", 250, ("II",)), [(0, samples[:, None])])
    rate = column(windows, "heart_rate_bpm")
    assert rate[35 * 20] == pytest.approx(60 / 0.9, rel=0.01)
    assert np.isnan(rate[52 * 20 :]).all()


@pytest.mark.parametrize("amplitude_uv", [30, 100, 300])
def test_noise_has_no_heart_rate(amplitude_uv: float):
    noise = np.random.default_rng(15).normal(0, amplitude_uv, 250 * 120)
    windows = followed(noise)
    assert np.isfinite(column(windows, "heart_rate_bpm")).mean() < 0.02
    assert np.isnan(column(windows, "rmssd_ms")).all()


def test_a_heart_that_stops_has_no_rate_though_noise_goes_on():
    samples = ecg(np.arange(0.5, 40, 0.8), 250, 90)
    samples += np.random.default_rng(16).normal(0, 40, len(samples))
    rate = column(followed(samples), "heart_rate_bpm")
    assert rate[38 * 20] == pytest.approx(75, rel=0.02)
    assert np.isfinite(rate[65 * 20 :]).mean() < 0.1


@pytest.mark.parametrize("bpm", [40, 120, 180, 220])
def test_slow_and_fast_hearts(bpm: float):
    samples = ecg(np.arange(0.5, 60, 60 / bpm), 250, 60)
    samples += np.random.default_rng(17).normal(0, 15, len(samples))
    rate = column(followed(samples), "heart_rate_bpm")
    assert np.nanmedian(rate[20 * 20 :]) == pytest.approx(bpm, rel=0.02)


def test_extra_beats_do_not_count_as_variability():
    regular = np.arange(0.5, 89, 0.85) + np.random.default_rng(18).normal(0, 0.015, 105)
    with_early = regular.copy()
    with_early[20::8] -= 0.35  # each followed by a pause that makes up for it
    known, found = (
        column(followed(ecg(times_s, 250, 90) + noise), "rmssd_ms")[-2]
        for times_s in (regular, with_early)
        for noise in [np.random.default_rng(19).normal(0, 8, 250 * 90)]
    )
    assert found == pytest.approx(known, rel=0.25)


def test_each_beat_is_told_once_with_its_interval():
    beats_s = heartbeat_times_s(20, 60)
    samples = ecg(beats_s, 250, 60) + np.random.default_rng(21).normal(0, 8, 250 * 60)
    windows = followed(samples)
    count, interval_ms = column(windows, "beats"), column(windows, "beat_interval_ms")
    told_s = (windows.start_ns[count == 1] + 50_000_000) / 1e9
    there = beats_s[(beats_s > 2.2) & (beats_s < 59.5)]
    assert np.nanmax(count) == 1
    later_s = told_s[:, None] - there
    assert (((later_s > 0.1) & (later_s < 0.3)).sum(axis=0) == 1).all()
    found_ms = interval_ms[np.isfinite(interval_ms)][-40:]
    np.testing.assert_allclose(found_ms, 1000 * np.diff(there)[-40:], atol=6)


def test_a_lost_sample_takes_the_look_back_with_it():
    samples = ecg(np.arange(0.5, 40, 0.8), 250, 40)
    samples += np.random.default_rng(22).normal(0, 8, len(samples))
    samples[250 * 20] = np.nan
    finite = np.isfinite(column(followed(samples), "heart_rate_bpm"))
    assert finite[200:400].all()
    assert not finite[400:600].any()
    assert finite[601:800].all()
