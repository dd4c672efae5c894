"""Stage one of a block: every window's rows through the filters, then into terms and powers."""

from __future__ import annotations

import numpy as np

from transforms.engine.flags import Flag
from transforms.engine.kernels import filtering, spectrum, statistics
from transforms.engine.kernels.artifacts import is_rail
from transforms.engine.kernels.compiling import compiled

GAP, SETTLING = int(Flag.GAP), int(Flag.SETTLING)
SATURATED, NONFINITE = int(Flag.SATURATED), int(Flag.NONFINITE)


@compiled
def analyse(
    raw, offsets, first_samples, position, at, cascade, settling, limits, mains,
    carried, paths, terms, history, spectra, outputs,
):  # fmt: skip
    """Works through consecutive windows of rows; what it carries is where the next block begins.

    Args:
      raw: (n, n_channels) float64 rows of all windows; infinities are replaced by NaN in place.
      offsets: (w + 1,) int64, the rows of window i are `offsets[i]:offsets[i + 1]`, at least one.
      first_samples: (w,) int64, sample number of each window's first row.
      position: windows emitted before these.
      at: row of the path buffers that takes the first row.
      cascade: see `filter_window`; settling: samples until its filters have settled.
      limits: (4, n_channels) float64, see `layout.Layout`.
      mains: (lags, weights) of the filter that cancels mains, see `high_terms`.
      carried: (filter state, run, railed): railed counts samples at the range's end in a row.
      terms: (ring of windows, N_TERMS, n_channels), a window at its position modulo the ring.
      history: (ring of windows, 2) int64, first sample and rows of emitted windows.
      spectra: for main and for wide, the arguments of `add_window`.
      outputs: (power, runs, present, flags, kept), written: (w, >= n_channels, n_lines) float64;
        (w, n_channels) unbroken samples at the window's end, samples present in it, flags that
        follow from single samples; (w,) bool, whether the window has a row at all. Only windows
        that have one are given a position.

    Returns:
      Samples absent; windows without a row.
    """
    power, runs, present, flags, kept = outputs
    state, run, railed = carried
    n_channels = raw.shape[1]
    youngest = np.empty(n_channels, dtype=np.int64)
    n_absent, n_empty = 0, 0
    for w in range(kept.size):
        first, last = offsets[w], offsets[w + 1]
        n_absent += _examine(raw, first, last, limits, railed, present[w], flags[w])
        kept[w] = present[w].max() > 0
        filtering.filter_window(raw, first, last, cascade, state, run, paths, at + first, youngest)
        for c in range(n_channels):
            if youngest[c] <= settling:
                flags[w, c] |= SETTLING
            runs[w, c] = run[c]
        if not kept[w]:
            n_empty += 1
            continue
        slot = terms[position % terms.shape[0]]
        statistics.raw_terms(raw, first, last, slot)
        derive(paths, at + first, at + last, first_samples[w], position, run, slot, spectra)
        statistics.still_terms(raw, last, slot)
        statistics.high_terms(paths[2], at + first, at + last, run, mains[0], mains[1], slot)
        end = first_samples[w] + last - first
        _powers(end, spectra[0], power[w], 0)
        _powers(end, spectra[1], power[w], spectra[0][1].size)
        history[position % history.shape[0], 0] = first_samples[w]
        history[position % history.shape[0], 1] = last - first
        position += 1
    return n_absent, n_empty


@compiled
def derive(paths, first, last, first_sample, position, run, slot, spectra):
    """What follows from a window's rows of wide and main alone: a restored engine does it again."""
    statistics.wide_terms(paths[0], first, last, run, slot)
    statistics.main_terms(paths[1], first, last, slot)
    add_window(paths[1], first, last, first_sample, position, spectra[0])
    add_window(paths[0], first, last, first_sample, position, spectra[1])


@compiled
def _examine(raw, first, last, limits, railed, present, flags):
    """Counts what is there, replaces what is infinite, follows the ends of the range."""
    n_absent = 0
    present[:] = last - first
    flags[:] = 0
    for row in range(first, last):
        for c in range(raw.shape[1]):
            x = raw[row, c]
            if abs(x) <= filtering.LIMIT:
                railed[c] = railed[c] + 1 if is_rail(x, limits, c) else 0
                if railed[c] >= 2:
                    flags[c] |= SATURATED
            else:
                n_absent += 1
                present[c] -= 1
                railed[c] = 0
                flags[c] |= GAP
                if x == x:
                    raw[row, c] = np.nan
                    flags[c] |= NONFINITE
    return n_absent


@compiled
def add_window(rows, first, last, first_sample, position, spectrum_of_path):
    """A window's partial sums into the sliding sums of one path.

    Args:
      spectrum_of_path: (look_backs, frequencies, lengths, cosines, sines, roots, folded, sums,
        ring, prefix, turn); lengths (2,) int64 are those of full windows, for cosines and sines.
    """
    look_backs, frequencies, lengths, cosines, sines, roots, folded, sums, ring, prefix, turn = (
        spectrum_of_path
    )
    if frequencies.size == 0:
        return
    n = last - first
    if n == lengths[0] or n == lengths[1]:
        table = 0 if n == lengths[0] else 1
        spectrum.fold(rows, first, last, folded)
        spectrum.project(folded[0], cosines[table], sums[0])
        spectrum.project(folded[1], sines[table], sums[1])
        spectrum.rotate(sums, look_backs, frequencies, first_sample, n, roots, turn)
    else:  # not a full window: no look-back with it is valid
        sums[:] = 0.0
    spectrum.slide(sums, look_backs, position, ring, prefix)


@compiled
def _powers(end_sample, spectrum_of_path, power, first_line):
    look_backs, roots = spectrum_of_path[0], spectrum_of_path[5]
    sums, turn = spectrum_of_path[7], spectrum_of_path[10]
    if look_backs.shape[0] > 0:
        spectrum.hann_power(sums, look_backs, end_sample, roots, turn, power, first_line)


@compiled
def replay(history, n_windows, filled, position, paths, run, terms, spectra):
    """Derives the terms and sums of the newest windows again, from the rows of their paths.

    Args:
      history: (ring of windows, 2) int64, first sample and rows of emitted windows.
      n_windows: how many; their rows lie next to each other and end at row `filled` of the paths.
      position: windows emitted.
    """
    at = filled
    for number in range(position - n_windows, position):
        at -= history[number % history.shape[0], 1]
    for number in range(position - n_windows, position):
        first_sample, rows = history[number % history.shape[0]]
        if at >= 0:
            slot = terms[number % terms.shape[0]]
            derive(paths, at, at + rows, first_sample, number, run, slot, spectra)
        at += rows
