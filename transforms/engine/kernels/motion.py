"""Accelerometers: how strong, how unsteady, how steep the acceleration is, and where down is."""

from __future__ import annotations

import math

from transforms.engine.kernels.compiling import compiled

# Parameters.
PER_S, LAG = range(2)
# Outputs.
MAGNITUDE, MOVEMENT, TILT, JERK = range(4)


@compiled
def follow_motion(raw, first, last, first_sample, run, axes, parameters, state, out):
    """A window of raw, rows `first:last`, into its features.

    Args:
      first_sample: number of the first row.
      run: (n_channels,) int64, unbroken samples at the window's last grid sample; 0 if absent.
      axes: (n_channels, 3) int64, the channels of the sensor that a channel belongs to; -1: it is
        not one of three axes.
      state: (samples of the look-back, n_channels) float64, the last rows of raw, each at its
        number modulo their count, carried.
      out: (n_channels, 4) float64, written.
    """
    n = state.shape[0]
    for row in range(first, last):
        for c in range(run.size):
            state[(first_sample + row - first) % n, c] = raw[row, c]
    oldest = (first_sample + last - first) % n
    for c in range(run.size):
        if run[c] < n:
            continue
        out[c, JERK] = _jerk(state, oldest, int(parameters[LAG]), c) * parameters[PER_S]
        if axes[c, 0] < 0:
            out[c, MAGNITUDE], out[c, MOVEMENT] = _size(state, c, c, c, 1)
            continue
        x, y, z = axes[c]
        if min(run[x], run[y], run[z]) >= n:
            out[c, MAGNITUDE], out[c, MOVEMENT] = _size(state, x, y, z, 3)
            out[c, TILT] = _tilt(state, x, y, z, c)


@compiled
def _jerk(state, oldest, lag, c):
    """Root mean square of the differences of samples `lag` apart."""
    n = state.shape[0]
    energy = 0.0
    for i in range(lag, n):
        d = state[(oldest + i) % n, c] - state[(oldest + i - lag) % n, c]
        energy += d * d
    return math.sqrt(energy / (n - lag)) if n > lag else math.nan


@compiled
def _size(state, x, y, z, n_axes):
    """Mean length of the vector; how far it is from its mean, as a standard deviation."""
    n = state.shape[0]
    total, mean_x, mean_y, mean_z = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        total += _length(state[i, x], state[i, y], state[i, z], n_axes)
        mean_x += state[i, x] / n
        mean_y += state[i, y] / n
        mean_z += state[i, z] / n
    spread = 0.0
    for i in range(n):
        off = _length(state[i, x] - mean_x, state[i, y] - mean_y, state[i, z] - mean_z, n_axes)
        spread += off * off
    return total / n, math.sqrt(spread / n)


@compiled
def _length(x, y, z, n_axes):
    return abs(x) if n_axes == 1 else math.sqrt(x * x + y * y + z * z)


@compiled
def _tilt(state, x, y, z, c):
    """Degrees between channel c and the mean vector."""
    mean_x, mean_y, mean_z, along = 0.0, 0.0, 0.0, 0.0
    for i in range(state.shape[0]):
        mean_x += state[i, x]
        mean_y += state[i, y]
        mean_z += state[i, z]
        along += state[i, c]
    length = math.sqrt(mean_x * mean_x + mean_y * mean_y + mean_z * mean_z)
    if length == 0.0:
        return math.nan
    return math.degrees(math.acos(min(1.0, max(-1.0, along / length))))
