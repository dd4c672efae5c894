"""The natural logarithm of many numbers at once, from IEEE operations alone.

A library's logarithm differs in its last bit from version to version and cannot be vectorised here.
"""

from __future__ import annotations

import math

import numpy as np

from transforms.engine.kernels.compiling import compiled

LN2 = math.log(2.0)
SQRT2_BITS = np.float64(math.sqrt(2.0)).view(np.int64) & ((1 << 52) - 1)
MANTISSA, ONE, BIAS = (1 << 52) - 1, 1023 << 52, 1023


@compiled
def logarithms(x, bits, first, last, out, out_bits):
    """ln of `x[first:last]`, positive normal numbers, into `out[0:last - first]`; to 2 ulp.

    x = 2^e m with m from sqrt(1/2) to sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)), whose series is
    cut where its next term is below 2^-53 of the sum.

    Args:
      bits, out_bits: the same memory as x and out, as int64.
    """
    n = last - first
    begin = np.uint64(first)
    for i in range(np.uint64(n)):
        b = bits[begin + i]
        up = 1 if (b & MANTISSA) > SQRT2_BITS else 0
        out_bits[i] = (b & MANTISSA) | (ONE - (up << 52))
    for i in range(np.uint64(n)):
        b = bits[begin + i]
        up = 1 if (b & MANTISSA) > SQRT2_BITS else 0
        exponent = float((b >> 52) - BIAS + up)
        s = (out[i] - 1.0) / (out[i] + 1.0)
        z = s * s
        series = 1.0 / 19.0
        series = series * z + 1.0 / 17.0
        series = series * z + 1.0 / 15.0
        series = series * z + 1.0 / 13.0
        series = series * z + 1.0 / 11.0
        series = series * z + 1.0 / 9.0
        series = series * z + 1.0 / 7.0
        series = series * z + 1.0 / 5.0
        series = series * z + 1.0 / 3.0
        out[i] = exponent * LN2 + 2.0 * s * (1.0 + z * series)
