from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings.gaps import GapFinder

# Per row and channel: a number, absent, or infinite, which is absent too.
values = st.sampled_from([1.0, 1.0, np.nan, np.nan, np.inf])
rows = st.lists(st.tuples(values, values), max_size=60)


def slow_gaps(samples):
    present = [i for i, row in enumerate(samples) if any(np.isfinite(v) for v in row)]
    reached, gaps = 0, []
    for i in present:
        if i > reached:
            gaps.append((reached, i))
        reached = i + 1
    return gaps, len(present)


@given(samples=rows, cuts=st.lists(st.integers(0, 60), max_size=5))
def test_any_cutting_finds_the_gaps_of_the_slow_way(samples, cuts):
    array = np.array(samples, float).reshape(-1, 2)
    finder, found, first = GapFinder(), [], 0
    for piece in np.split(array, sorted(min(cut, len(array)) for cut in cuts)):
        found += finder.add(first, piece)
        first += len(piece)
    gaps, n_present = slow_gaps(samples)
    assert found == gaps
    assert finder.n_present == n_present


def test_rows_that_never_came_are_a_gap():
    finder = GapFinder()
    assert finder.add(3, np.ones((2, 1))) == [(0, 3)]
    assert finder.add(5, np.ones((1, 1))) == []
    assert finder.add(9, np.ones((1, 1))) == [(6, 9)]
    assert finder.end == 10
