"""Per-window terms of the time-domain features, and what the artifact detectors look at.

Variances over a look-back are put together from per-window means and squared deviations (Chan,
Golub and LeVeque 1983), differences from terms within a window and terms at its border, which
are kept apart: subtracting a border term from a sum would cancel after a pop.
"""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels.compiling import compiled

# Rows of the array of terms, (n_terms, n_channels) for each window.
# From raw:
RAW_MIN, RAW_MAX, RAW_MEAN = 0, 1, 2
# From wide:
WIDE_MEAN, WIDE_M2, STEP_MAX, STEP_ENERGY = 3, 4, 5, 6
# From main; D is the first difference, DD the second.
MEAN, M2, ABSOLUTE, D_ABSOLUTE, D_ENERGY, DD_ENERGY = 7, 8, 9, 10, 11, 12
BORDER_D, BORDER_DD_ENERGY, FIRST, FIRST_D, LAST, LAST_D, PEAK = 13, 14, 15, 16, 17, 18, 19
# From high:
HIGH_ENERGY, MUSCLE_ENERGY = 20, 21
COUNT = 22  # rows of the window
# Of the largest step: rows from it to the window's end, wide before it, how far the level shifted,
# and how far raw moves after it.
STEP_AFTER, STEP_BEFORE, STEP_SHIFT, STEP_STILL = 23, 24, 25, 26
N_TERMS = 27
# Terms that a snapshot has to hold; the others follow again from the samples of wide and main.
# Only the detectors of sudden things look at these, over the last few windows:
CARRIED_RECENT = (
    RAW_MIN,
    RAW_MAX,
    STEP_MAX,
    STEP_ENERGY,
    MUSCLE_ENERGY,
    STEP_AFTER,
    STEP_BEFORE,
    STEP_SHIFT,
    STEP_STILL,
    # These follow from the rows only where a look-back is whole in windows:
    MEAN,
    M2,
    WIDE_M2,
    COUNT,
)
CARRIED_LONG = (RAW_MEAN, HIGH_ENERGY)


LEVEL_ROWS = 3  # samples that say where the level was before a step, and where it is after


@compiled
def raw_terms(raw, first, last, terms):
    """Smallest and largest sample present, the mean (NaN if any is absent)."""
    n_channels = raw.shape[1]
    for c in range(n_channels):
        terms[RAW_MIN, c] = np.inf
        terms[RAW_MAX, c] = -np.inf
        terms[RAW_MEAN, c] = 0.0
    for row in range(first, last):
        for c in range(n_channels):
            x = raw[row, c]
            terms[RAW_MEAN, c] += x
            terms[RAW_MIN, c] = x if x < terms[RAW_MIN, c] else terms[RAW_MIN, c]
            terms[RAW_MAX, c] = x if x > terms[RAW_MAX, c] else terms[RAW_MAX, c]
    for c in range(n_channels):
        terms[RAW_MEAN, c] /= last - first


@compiled
def wide_terms(wide, first, last, run, terms):
    """Mean and squared deviations of wide, its largest step and the energy of its steps.

    With the largest step goes how far the level shifted with it: muscle steps back at once.

    The step into the window counts only where the channel was present before it (`run`, its
    unbroken samples at the end of the window, is longer than the window).
    """
    n_channels = wide.shape[1]
    _mean_and_m2(wide, first, last, terms, WIDE_MEAN, WIDE_M2)
    n = last - first
    for c in range(n_channels):
        joined = run[c] > n and first > 0
        step = wide[first, c] - wide[first - 1, c] if joined else 0.0
        terms[STEP_MAX, c] = abs(step)
        terms[STEP_ENERGY, c] = step * step
        terms[STEP_AFTER, c] = n
    for row in range(first + 1, last):
        for c in range(n_channels):
            step = abs(wide[row, c] - wide[row - 1, c])
            larger = step > terms[STEP_MAX, c]
            terms[STEP_MAX, c] = step if larger else terms[STEP_MAX, c]
            terms[STEP_AFTER, c] = last - row if larger else terms[STEP_AFTER, c]
            terms[STEP_ENERGY, c] += step * step
    for c in range(n_channels):
        at = last - int(terms[STEP_AFTER, c])
        reach = min(LEVEL_ROWS, at, int(run[c]) - (last - at))
        terms[STEP_BEFORE, c] = _mean(wide, at - reach, at, c)
        terms[STEP_SHIFT, c] = _mean(wide, at, last, c) - terms[STEP_BEFORE, c]


@compiled
def still_terms(raw, last, terms):
    """How far raw moves from the window's largest step to its end; after `wide_terms`."""
    for c in range(raw.shape[1]):
        low, high = np.inf, -np.inf
        for row in range(last - int(terms[STEP_AFTER, c]), last):
            low, high = min(low, raw[row, c]), max(high, raw[row, c])
        terms[STEP_STILL, c] = high - low


@compiled
def _mean(x, first, last, c):
    total = 0.0
    for row in range(first, last):
        total += x[row, c]
    return total / (last - first)


@compiled
def main_terms(main, first, last, terms):
    """Sums of main within the window, and the terms at its border with the one before.

    Border terms are garbage where the rows before are absent or of another time; a look-back that
    would use them is not valid. They need two rows before and two in the window.
    """
    n_channels = main.shape[1]
    _mean_and_m2(main, first, last, terms, MEAN, M2)
    terms[COUNT, :] = last - first
    for c in range(n_channels):
        terms[ABSOLUTE, c] = 0.0
        terms[D_ABSOLUTE, c] = 0.0
        terms[D_ENERGY, c] = 0.0
        terms[DD_ENERGY, c] = 0.0
        terms[PEAK, c] = 0.0
    for row in range(first, last):
        for c in range(n_channels):
            x = abs(main[row, c])
            terms[ABSOLUTE, c] += x
            terms[PEAK, c] = x if x > terms[PEAK, c] else terms[PEAK, c]
    for row in range(first + 1, last):
        for c in range(n_channels):
            d = main[row, c] - main[row - 1, c]
            terms[D_ABSOLUTE, c] += abs(d)
            terms[D_ENERGY, c] += d * d
    for row in range(first + 2, last):
        for c in range(n_channels):
            dd = (main[row, c] - main[row - 1, c]) - (main[row - 1, c] - main[row - 2, c])
            terms[DD_ENERGY, c] += dd * dd
    if last - first >= 2 and first >= 2:
        for c in range(n_channels):
            before = main[first - 1, c] - main[first - 2, c]
            border = main[first, c] - main[first - 1, c]
            after = main[first + 1, c] - main[first, c]
            terms[BORDER_D, c] = border
            terms[BORDER_DD_ENERGY, c] = (border - before) ** 2 + (after - border) ** 2
    if last - first >= 2:
        for c in range(n_channels):
            terms[FIRST, c] = main[first, c]
            terms[FIRST_D, c] = main[first + 1, c] - main[first, c]
            terms[LAST, c] = main[last - 1, c]
            terms[LAST_D, c] = main[last - 1, c] - main[last - 2, c]


@compiled
def high_terms(high, first, last, run, lags, weights, terms):
    """Energy of the high path, and what of it no sinusoid at the mains frequency explains.

    Args:
      lags: (n_taps,) int64, samples; the last is the longest. weights: (n_taps,) float64. See
        `mains.cancelling_filter`.
    """
    n_channels = high.shape[1]
    for c in range(n_channels):
        terms[HIGH_ENERGY, c] = 0.0
        terms[MUSCLE_ENERGY, c] = 0.0
    for row in range(first, last):
        for c in range(n_channels):
            terms[HIGH_ENERGY, c] += high[row, c] * high[row, c]
    longest = lags[lags.size - 1]
    begin = max(first, longest)
    rest = np.zeros((max(0, last - begin), n_channels))
    flat, rows = rest.reshape(-1), high.reshape(-1)
    for tap in range(lags.size if flat.size > 0 else 0):
        lagged = rows[(begin - lags[tap]) * n_channels : (last - lags[tap]) * n_channels]
        weight = weights[tap]
        for i in range(flat.size):
            flat[i] += weight * lagged[i]
    for row in range(rest.shape[0]):
        for c in range(n_channels):
            terms[MUSCLE_ENERGY, c] += rest[row, c] * rest[row, c]
    for c in range(n_channels):
        if run[c] < last - first + longest:  # reaches over an absence
            terms[MUSCLE_ENERGY, c] = np.nan


@compiled
def _mean_and_m2(x, first, last, terms, mean, m2):
    n_channels = x.shape[1]
    for c in range(n_channels):
        terms[mean, c] = 0.0
        terms[m2, c] = 0.0
    for row in range(first, last):
        for c in range(n_channels):
            terms[mean, c] += x[row, c]
    for c in range(n_channels):
        terms[mean, c] /= last - first
    for row in range(first, last):
        for c in range(n_channels):
            deviation = x[row, c] - terms[mean, c]
            terms[m2, c] += deviation * deviation
