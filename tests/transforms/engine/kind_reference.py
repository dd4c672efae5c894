"""The features of single kinds, written out slowly from their formulas."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from tests.transforms.engine import reference
from transforms.engine import StreamSpec

Float64 = np.ndarray


def grid_windows(spec: StreamSpec, n_samples: int) -> list[tuple[int, int, int]]:
    """(window, first sample, sample after) of the windows that lie within the stream entirely."""
    first = reference.window_of(spec, 0)
    windows = []
    for window in range(first, reference.window_of(spec, n_samples) + 1):
        low, high = reference.end_of(spec, window - 1), reference.end_of(spec, window)
        if low >= 0 and high <= n_samples:
            windows.append((window, low, high))
    return windows


def spikes(main: Float64, spec: StreamSpec) -> dict[str, dict[int, float]]:
    """Noise, crossings and rate by window, of one channel without an absent sample."""
    windows = grid_windows(spec, len(main))
    own = [np.median(np.abs(main[low:high])) / 0.6745 for _, low, high in windows]
    dead = math.ceil(spec.sampling_rate_hz * 0.0025)
    out: dict[str, dict[int, float]] = {"noise_uv": {}, "threshold_crossings": {}}
    out["spike_rate_hz"] = {}
    counts, last_counted = [], -(10**9)
    for i in range(19, len(windows)):
        window, low, high = windows[i]
        noise = float(np.median(own[i - 19 : i + 1]))
        level = -4.5 * max(noise, 1.0)
        falls = np.flatnonzero((main[low:high] < level) & (main[low - 1 : high - 1] >= level)) + low
        count = 0
        for place in falls.tolist():
            if place - last_counted > dead:
                count += 1
                last_counted = place
        counts.append(count)
        out["noise_uv"][window], out["threshold_crossings"][window] = noise, count
        if len(counts) >= 20:
            out["spike_rate_hz"][window] = sum(counts[-20:])
    return out


def bursts(main: Float64, spec: StreamSpec) -> dict[str, dict[int, float]]:
    """Activity and onsets by window, of one channel without an absent sample."""
    windows = grid_windows(spec, len(main))
    energies = np.array([(main[low:high] ** 2).mean() for _, low, high in windows])
    out: dict[str, dict[int, float]] = {"emg_active": {}, "emg_onset": {}}
    averages: list[float] = []
    quiet = lasting = 0
    for i in range(4, len(windows)):
        smooth = float(energies[i - 4 : i + 1].mean())
        active = False
        if len(averages) >= 4:
            rest = sorted(averages[-120:])[(min(len(averages), 120) - 1) // 10]
            active = smooth > 2.5 * max(rest, 0.25)
            lasting = lasting + 1 if active else 0
            out["emg_active"][windows[i][0]] = float(active)
            out["emg_onset"][windows[i][0]] = float(active and quiet >= 5)
            quiet = 0 if active else quiet + 1
        if (i + 1) % 5 == 0 and (not active or lasting > 1200):
            averages.append(smooth)
    return out


def motion(raw: Float64, end: int, rate: Fraction, axes: list[int], c: int) -> dict[str, float]:
    """Of channel c of a sensor, for the window that ends before sample `end`."""
    n = round(rate)
    lag = max(1, round(0.02 * float(rate)))
    x = raw[end - n : end]
    length = np.linalg.norm(x[:, axes], axis=1) if len(axes) == 3 else np.abs(x[:, c])
    mean = x[:, axes].mean(axis=0)
    cosine = mean[axes.index(c)] / np.linalg.norm(mean)
    return {
        "magnitude": length.mean(),
        "movement": math.sqrt((x[:, axes] if len(axes) == 3 else x[:, [c]]).var(axis=0).sum()),
        "tilt_deg": math.degrees(math.acos(cosine)) if len(axes) == 3 else math.nan,
        "jerk": math.sqrt(((x[lag:, c] - x[:-lag, c]) ** 2).mean()) * float(rate) / lag,
    }


def heart(beats_s: Float64, now_s: float) -> dict[str, float]:
    """Rate and variability at a time, from the times of all beats until then, all normal."""
    ends, intervals = beats_s[1:], np.diff(beats_s)
    recent = intervals[ends >= now_s - 10]
    minute = intervals[ends >= now_s - 60]
    return {
        "heart_rate_bpm": 60 / recent.mean(),
        "rmssd_ms": 1000 * math.sqrt((np.diff(minute) ** 2).mean()),
        "sdnn_ms": 1000 * minute.std(),
    }
