"""Which samples fall into which window: exact integer arithmetic, no float anywhere."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np

from transforms.engine.measures import NS_PER_S, WINDOW_NS
from transforms.engine.windows import Int64


@dataclasses.dataclass(frozen=True)
class Grid:
    """The 50 ms grid of one stream: window `k` is `[k * 50 ms, (k + 1) * 50 ms)` since 1970.

    Sample `n` lies at `start_ns + n / sampling_rate`. All of it in Python ints: `start_ns * rate`
    overflows int64 at 5 Hz.
    """

    start_ns: int
    sampling_rate: Fraction

    def window_of(self, sample: int) -> int:
        """The window that holds sample `sample`."""
        rate = self.sampling_rate
        ns_times_rate = self.start_ns * rate.numerator + sample * rate.denominator * NS_PER_S
        return ns_times_rate // (WINDOW_NS * rate.numerator)

    def first_sample(self, window: int) -> int:
        """The first sample at or after the window's start; negative before the stream began."""
        rate = self.sampling_rate
        ns_times_rate = (window * WINDOW_NS - self.start_ns) * rate.numerator
        return -(-ns_times_rate // (rate.denominator * NS_PER_S))

    def first_samples(self, window: int, count: int) -> Int64:
        """`first_sample` of `count` windows in a row, (count,) int64.

        The first is exact in Python ints; from there the remainder advances by the same step,
        whose common factor with the divisor is taken out so that int64 holds it for
        count < 2**20.
        """
        rate = self.sampling_rate
        divisor = rate.denominator * NS_PER_S
        step = WINDOW_NS * rate.numerator
        base, rest = divmod((window * WINDOW_NS - self.start_ns) * rate.numerator, divisor)
        common = math.gcd(step, divisor)
        rest = -(-rest // common)  # rounding up here does not change the outer rounding up
        ramp = rest + np.arange(count, dtype=np.int64) * (step // common)
        return base - (-ramp // (divisor // common))

    def time_ns(self, sample: int) -> int:
        """Time of a sample, rounded down to a nanosecond."""
        rate = self.sampling_rate
        return self.start_ns + sample * rate.denominator * NS_PER_S // rate.numerator
