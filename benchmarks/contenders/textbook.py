"""The loop that a careful course teaches: scipy, one window at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.signal

from benchmarks.contenders.look_back import LookBack
from benchmarks.workloads import HIGH_PASS_HZ, LINE_HZ, Contender, Float64, Workload


def start(workload: Workload) -> Callable[[Float64], int]:
    """`sosfilt` with its state carried, then Welch, Hjorth and covariance per window."""
    sos = sections(workload.sampling_rate_hz)
    zi = np.zeros((len(sos), 2, workload.n_channels))
    look_back = LookBack(workload)
    window_samples = round(0.05 * workload.sampling_rate_hz)

    def push(block: Float64) -> int:
        nonlocal zi
        filtered, zi = scipy.signal.sosfilt(sos, block, axis=0, zi=zi)
        finished = look_back.extend(filtered)
        for recent in finished:
            _window_features(recent, workload, window_samples)
        return len(finished)

    return push


def sections(sampling_rate_hz: float) -> Float64:
    """High-pass and a notch at each harmonic of the mains below 0.45 of the rate."""
    high_pass = scipy.signal.butter(2, HIGH_PASS_HZ, "high", fs=sampling_rate_hz, output="sos")
    harmonics = range(LINE_HZ, min(251, int(0.45 * sampling_rate_hz)), LINE_HZ)
    notches = [
        scipy.signal.tf2sos(*scipy.signal.iirnotch(hz, 30, fs=sampling_rate_hz)) for hz in harmonics
    ]
    return np.concatenate([high_pass, *notches])


def _window_features(recent: Float64, workload: Workload, window_samples: int) -> list[Float64]:
    rate = workload.sampling_rate_hz
    hz, power = scipy.signal.welch(recent, rate, nperseg=len(recent), axis=0)
    bands = [power[(low <= hz) & (hz < high)].sum(axis=0) for low, high in workload.bands_hz]
    second = recent[-rate:]
    first_difference = np.diff(second, axis=0)
    second_difference = np.diff(first_difference, axis=0)
    activity = second.var(axis=0)
    mobility = np.sqrt(first_difference.var(axis=0) / activity)
    slope_mobility = np.sqrt(second_difference.var(axis=0) / first_difference.var(axis=0))
    covariance = np.cov(recent[-window_samples:], rowvar=False)
    return [*bands, activity, mobility, slope_mobility / mobility, covariance]


CONTENDER = Contender(
    name="textbook loop (scipy)",
    computes="the same high-pass and notches with carried state; per window and channel Welch over"
    " 2 s summed into bands, Hjorth over 1 s; covariance of the window",
    lacks="artifacts, quality, entropy, edge, peak, line and muscle ratios, shorter look-backs for"
    " fast bands, gaps and NaN; adds the covariance",
    start=start,
)
