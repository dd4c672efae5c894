from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.report import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.05, "50 ms"),
        (1.5, "1.5 s"),
        (125, "125 s"),
        (600, "10 min"),
        (2527, "42 min 7 s"),
        (19_200, "5 h 20 min"),
        (86_400, "24 h"),
    ],
)
def test_durations_are_told_in_the_unit_that_fits(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (62_143.2, "62,100"),
        (-18.94, "\N{MINUS SIGN}18.9"),
        (0.001234, "0.00123"),
        (float("nan"), words.NONE),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0001, "< 0.1 %"),
        (0.034, "3.4 %"),
        (0.0996, "10 %"),
        (0.92, "92 %"),
        (0.9999, "> 99.9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_never_looks_like_nothing_or_all_when_it_is_not(share, text):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("start", "end", "span", "text"),
    [
        (3.15, 25, 125, "3.15\N{EN DASH}25 s"),
        (65.2, 70.9, 600, "1:05\N{EN DASH}1:10"),
        (65.2, 65.9, 600, "1:05"),
        (3723, 7205, 80_000, "1:02:03\N{EN DASH}2:00:05"),
    ],
)
def test_a_stretch_is_told_as_precisely_as_the_recording_is_short(start, end, span, text):
    assert words.stretch(start, end, span) == text


@given(st.floats(0, 1e6), st.floats(1e-3, 1e7))
def test_ticks_are_few_and_inside_the_figure(start_s, span_s):
    ticks = words.ticks(start_s, span_s)
    assert len(ticks) <= 7
    assert all(-1e-6 <= part <= 1 + 1e-6 for part, _ in ticks)
    labels = [label for _, label in ticks]
    assert len(set(labels)) == len(labels)


def test_ticks_stand_at_round_times():
    assert words.ticks(0, 125) == [
        (0, "0 s"),
        (0.24, "30 s"),
        (0.48, "60 s"),
        (0.72, "90 s"),
        (0.96, "120 s"),
    ]
    assert [label for _, label in words.ticks(0, 7200)] == [
        "0:00 h",
        "0:30 h",
        "1:00 h",
        "1:30 h",
        "2:00 h",
    ]
    assert [label for _, label in words.ticks(10_620, 180)][-1] == "3:00:00"


@given(st.text())
def test_any_name_becomes_printable_and_short(name):
    shown = words.safe(name)
    assert not any(unicodedata.category(c).startswith(("Cc", "Cf", "Cs", "Cn")) for c in shown)
    assert len(shown) <= 60
    shown.encode("utf-8")


def test_ordinary_names_stay_as_they_are():
    for name in ("EEG Fp1-REF", "É µ 電極", "A<B>&C"):
        assert words.safe(name) == name


def test_a_moment_is_told_in_utc():
    assert words.moment(1_250_000_000_999_999_999) == "2009-08-11 14:13:20 UTC"
    assert words.moment(-1) == "1969-12-31 23:59:59 UTC"


def test_items_are_listed_as_in_a_sentence():
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert (words.count(1, "gap"), words.count(1200, "gap")) == ("1 gap", "1,200 gaps")
