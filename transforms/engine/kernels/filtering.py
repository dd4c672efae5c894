"""Samples through the cascade, with a state per channel that restarts after an absence."""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels.compiling import compiled

LIMIT = 1e30
"""Larger magnitudes count as infinite: no amplifier sends them, and their squares overflow."""

NEVER = 1 << 62
"""More samples than any stream has."""


@compiled
def filter_window(raw, first, last, cascade, state, run, paths, at, youngest):
    """Filters rows `first:last` of raw into wide, main and high from row `at` on.

    Args:
      raw: (n, n_channels) float64; NaN is absent.
      cascade: (sos, zi, stages), stages (2,) int64: sections of wide, sections of main.
      state: (n_sections, 2, n_channels) float64, carried.
      run: (n_channels,) int64, samples present without interruption so far, carried.
      paths: (wide, main, high), each (rows, n_channels) float64, written.
      youngest: (n_channels,) int64, written: the smallest run of a sample present.
    """
    sos, zi, stages = cascade
    wide, main, high = paths
    n = last - first
    begins = np.zeros((0, 0), dtype=np.bool_)
    if _goes_on(raw, first, last, run):
        for c in range(run.size):
            youngest[c] = run[c] + 1
            run[c] += n
    else:
        begins = np.zeros((n, run.size), dtype=np.bool_)
        _follow_runs(raw, first, run, youngest, begins)
    _copy(raw, first, wide, at, n)
    _apply(wide, at, n, sos, zi, 0, stages[0], state, raw, first, begins)
    _copy(wide, at, main, at, n)
    _apply(main, at, n, sos, zi, stages[0], stages[1], state, raw, first, begins)
    _copy(main, at, high, at, n)
    _apply(high, at, n, sos, zi, stages[1], sos.shape[0], state, raw, first, begins)


@compiled
def _goes_on(raw, first, last, run):
    """Whether every channel was present before the rows and is in all of them."""
    absent = 0
    for c in range(run.size):
        absent += run[c] == 0
    for row in range(first, last):
        for c in range(run.size):
            absent += raw[row, c] != raw[row, c]
    return absent == 0


@compiled
def _follow_runs(raw, first, run, youngest, begins):
    """Counts runs through the rows and marks where they begin."""
    youngest[:] = NEVER
    for row in range(begins.shape[0]):
        for c in range(run.size):
            if raw[first + row, c] != raw[first + row, c]:
                run[c] = 0
                continue
            begins[row, c] = run[c] == 0
            run[c] += 1
            youngest[c] = min(youngest[c], run[c])


@compiled
def _copy(source, first, target, at, n):
    for row in range(n):
        for c in range(source.shape[1]):
            target[at + row, c] = source[first + row, c]


@compiled
def _apply(x, at, n, sos, zi, begin, end, state, raw, first, begins):
    """Sections `begin:end` over n rows of x in place, section by section.

    A run begins as if its first sample of raw had lasted for ever.
    """
    for s in range(begin, end):
        b0, b1, b2, a1, a2 = sos[s, 0], sos[s, 1], sos[s, 2], sos[s, 4], sos[s, 5]
        for row in range(n):
            if begins.size > 0:
                for c in range(x.shape[1]):
                    if begins[row, c]:
                        state[s, 0, c] = zi[s, 0] * raw[first + row, c]
                        state[s, 1, c] = zi[s, 1] * raw[first + row, c]
            for c in range(x.shape[1]):  # scipy's order of operations: sosfilt bit for bit
                sample = x[at + row, c]
                y = b0 * sample + state[s, 0, c]
                state[s, 0, c] = b1 * sample - a1 * y + state[s, 1, c]
                state[s, 1, c] = b2 * sample - a2 * y
                x[at + row, c] = y
