from __future__ import annotations

import datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings.times import date_ns, sample_ns, seconds_ns


def test_dates_are_exact_to_the_microsecond():
    date = datetime.datetime(2026, 11, 21, 22, 17, 24, 123457, tzinfo=datetime.UTC)
    assert date_ns(date) == 1795299444123457000
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    assert date_ns(date.astimezone(zone)) == date_ns(date)


def test_dates_before_1970_are_negative():
    assert date_ns(datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)) == -(10**9)


@given(st.fractions())
def test_nanoseconds_are_rounded_down(seconds):
    assert seconds_ns(seconds) <= seconds * 10**9 < seconds_ns(seconds) + 1


def test_years_of_samples_are_placed_to_the_nanosecond():
    rate = Fraction(257, 2)
    n_samples = 257 * 10**10  # 2e10 seconds
    assert sample_ns(7, n_samples, rate) == 7 + 2 * 10**10 * 10**9
