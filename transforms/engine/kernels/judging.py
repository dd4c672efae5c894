"""Stages two and three: windows that have been analysed become features, flags and quality."""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels import artifacts, features, measuring, thresholds
from transforms.engine.kernels.compiling import compiled


@compiled
def judge(
    position, complete, ends, rows, look_back, plan, numbers, paths, terms, limits,
    parameters, memory, moments, analysed, outputs,
):  # fmt: skip
    """Features, flags and quality of the windows that have a row.

    Args:
      position: windows emitted before these.
      complete: whether the windows' last grid samples are among their rows.
      ends: (w,) int64, row of the path buffers after each window; rows: (w,) their rows.
      look_back: (2,) int64, samples and windows of the time-domain features; no windows: they are
        computed from the rows.
      plan, numbers: see `features.compute`.
      parameters: (adaptive (N_METRICS, 3), fixed, whole numbers, blinks (n_channels,) bool,
        quality (all flags,)).
      memory: (codes, kinds, histogram, counts, thresholds, since, unsettled, solid), carried.
      moments: (N_MOMENTS, n_channels), scratch.
      analysed: (power, runs, present, flags, kept) of stage one.
      outputs: (features, flags, quality), of the windows that have a row.
    """
    power, runs, present, early_flags, kept = analysed
    out_features, out_flags, out_quality = outputs
    solid = memory[7]
    measures = np.empty((measuring.N_MEASURES, solid.size))
    logs = np.empty(power.shape[2])
    run = np.empty(solid.size, dtype=np.int64)
    out = 0
    for w in range(kept.size):
        for c in range(solid.size):
            joined = runs[w, c] > rows[w]
            solid[c] = 0 if present[w, c] < rows[w] else solid[c] + 1 if joined else 1
            run[c] = runs[w, c] if complete else 0
        if not kept[w]:
            continue
        if look_back[1] > 0:
            features.moments_of_windows(terms, position, look_back[1], look_back[0], moments)
        elif ends[w] >= look_back[0]:
            features.moments_of_rows(paths, ends[w] - look_back[0], ends[w], moments)
        features.compute(
            plan, numbers, moments, look_back[0], power[w], run, logs, out_features[out]
        )
        flat_windows = parameters[2][artifacts.FLAT_WINDOWS]
        measuring.measure(terms, position, flat_windows, solid, measures)
        _judge_channels(
            position, early_flags[w], rows[w], measures, out_features[out], out_flags[out],
            limits, terms, parameters, memory,
        )  # fmt: skip
        for c in range(solid.size):
            trust = parameters[4][out_flags[out, c]]
            out_quality[out, c] = trust * present[w, c] / rows[w]
        position += 1
        out += 1


@compiled
def _judge_channels(
    position, early, rows, measures, values, out, limits, terms, parameters, memory
):  # fmt: skip
    """Flags of all channels of a window; what they carry is renewed."""
    adaptive, fixed, whole_numbers, blinks, _ = parameters
    codes, kinds, histogram, counts, in_force, since, unsettled, solid = memory
    column = whole_numbers[artifacts.LINE_FEATURE]
    for c in range(solid.size):
        flags = early[c]
        if unsettled[c] > 0:  # the filters remember a cut-off input as they do a start
            flags |= artifacts.F_SETTLING
            unsettled[c] -= rows
        if not blinks[c]:
            measures[measuring.BLINK, c] = np.nan
        line = values[c, column] if column >= 0 else np.nan
        flags, still, stepped = artifacts.detect(
            flags, measures, in_force, fixed, whole_numbers, limits, terms, position, solid[c],
            since[c], line, c,
        )  # fmt: skip
        since[c] = 0 if stepped else since[c] + 1
        if flags & artifacts.CUT_OFF:
            unsettled[c] = whole_numbers[artifacts.SETTLING_SAMPLES]
            flags &= early[c] | ~artifacts.F_SETTLING
        if still:  # what is left of it is rounding
            values[c, :] = np.nan
        kind = thresholds.FLAGGED if flags & ~artifacts.REMOVED else thresholds.CLEAN
        if flags & artifacts.BROKEN:
            kind = thresholds.UNUSABLE
        thresholds.remember(kind, measures, adaptive, position, codes, kinds, histogram, counts, c)
        if (position + 1) % thresholds.RENEWAL == 0:
            thresholds.renew(adaptive, codes, kinds, histogram, counts, in_force, c)
        out[c] = flags
