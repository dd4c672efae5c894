"""Thresholds that follow each channel's own scale.

What a detector measures is kept as one byte for each of the last 600 emitted windows, 32 steps an
octave from 1/16 to 16 times the profile's default: the median of a histogram of bytes costs nothing
and is exact to 3 %.
"""

from __future__ import annotations

import math

from transforms.engine.kernels.compiling import compiled
from transforms.engine.kernels.measuring import N_METRICS

MEMORY = 600  # emitted windows that a threshold looks back on: 30 s
RENEWAL = 20  # emitted windows between renewals: 1 s
ENOUGH = 100  # clean windows below which the defaults hold: 5 s
RELEARN = 400  # flagged windows after which a scale is learnt again: 20 s
FLAGGED, CLEAN, UNUSABLE = 0, 1, 2  # what a window was
DEFAULT, FACTOR, FLOOR = range(3)  # columns of `adaptive`, (N_METRICS, 3)


@compiled
def encode(ratio):
    """A positive ratio as a byte; beyond 1/16 and 16 the ends."""
    if not ratio > 0.0625:
        return 0
    if ratio >= 16.0:
        return 255
    mantissa, exponent = math.frexp(ratio)
    return (exponent + 3) * 32 + int((mantissa - 0.5) * 64.0)


@compiled
def decode(code):
    """The middle of a byte's step."""
    return math.ldexp(0.5 + (code % 32 + 0.5) / 64.0, code // 32 - 3)


@compiled
def median(histogram, metric, c, count):
    """The lower median of `count` bytes."""
    below = 0
    for code in range(256):
        below += histogram[c, metric, code]
        if 2 * below >= count:
            return decode(code)
    return decode(255)


@compiled
def remember(kind, measures, adaptive, position, codes, kinds, histogram, counts, c):
    """Puts a window of channel c in the place of the one 600 before it."""
    at = position % MEMORY
    counts[kinds[at, c], c] -= 1
    counts[kind, c] += 1
    for m in range(N_METRICS):
        if kinds[at, c] == CLEAN:
            histogram[c, m, codes[at, m, c]] -= 1
        codes[at, m, c] = encode(measures[m, c] / adaptive[m, DEFAULT])
        if kind == CLEAN:
            histogram[c, m, codes[at, m, c]] += 1
    kinds[at, c] = kind


@compiled
def renew(adaptive, codes, kinds, histogram, counts, thresholds, c):
    """New thresholds for channel c.

    Where hardly any of the remembered windows was clean, what was flagged is the channel's new
    scale: it is learnt as if it had been clean.
    """
    if counts[CLEAN, c] < ENOUGH and counts[FLAGGED, c] >= RELEARN:
        for at in range(MEMORY):
            if kinds[at, c] == FLAGGED:
                kinds[at, c] = CLEAN
                for m in range(N_METRICS):
                    histogram[c, m, codes[at, m, c]] += 1
        counts[CLEAN, c] += counts[FLAGGED, c]
        counts[FLAGGED, c] = 0
    for m in range(N_METRICS):
        thresholds[m, c] = adaptive[m, DEFAULT]
        if counts[CLEAN, c] >= ENOUGH:
            scale = median(histogram, m, c, counts[CLEAN, c]) * adaptive[m, DEFAULT]
            thresholds[m, c] = max(adaptive[m, FLOOR], adaptive[m, FACTOR] * scale)


@compiled
def recount(codes, kinds, histogram, counts):
    """Histogram and counts again from what is remembered."""
    histogram[:] = 0
    counts[:] = 0
    for at in range(MEMORY):
        for c in range(kinds.shape[1]):
            counts[kinds[at, c], c] += 1
            if kinds[at, c] == CLEAN:
                for m in range(N_METRICS):
                    histogram[c, m, codes[at, m, c]] += 1
