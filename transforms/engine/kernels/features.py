"""Stage two: the features of a window, from the terms and powers of its look-backs."""

from __future__ import annotations

import math

import numpy as np

from transforms.engine.kernels import statistics as st
from transforms.engine.kernels.compiling import compiled
from transforms.engine.kernels.logarithm import logarithms

# Measures, as in catalogue.Measure; `features.plan_features` maps them.
BAND_POWER, ENTROPY, EDGE, PEAK, LINE_RATIO = range(5)
RMS, LOG_VARIANCE, LINE_LENGTH, MEAN_ABSOLUTE, MOBILITY, COMPLEXITY, HIGH_RATIO = range(5, 12)
TRACKED = -2  # there already
# Columns of the plan's integers: what to compute, from which powers, over how many samples.
MEASURE, FIRST_LINE, LAST_LINE, N_SAMPLES = range(4)
# Columns of the plan's numbers.
SCALE, FIRST_HZ, BIN_HZ, FRACTION = range(4)
# Rows of the moments of a look-back, (N_MOMENTS, n_channels).
MEAN, M2, ABSOLUTE, D_ABSOLUTE, D_ENERGY, D_SUM, DD_ENERGY, DD_SUM, WIDE_M2, HIGH = range(10)
N_MOMENTS = 10
# An unsigned index plus a signed one would be a float.
ONE, TWO, THREE, FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@compiled
def moments_of_windows(terms, position, windows, n_samples, moments):
    """Moments of the `windows` windows that end with `position`, from their terms."""
    n_channels, ring = moments.shape[1], terms.shape[0]
    oldest, newest = (position - windows + 1) % ring, position % ring
    moments[:] = 0.0
    wide_mean = np.zeros(n_channels)
    for i in range(windows):
        at = (position - windows + 1 + i) % ring
        for c in range(n_channels):
            moments[MEAN, c] += terms[at, st.MEAN, c] * terms[at, st.COUNT, c]
            wide_mean[c] += terms[at, st.WIDE_MEAN, c] * terms[at, st.COUNT, c]
        for c in range(n_channels):
            moments[ABSOLUTE, c] += terms[at, st.ABSOLUTE, c]
            moments[HIGH, c] += terms[at, st.HIGH_ENERGY, c]
            moments[D_ABSOLUTE, c] += terms[at, st.D_ABSOLUTE, c]
            moments[D_ENERGY, c] += terms[at, st.D_ENERGY, c]
            moments[DD_ENERGY, c] += terms[at, st.DD_ENERGY, c]
        if i > 0:
            for c in range(n_channels):
                border = terms[at, st.BORDER_D, c]
                moments[D_ABSOLUTE, c] += abs(border)
                moments[D_ENERGY, c] += border * border
                moments[DD_ENERGY, c] += terms[at, st.BORDER_DD_ENERGY, c]
    for c in range(n_channels):
        moments[MEAN, c] /= n_samples
        wide_mean[c] /= n_samples
    for i in range(windows):
        at = (position - windows + 1 + i) % ring
        for c in range(n_channels):
            off = terms[at, st.MEAN, c] - moments[MEAN, c]
            wide_off = terms[at, st.WIDE_MEAN, c] - wide_mean[c]
            count = terms[at, st.COUNT, c]
            moments[M2, c] += terms[at, st.M2, c] + count * (off * off)
            moments[WIDE_M2, c] += terms[at, st.WIDE_M2, c] + count * (wide_off * wide_off)
    for c in range(n_channels):
        moments[D_SUM, c] = terms[newest, st.LAST, c] - terms[oldest, st.FIRST, c]
        moments[DD_SUM, c] = terms[newest, st.LAST_D, c] - terms[oldest, st.FIRST_D, c]


@compiled
def moments_of_rows(paths, first, last, moments):
    """The same of rows `first:last`, for look-backs that are not whole in windows."""
    wide, main, high = paths
    n_channels = moments.shape[1]
    moments[:] = 0.0
    _mean_and_m2(main, first, last, moments, MEAN, M2)
    wide_moments = np.zeros((2, n_channels))
    _mean_and_m2(wide, first, last, wide_moments, 0, 1)
    for row in range(first, last):
        for c in range(n_channels):
            moments[ABSOLUTE, c] += abs(main[row, c])
            moments[HIGH, c] += high[row, c] * high[row, c]
    for row in range(first + 1, last):
        for c in range(n_channels):
            d = main[row, c] - main[row - 1, c]
            moments[D_ABSOLUTE, c] += abs(d)
            moments[D_ENERGY, c] += d * d
    for row in range(first + 2, last):
        for c in range(n_channels):
            dd = (main[row, c] - main[row - 1, c]) - (main[row - 1, c] - main[row - 2, c])
            moments[DD_ENERGY, c] += dd * dd
    for c in range(n_channels):
        moments[WIDE_M2, c] = wide_moments[1, c]
        moments[D_SUM, c] = main[last - 1, c] - main[first, c]
        if last - first >= 2:
            moments[DD_SUM, c] = (main[last - 1, c] - main[last - 2, c]) - (
                main[first + 1, c] - main[first, c]
            )


@compiled
def _mean_and_m2(x, first, last, out, mean, m2):
    for row in range(first, last):
        for c in range(out.shape[1]):
            out[mean, c] += x[row, c]
    for c in range(out.shape[1]):
        out[mean, c] /= last - first
    for row in range(first, last):
        for c in range(out.shape[1]):
            off = x[row, c] - out[mean, c]
            out[m2, c] += off * off


@compiled
def compute(plan, numbers, moments, n, power, run, logs, features):
    """The features of one window.

    Args:
      plan: (n_features, 4) int64; numbers: (n_features, 4) float64.
      moments: (N_MOMENTS, n_channels) of n samples.
      power: (>= n_channels, n_lines).
      logs: (n_lines,) float64, scratch.
      run: (n_channels,) unbroken samples at the window's last grid sample; 0 if that is absent.
      features: (n_channels, n_features), written, but for what is tracked; NaN where the look-back
        is not complete.
    """
    bits, log_bits = power.view(np.int64), logs.view(np.int64)
    for f in range(plan.shape[0]):
        measure = plan[f, MEASURE]
        first, last = np.uint64(plan[f, FIRST_LINE]), np.uint64(plan[f, LAST_LINE])
        scale, first_hz, bin_hz = numbers[f, SCALE], numbers[f, FIRST_HZ], numbers[f, BIN_HZ]
        for c in range(features.shape[0]):
            if measure == TRACKED:
                continue
            value = np.nan
            if measure < 0 or run[c] < plan[f, N_SAMPLES]:
                pass
            elif measure == BAND_POWER:
                value = _total(power, c, first, last) * scale
            elif measure == LINE_RATIO:
                value = _total(power, c, first, last) * scale / (moments[WIDE_M2, c] / n)
            elif measure == ENTROPY:
                logarithms(power[c], bits[c], first, last, logs, log_bits)
                value = _entropy(power, c, first, last, logs)
            elif measure == EDGE:
                bins = _edge(power, c, first, last, numbers[f, FRACTION])
                value = first_hz + bin_hz * bins
            elif measure == PEAK:
                value = first_hz + bin_hz * _peak(power, c, first, last)
            else:
                value = _temporal(measure, moments, c, n)
            features[c, f] = value if abs(value) < np.inf else np.nan


@compiled
def _temporal(measure, moments, c, n):
    m2 = moments[M2, c]
    if measure == RMS:
        return math.sqrt(m2 / n + moments[MEAN, c] * moments[MEAN, c])
    if measure == LOG_VARIANCE:
        return math.log(m2 / n)
    if measure == LINE_LENGTH:
        return moments[D_ABSOLUTE, c]
    if measure == MEAN_ABSOLUTE:
        return moments[ABSOLUTE, c] / n
    if measure == HIGH_RATIO:
        return moments[HIGH, c] / m2
    d_mean = moments[D_SUM, c] / (n - 1)
    d_variance = moments[D_ENERGY, c] / (n - 1) - d_mean * d_mean
    mobility = math.sqrt(d_variance / (m2 / n))
    if measure == MOBILITY:
        return mobility
    dd_mean = moments[DD_SUM, c] / (n - 2)
    dd_variance = moments[DD_ENERGY, c] / (n - 2) - dd_mean * dd_mean
    return math.sqrt(dd_variance / d_variance) / mobility


@compiled
def _total(power, c, first, last):
    """Sum of neighbouring lines, four at a time: one sum would wait for itself."""
    a0, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
    fours = first + (last - first) // FOUR * FOUR
    for i in range(first, fours, FOUR):
        a0 += power[c, i]
        a1 += power[c, i + ONE]
        a2 += power[c, i + TWO]
        a3 += power[c, i + THREE]
    for i in range(fours, last):
        a0 += power[c, i]
    return (a0 + a1) + (a2 + a3)


@compiled
def _entropy(power, c, first, last, logs):
    for i in range(last - first):
        logs[i] *= power[c, first + i]
    total, moment = _total(power, c, first, last), logs[: last - first].sum()
    return (math.log(total) - moment / total) / math.log(np.float64(last - first))


@compiled
def _edge(power, c, first, last, fraction):
    """The edge in bins after the centre of the first."""
    target = fraction * _total(power, c, first, last)
    below, at = 0.0, -0.5
    for i in range(first, last):
        if below + power[c, i] >= target and power[c, i] > 0.0:
            return at + (target - below) / power[c, i]
        below += power[c, i]
        at += 1.0
    return np.nan


@compiled
def _peak(power, c, first, last):
    """The peak in bins after the centre of the first."""
    best = first
    for i in range(first + ONE, last):
        if power[c, i] > power[c, best]:
            best = i
    offset = np.float64(best - first)
    below, at, above = power[c, best - ONE], power[c, best], power[c, best + ONE]
    if at <= 0.0:
        return np.nan
    if 0.0 < below < at and 0.0 < above < at:
        a, b, c_ = math.log(below), math.log(at), math.log(above)
        offset += 0.5 * (a - c_) / (a - 2.0 * b + c_)
    return offset
