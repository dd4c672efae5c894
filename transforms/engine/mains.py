"""A short filter that takes mains out of the muscle band at once."""

from __future__ import annotations

import math

import numpy as np

from transforms.engine.windows import Float64, Int64


def cancelling_filter(notches_hz: tuple[int, ...], rate_hz: float) -> tuple[Int64, Float64]:
    """Lags and weights of a filter that mains and their third harmonic do not pass.

    A sinusoid of frequency f obeys x[n] - k x[n - m] + x[n - 2 m] = 0, k = 2 cos(2 pi f m / rate).
    The notches ring for a second when mains come or go, and that looks like muscle; this is over
    within 15 ms. m is about a quarter of a period, where the filter is widest.

    Returns:
      lags (n_taps,) int64 in samples, ascending; weights (n_taps,) float64, scaled so that white
      noise keeps its energy.
    """
    weights = np.ones(1)
    for hz in notches_hz[:3:2]:
        lag = max(1, round(rate_hz / (4 * hz)))
        section = np.zeros(2 * lag + 1)
        section[[0, lag, 2 * lag]] = 1.0, -2 * math.cos(2 * math.pi * hz * lag / rate_hz), 1.0
        weights = np.convolve(weights, section)
    lags = np.flatnonzero(weights)
    return lags, weights[lags] / math.sqrt((weights**2).sum())
