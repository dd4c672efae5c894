"""Features that follow a signal sample by sample or window by window: those of a single kind."""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels import bursts, heartbeats, motion, spikes
from transforms.engine.kernels.compiling import compiled

SPIKES, BURSTS, HEARTBEATS, MOTION = range(4)
SOLID = 0  # row of the state of spikes and bursts


@compiled
def track(
    tracker, raw, paths, at, offsets, first_samples, numbers, complete, parameters, axes,
    analysed, state, out,
):  # fmt: skip
    """Follows consecutive windows; what it carries is where the next block begins.

    Args:
      tracker: what is followed.
      raw: (n, n_channels) float64, rows of all windows; NaN is absent.
      at: row of the path buffers that holds the first row.
      offsets: (w + 1,) int64, the rows of window i are `offsets[i]:offsets[i + 1]`.
      first_samples: (w,) int64, sample number of each window's first row.
      numbers: (w,) int64, how many rows a window of full length has there.
      complete: whether the windows' last grid samples are among their rows.
      parameters: (p,) float64; axes: (n_channels, 3) int64, see `follow_motion`.
      analysed: (power, runs, present, flags, kept) of stage one.
      state: (rows, n_channels) float64, carried.
      out: (windows with a row, n_channels, n_features) float64, written; NaN where not complete.
    """
    _, runs, present, _, kept = analysed
    main = paths[1]
    n_channels = raw.shape[1]
    whole = np.zeros(n_channels, dtype=np.bool_)
    run = np.zeros(n_channels, dtype=np.int64)
    nowhere = np.empty((n_channels, out.shape[2]))
    scratch = np.empty(max(numbers.max(), spikes.LOOK_BACK))
    out[:] = np.nan
    to = 0
    for w in range(kept.size):
        rows = offsets[w + 1] - offsets[w]
        first, last = at + offsets[w], at + offsets[w + 1]
        for c in range(n_channels):
            whole[c] = complete and present[w, c] == numbers[w]
            run[c] = runs[w, c] if complete else 0
            if tracker in (SPIKES, BURSTS):
                joined = runs[w, c] > rows
                state[SOLID, c] = 0.0 if not whole[c] else state[SOLID, c] + 1.0 if joined else 1.0
        values = out[to] if kept[w] else nowhere
        if tracker == SPIKES:
            spikes.follow_spikes(main, first, last, whole, parameters, state, scratch, values)
        elif tracker == BURSTS:
            bursts.follow_bursts(main, first, last, whole, parameters, state, values)
        elif tracker == HEARTBEATS:
            heartbeats.follow_heartbeats(main, first, last, run, parameters, state, values)
        else:
            motion.follow_motion(
                raw, offsets[w], offsets[w + 1], first_samples[w], run, axes, parameters, state,
                values,
            )  # fmt: skip
        to += kept[w]
