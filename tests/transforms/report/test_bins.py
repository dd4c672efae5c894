from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.report.bins import TimeBins, runs


@given(st.lists(st.lists(st.integers(1, 40), max_size=6), max_size=8))
def test_bins_hold_the_sum_and_extremes_of_their_windows(pieces):
    bins = TimeBins(8)
    bins.layer("sum", (2,), np.int64, np.add)
    bins.layer("high", (2,), np.float32, np.fmax)
    seen: list[int] = []
    for steps in pieces:
        windows = np.cumsum([seen[-1] if seen else 0, *steps])[1:].astype(np.int64)
        if len(windows):
            bins.reach(int(windows[-1]))
            starts, at = runs(windows // bins.width)
            rows = np.stack([windows, -windows], axis=1)
            bins.fold("sum", rows, starts, at)
            bins.fold("high", rows.astype(np.float32), starts, at)
        seen += windows.tolist()
    last = max(seen, default=-1)
    assert bins.n_used == last // bins.width + 1 <= 8
    assert bins.width == 1 or last >= bins.width // 2 * 8  # no coarser than it must be
    for number, (total, high) in enumerate(zip(bins.used("sum"), bins.used("high"), strict=True)):
        inside = [window for window in seen if window // bins.width == number]
        assert total.tolist() == [sum(inside), -sum(inside)]
        expected = [max(inside), -min(inside)] if inside else [np.nan, np.nan]
        np.testing.assert_array_equal(high, expected)
