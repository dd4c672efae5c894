"""Samples through the cascade, with a state per channel that restarts after an absence."""

from __future__ import annotations

from transforms.engine.kernels.compiling import compiled

LIMIT = 1e30
"""Larger magnitudes count as infinite: no amplifier sends them, and their squares overflow."""

NEVER = 1 << 62
"""More samples than any stream has."""


@compiled
def filter_window(raw, first, last, cascade, state, run, paths, at, scratch, youngest):
    """Filters rows `first:last` of raw into wide, main and high from row `at` on.

    Args:
      raw: (n, n_channels) float64; NaN is absent.
      cascade: (sos, zi, stages), stages (2,) int64: sections of wide, sections of main.
      state: (n_sections, 2, n_channels) float64, carried.
      run: (n_channels,) int64, samples present without interruption so far, carried.
      paths: (wide, main, high), each (rows, n_channels) float64, written.
      scratch: (n_channels,) float64.
      youngest: (n_channels,) int64, written: the smallest run of a sample present.
    """
    n_channels = raw.shape[1]
    for c in range(n_channels):
        youngest[c] = NEVER
    for row in range(first, last):
        n_joined = 0
        for c in range(n_channels):
            scratch[c] = raw[row, c]
            n_joined += (raw[row, c] == raw[row, c]) & (run[c] > 0)
        if n_joined < n_channels or row == first:
            _follow_runs(scratch, cascade[1], state, run, youngest)
        else:
            for c in range(n_channels):
                run[c] += 1
        _filter_row(scratch, cascade[0], cascade[2], state, paths, at + row - first)


@compiled
def _follow_runs(row, zi, state, run, youngest):
    """Ends runs, and begins them as if their first sample had lasted for ever."""
    for c in range(row.size):
        if row[c] != row[c]:
            run[c] = 0
            continue
        if run[c] == 0:
            for s in range(zi.shape[0]):
                state[s, 0, c] = zi[s, 0] * row[c]
                state[s, 1, c] = zi[s, 1] * row[c]
        run[c] += 1
        youngest[c] = min(youngest[c], run[c])


@compiled
def _filter_row(row, sos, stages, state, paths, out):
    wide, main, high = paths
    for s in range(sos.shape[0]):
        if s == stages[0]:
            wide[out, :] = row
        if s == stages[1]:
            main[out, :] = row
        b0, b1, b2 = sos[s, 0], sos[s, 1], sos[s, 2]
        a1, a2 = sos[s, 4], sos[s, 5]
        for c in range(row.size):  # scipy's order of operations: equal to sosfilt bit for bit
            x = row[c]
            y = b0 * x + state[s, 0, c]
            state[s, 0, c] = b1 * x - a1 * y + state[s, 1, c]
            state[s, 1, c] = b2 * x - a2 * y
            row[c] = y
    if stages[0] == sos.shape[0]:
        wide[out, :] = row
    if stages[1] == sos.shape[0]:
        main[out, :] = row
    high[out, :] = row
