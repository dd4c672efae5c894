"""The loops over the numbers of cells, compiled; nothing here calls another file's kernel."""

from __future__ import annotations

import numpy as np

from schemas.codec_rice_layout import compiled
from schemas.float_grid import APART, MAX_COUNT, NEAR


@compiled
def count_samples(samples, bits, step, origin, planar, residues, absent, apart, plain):
    """Samples to what a cell holds of them.

    Args:
      samples: (n, n_channels) float64; bits: the same as int64.
      step, origin: (n_channels,) of the grid; step 0: the channel is on none.
      planar: (n_on, n) int32, written: counts, what is gone repeats what was there before.
      residues: (n, n_on) int8, written: units in the last place, or `APART`.
      absent: ((n * n_channels + 7) // 8,) uint8 zeros, a bit for each NaN set.
      apart: (n * n_on,) float64, written: values that stand by themselves.
      plain: (n_off, n) float64, written: channels on no grid, 0 where absent.

    Returns:
      How many stand by themselves.
    """
    n_rows, n_channels = samples.shape
    n_apart = 0
    for row in range(n_rows):
        on, off = 0, 0
        for c in range(n_channels):
            x = samples[row, c]
            if x != x:
                place = row * n_channels + c
                absent[place >> 3] |= np.uint8(128 >> (place & 7))
            if not step[c] > 0:
                plain[off, row] = x if x == x else 0.0
                off += 1
                continue
            count = np.rint((x - origin[c]) / step[c])
            near = np.int64(count) if abs(count) <= MAX_COUNT else np.int64(0)
            residue = bits[row, c] - _bits(near * step[c] + origin[c])
            if -NEAR <= residue <= NEAR:
                planar[on, row] = np.int32(near)
                residues[row, on] = np.int8(residue)
            else:
                planar[on, row] = planar[on, row - 1] if row > 0 else np.int32(0)
                residues[row, on] = np.int8(APART if x == x else 0)
                if x == x:
                    apart[n_apart] = x
                    n_apart += 1
            on += 1
    return n_apart


@compiled
def window_planes(offsets, n_samples, flags, quality, features, pairs, out):
    """The arrays of a cell of windows as byte planes, one behind the other.

    Args:
      offsets, n_samples: (w,) int64, of which a byte and four are kept.
      flags, quality: (w, n_channels) uint32: numbers and bits of float32.
      features, pairs: (w, n_channels, n_features) and (w, n_pairs, n_theirs) uint64, bits.
      out: (bytes,) uint8, written.
    """
    for w in range(offsets.size):
        out[w] = np.uint8(offsets[w])
        for byte in range(4):
            out[offsets.size * (1 + byte) + w] = np.uint8(n_samples[w] >> 8 * byte & 255)
    at = 5 * offsets.size
    at = _planes(flags.reshape((*flags.shape, 1)), 4, out, at)
    at = _planes(quality.reshape((*quality.shape, 1)), 4, out, at)
    at = _planes(features, 8, out, at)
    _planes(pairs, 8, out, at)


@compiled
def _planes(numbers, n_bytes, out, at):
    """Feature by feature, within it channel by channel, and within that in time."""
    n_windows, n_channels, n_features = numbers.shape
    ordered = np.empty(numbers.size, numbers.dtype)
    place = 0
    for f in range(n_features):
        for c in range(n_channels):
            for w in range(n_windows):
                ordered[place] = numbers[w, c, f]
                place += 1
    for _ in range(n_bytes):  # place by place: a loop of eight bytes a number is slower
        for i in range(ordered.size):
            out[at + i] = np.uint8(ordered[i] & numbers.dtype.type(255))
            ordered[i] >>= numbers.dtype.type(8)
        at += ordered.size
    return at


@compiled
def _bits(value):
    return np.float64(value).view(np.int64)
