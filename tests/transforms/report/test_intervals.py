from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.report.intervals import FlaggedRuns, Interval, Intervals

flagged_windows = st.dictionaries(st.integers(0, 120), st.integers(1, 9), max_size=60)


def in_pieces(flagged: dict[int, int], cuts: list[int], limit: int) -> Intervals:
    runs = FlaggedRuns(limit)
    windows = np.array(sorted(flagged), np.int64)
    n_channels = np.array([flagged[int(w)] for w in windows], np.int64)
    for piece in np.split(np.arange(len(windows)), np.searchsorted(windows, sorted(cuts))):
        runs.add(windows[piece], n_channels[piece])
        runs.summary()  # looking does not change anything
    return runs.summary()


def one_by_one(flagged: dict[int, int]) -> list[Interval]:
    found: list[Interval] = []
    for window in sorted(flagged):
        if found and window - (found[-1].start + found[-1].length - 1) <= 4:
            last = found.pop()
            length = window - last.start + 1
            found.append(Interval(last.start, length, max(last.n_channels, flagged[window])))
        else:
            found.append(Interval(window, 1, flagged[window]))
    return found


@given(flagged_windows, st.lists(st.integers(0, 120), max_size=5))
def test_intervals_are_runs_with_breaks_of_less_than_200_ms(flagged, cuts):
    expected = one_by_one(flagged)
    found = in_pieces(flagged, cuts, limit=1000)
    assert list(found.longest) == expected
    assert found.count == len(expected)
    assert found.total_length == sum(interval.length for interval in expected)


@given(flagged_windows, st.lists(st.integers(0, 120), max_size=5), st.integers(1, 4))
def test_the_longest_are_kept_and_of_equals_the_earlier(flagged, cuts, limit):
    by_length = sorted(one_by_one(flagged), key=lambda i: (-i.length, i.start))
    found = in_pieces(flagged, cuts, limit)
    assert found.longest == tuple(sorted(by_length[:limit], key=lambda i: i.start))
    assert found.count == len(by_length)
    half = max(limit // 2, 1)
    expected = tuple(sorted(by_length[:half], key=lambda i: i.start))
    assert found.first_of_longest(half) == expected
