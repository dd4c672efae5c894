"""Flags against truth: simulated recordings that nothing was tuned on, and real ones.

Detectors were tuned on the simulator's seeds 100 to 105; these are others.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from devices.scoring import clean_fraction_flagged, event_f1, intervals_from_mask, spans_of
from devices.simulator import SimulatorSettings, simulate
from tests import recordings
from tests.transforms.engine.streams import run
from transforms.engine import Flag, StreamSpec, WindowBatch

SEEDS = tuple(range(4001, 4009))
KINDS = {
    "blink": Flag.BLINK,
    "muscle": Flag.MUSCLE,
    "pop": Flag.POP,
    "drift": Flag.DRIFT,
    "line_noise": Flag.LINE_NOISE,
    "flat": Flag.FLAT,
    "saturated": Flag.SATURATED,
}
ARTIFACTS = functools.reduce(lambda a, b: a | b, KINDS.values()) | Flag.AMPLITUDE
AC_COUPLED: dict[str, Any] = {
    "adc_bits": 16,
    "adc_full_scale_uv": 3276.8,
    "electrode_offset_uv": 0.0,
}
AMPLIFIERS: dict[str, dict[str, Any]] = {
    "24 bit direct-coupled 250 Hz": {},
    "16 bit 250 Hz": AC_COUPLED,
    "16 bit 160 Hz, mains 60": {**AC_COUPLED, "sampling_rate_hz": 160, "line_hz": 60},
    "16 bit 128 Hz": {**AC_COUPLED, "sampling_rate_hz": 128},
    "24 bit 500 Hz": {"sampling_rate_hz": 500},
    "24 bit 1000 Hz": {"sampling_rate_hz": 1000},
}


def flagged(windows: WindowBatch, flags: Flag) -> np.ndarray:
    """(w,) bool, whether any channel that has settled carries one of the flags."""
    settled = windows.flags & int(Flag.SETTLING) == 0
    return ((windows.flags & int(flags) > 0) & settled).any(axis=1)


@functools.cache
def simulated(amplifier: str) -> list[tuple]:
    """Windows, their times and the truth of every seed."""
    found = []
    for seed in SEEDS:
        settings = SimulatorSettings(seed=seed, duration_s=180.0, **AMPLIFIERS[amplifier])
        made = simulate(settings)
        spec = StreamSpec(
            "eeg",
            made.sampling_rate_hz,
            made.channels,
            line_hz=made.line_hz,
            adc_range=made.adc_range_uv,
        )
        windows = run(spec, [(0, made.samples_uv)])
        found.append((windows, windows.start_ns / 1e9, made.truth))
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amplifier", AMPLIFIERS)
def test_events_of_each_kind_are_found(amplifier: str, kind: str):
    scores = []
    for windows, start_s, truth in simulated(amplifier):
        settling = (windows.flags & int(Flag.SETTLING) > 0).all(axis=1)
        found = intervals_from_mask(flagged(windows, KINDS[kind]), start_s)
        excluded = intervals_from_mask(settling, start_s)
        scores.append(event_f1(found, spans_of(truth, kind), excluded=excluded))
    pooled = functools.reduce(lambda a, b: a + b, scores)
    assert pooled.true_positives + pooled.missed >= 15
    assert pooled.f1 >= 0.9, pooled


@pytest.mark.parametrize("amplifier", AMPLIFIERS)
def test_hardly_any_clean_window_is_flagged(amplifier: str):
    shares = []
    for windows, start_s, truth in simulated(amplifier):
        settled = ~(windows.flags & int(Flag.SETTLING) > 0).all(axis=1)
        mask = flagged(windows, ARTIFACTS)[settled]
        shares.append(clean_fraction_flagged(mask, start_s[settled], truth))
    assert np.mean(shares) <= 0.01, shares


@functools.cache
def cyton() -> tuple[WindowBatch, np.ndarray]:
    """The Cyton recording and the times of its windows."""
    samples, rate, names = recordings.openbci()
    windows = run(StreamSpec("eeg", rate, names, line_hz=60), [(0, samples)])
    return windows, windows.start_ns / 1e9


def share(flag: Flag, start_s: float, end_s: float) -> float:
    """Share of the Cyton recording's windows in which any channel carries a flag."""
    windows, times = cyton()
    return float(flagged(windows, flag)[(times >= start_s) & (times < end_s)].mean())


def test_real_blinks_are_found_where_they_are_and_only_there():
    assert share(Flag.BLINK, 6, 8) > 0.1
    assert share(Flag.BLINK, 14, 20) > 0.1
    assert share(Flag.BLINK, 26, 76) <= 0.01


def test_a_real_jaw_clench_is_muscle_and_calm_is_not():
    assert share(Flag.MUSCLE, 8, 14) > 0.5
    assert share(Flag.MUSCLE, 18, 76) <= 0.01


def test_real_alpha_is_no_artifact_but_a_third_of_what_is_measured():
    windows, times = cyton()
    closed = ((times >= 40) & (times < 50)) | ((times >= 66) & (times < 76))
    opened = (times >= 52) & (times < 63)
    alpha = windows.features[:, 6:8, windows.feature_names.index("alpha_power")].mean(axis=1)
    assert np.median(alpha[closed]) > 2 * np.median(alpha[opened])


def test_mains_that_dominate_a_real_recording_are_said_on_every_channel():
    windows, times = cyton()
    assert (windows.flags[times > 6] & int(Flag.LINE_NOISE) > 0).mean() > 0.95


def test_occipital_alpha_triples_with_closed_eyes_and_quality_is_high_in_both():
    alpha = {}
    for name in ("S001R01_first60s", "S001R02_first60s"):
        samples, rate, names = recordings.physionet(name)
        windows = run(StreamSpec("eeg", rate, names, line_hz=60), [(0, samples)])
        occipital = [names.index(channel) for channel in ("O1", "Oz", "O2")]
        column = windows.feature_names.index("alpha_power")
        alpha[name] = np.nanmean(windows.features[:, occipital, column])
        assert np.median(windows.quality) >= 0.8
    assert alpha["S001R02_first60s"] > 3 * alpha["S001R01_first60s"]
