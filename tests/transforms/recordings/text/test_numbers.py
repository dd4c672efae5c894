from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings.text.numbers import exact_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("128.5", Fraction(257, 2)),
        (" 0,25 ", Fraction(1, 4)),
        ("1e3", Fraction(1000)),
        ("-0.1", Fraction(-1, 10)),
        ("0.000000305175781250000006", Fraction(305175781250000006, 10**24)),
        ("0", Fraction(0)),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1_000", None),
        ("1/3", None),
        ("12 Hz", None),
        ("1e999999999", None),
        ("1e-999999999", Fraction(0)),
        ("9" * 50, None),
    ],
)
def test_numbers_are_exact_or_none(text, number):
    assert exact_number(text) == number


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text):
    number = exact_number(text)
    assert number is None or abs(number) <= Fraction(10**30)
