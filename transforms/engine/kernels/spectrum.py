"""Partial Fourier sums per window, summed over sliding look-backs, windowed by Hann.

A look-back of W whole windows is a sum of W partial sums at absolute sample phase. The sliding
sum costs three additions whatever W is (van Herk 1992): windows are numbered in blocks of W; a
look-back is a suffix of the previous block plus a prefix of this one. Nothing is ever subtracted,
so a pop leaves no trace once it is out of the look-back.

Sums are arrays (2, n_channels, n_bins), real and imaginary part, the bins of all look-backs side by
side: loops over bins are long for any number of channels. Where a loop does not start at 0 its
indices are unsigned: numba vectorises only indices that it knows not to be negative.
"""

from __future__ import annotations

import numba
import numpy as np

from transforms.engine.kernels.compiling import compiled

# Columns of `look_backs`, (n, 5) int64, one row for each look-back that is whole in windows:
SAMPLES, WINDOWS, ROOTS, FIRST_BIN, BINS = range(5)
ONE, TWO = np.uint64(1), np.uint64(2)  # an unsigned index plus a signed one would be a float


@compiled
def fold(rows, first, last, folded):
    """Sums and differences of samples that mirror each other at the window's centre.

    Cosines are even and sines odd about the centre: half the multiplications.

    Args:
      folded: (2, >= n_channels, half), half >= ceil((last - first) / 2); sums and differences, the
        outermost pair first; columns beyond are zeroed, channels beyond are not touched.
    """
    n = last - first
    pairs = n // 2
    for c in range(rows.shape[1]):
        for s in range(pairs):
            before, after = rows[first + s, c], rows[last - 1 - s, c]
            folded[0, c, s] = before + after
            folded[1, c, s] = before - after
        for s in range(pairs, folded.shape[2]):
            folded[0, c, s] = 0.0
            folded[1, c, s] = 0.0
        if n > 2 * pairs:
            folded[0, c, pairs] = rows[first + pairs, c]


@compiled
def project(folded, table, sums):
    """Real (cosines) or imaginary (sines) Fourier sums of a folded window.

    Four channels and four samples at a time: a table's row is loaded once for four channels, a
    sum once for four samples.

    Args:
      folded: (n, half), n and half multiples of 4.
      table: (half, n_bins) float64, zero where the folded columns are.
      sums: (n, n_bins) float64, written.
    """
    for c in range(0, folded.shape[0], 4):
        for i in range(4):
            for r in range(sums.shape[1]):
                sums[c + i, r] = 0.0
        for s in range(0, folded.shape[1], 4):
            k0, k1, k2, k3 = _four(folded, c, s)
            m0, m1, m2, m3 = _four(folded, c + 1, s)
            p0, p1, p2, p3 = _four(folded, c + 2, s)
            q0, q1, q2, q3 = _four(folded, c + 3, s)
            for r in range(sums.shape[1]):
                t0, t1, t2, t3 = table[s, r], table[s + 1, r], table[s + 2, r], table[s + 3, r]
                sums[c, r] += (k0 * t0 + k1 * t1) + (k2 * t2 + k3 * t3)
                sums[c + 1, r] += (m0 * t0 + m1 * t1) + (m2 * t2 + m3 * t3)
                sums[c + 2, r] += (p0 * t0 + p1 * t1) + (p2 * t2 + p3 * t3)
                sums[c + 3, r] += (q0 * t0 + q1 * t1) + (q2 * t2 + q3 * t3)


@numba.njit(inline="always")
def _four(x, c, s):
    return x[c, s], x[c, s + 1], x[c, s + 2], x[c, s + 3]


@compiled
def rotate(sums, look_backs, frequencies, first_sample, n_samples, roots, turn):
    """Turns a window's sums from phase 0 at its centre to absolute phase, in place.

    Args:
      frequencies: (n_bins,) int64, cycles per look-back.
      first_sample, n_samples: absolute number of the window's first sample, and its length.
      roots: (2, sum of 2 N) float64: cos and sin of 2 pi m / (2 N), for half-sample centres.
      turn: (2, n_bins) float64, scratch.
    """
    for b in range(look_backs.shape[0]):
        period = 2 * look_backs[b, SAMPLES]
        centre = (2 * (first_sample % period) + n_samples - 1) % period
        for i in range(look_backs[b, BINS]):
            r = look_backs[b, FIRST_BIN] + i
            m = look_backs[b, ROOTS] + frequencies[r] * centre % period
            turn[0, r] = roots[0, m]
            turn[1, r] = roots[1, m]
    for c in range(sums.shape[1]):
        for r in range(sums.shape[2]):
            real, imaginary = sums[0, c, r], sums[1, c, r]
            sums[0, c, r] = real * turn[0, r] + imaginary * turn[1, r]
            sums[1, c, r] = imaginary * turn[0, r] - real * turn[1, r]


@compiled
def slide(sums, look_backs, position, ring, prefix):
    """Replaces the sums of the newest window by those of the look-backs that end with it.

    Args:
      position: number of this window; windows come in order, without a gap in the numbers.
      ring: (most windows, 2, n_channels, n_bins), carried.
      prefix: (2, n_channels, n_bins), carried.
    """
    for b in range(look_backs.shape[0]):
        windows = look_backs[b, WINDOWS]
        at = position % windows
        first = np.uint64(look_backs[b, FIRST_BIN])
        bins = np.uint64(look_backs[b, BINS])
        if at == 0:
            _close_block(ring, windows, first, bins)
        for part in range(2):
            for c in range(sums.shape[1]):
                if at == 0:
                    for i in range(bins):
                        prefix[part, c, first + i] = 0.0
                for i in range(bins):
                    x = sums[part, c, first + i]
                    ring[at, part, c, first + i] = x
                    prefix[part, c, first + i] += x
                if at + 1 < windows:
                    for i in range(bins):
                        before = ring[at + 1, part, c, first + i]
                        sums[part, c, first + i] = prefix[part, c, first + i] + before
                else:
                    for i in range(bins):
                        sums[part, c, first + i] = prefix[part, c, first + i]


@compiled
def _close_block(ring, windows, first, bins):
    """The block is full: its windows become the sums from each of them to its end."""
    for i in range(windows - 2, -1, -1):
        for part in range(2):
            for c in range(ring.shape[2]):
                for r in range(bins):
                    ring[i, part, c, first + r] += ring[i + 1, part, c, first + r]


@compiled
def hann_power(sums, look_backs, end_sample, roots, turn, power, first_line):
    """|Y|^2 of the Hann-windowed look-backs without their mean.

    Hann is 1/2 - 1/4 (e^(2 pi i m / N) + e^(-2 pi i m / N)) with m counted from the look-back's
    start: three bins of the plain transform, turned by the start's phase. The mean lives in bin 0
    alone, whose sums are kept at zero.

    Args:
      end_sample: absolute number of the sample after the look-backs.
      turn: (2, n_bins) float64, scratch.
      power: (>= n_channels, lines) float64, written from `first_line` on, a line a bin; the
        outermost bins of a look-back, which have no neighbours, hold nothing of use.
    """
    for b in range(look_backs.shape[0]):
        samples = look_backs[b, SAMPLES]
        m = look_backs[b, ROOTS] + 2 * ((end_sample - samples) % samples)
        for i in range(look_backs[b, BINS]):
            turn[0, look_backs[b, FIRST_BIN] + i] = roots[0, m]
            turn[1, look_backs[b, FIRST_BIN] + i] = roots[1, m]
    line = np.uint64(first_line + 1)
    for c in range(sums.shape[1]):
        for h in range(np.uint64(sums.shape[2] - 2)):
            cos, sin = turn[0, h + ONE], turn[1, h + ONE]
            below_re, below_im = sums[0, c, h], sums[1, c, h]
            above_re, above_im = sums[0, c, h + TWO], sums[1, c, h + TWO]
            turned_re = (below_re + above_re) * cos + (below_im - above_im) * sin
            turned_im = (below_im + above_im) * cos + (above_re - below_re) * sin
            real = 0.5 * sums[0, c, h + ONE] - 0.25 * turned_re
            imaginary = 0.5 * sums[1, c, h + ONE] - 0.25 * turned_im
            power[c, line + h] = real * real + imaginary * imaginary
