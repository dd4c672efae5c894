"""Dates and sample counts as exact integers of nanoseconds."""

from __future__ import annotations

import datetime
from fractions import Fraction

SECOND_NS = 1_000_000_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def date_ns(date: datetime.datetime) -> int:
    """Nanoseconds since 1970-01-01T00:00Z of a date with a time zone; exact (no float)."""
    return (date - _EPOCH) // datetime.timedelta(microseconds=1) * 1000


def seconds_ns(seconds: Fraction) -> int:
    """Whole nanoseconds, rounded down."""
    return seconds.numerator * SECOND_NS // seconds.denominator


def sample_ns(start_ns: int, n_samples: int, sampling_rate_hz: Fraction) -> int:
    """Time of the sample `n_samples` after `start_ns`, rounded down to a nanosecond."""
    rate = sampling_rate_hz
    return start_ns + n_samples * rate.denominator * SECOND_NS // rate.numerator
