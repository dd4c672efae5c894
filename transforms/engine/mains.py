"""A short filter that takes mains out of the muscle band at once."""

from __future__ import annotations

import math

import numpy as np

from transforms.engine.windows import Float64, Int64


def cancelling_filter(notches_hz: tuple[int, ...], rate_hz: float) -> tuple[Int64, Float64]:
    """Lags and weights of a filter that mains and their third harmonic do not pass.

    A sinusoid of frequency f obeys x[n] - k x[n - m] + x[n - 2 m] = 0, k = 2 cos(2 pi f m / rate).
    The notches ring for a second when mains come or go, and that looks like muscle; this is over
    within two periods. m is the lag with the smallest k: the filter is even where it is not zero.

    Returns:
      lags (n_taps,) int64 in samples, ascending; weights (n_taps,) float64, scaled so that white
      noise keeps its energy.
    """
    weights = np.ones(1)
    for hz in notches_hz[:3:2]:
        k = [2 * math.cos(2 * math.pi * hz * m / rate_hz) for m in range(1, int(rate_hz / hz) + 1)]
        lag = 1 + int(np.argmin(np.abs(np.round(k, 9))))
        section = np.zeros(2 * lag + 1)
        section[[0, lag, 2 * lag]] = 1.0, -k[lag - 1], 1.0
        weights = np.convolve(weights, section)
    lags = np.flatnonzero(weights)
    return lags, weights[lags] / math.sqrt((weights**2).sum())
