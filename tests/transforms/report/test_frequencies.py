from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.report.frequencies import (
    MAX_GROUPS,
    FrequencyGrid,
    bands,
    centres_hz,
    place,
    ticks,
)


@given(st.integers(16, 50_000))
def test_groups_hold_every_bin_once_but_the_mean(n_samples):
    grid = FrequencyGrid.of_segment(n_samples, float(n_samples))
    bins = [
        k
        for start, n in zip(grid.starts.tolist(), grid.sizes.tolist(), strict=True)
        for k in range(start, start + n)
    ]
    assert bins == list(range(1, n_samples // 2 + 1))
    assert len(grid.starts) <= MAX_GROUPS
    assert (np.diff(grid.edges_hz) > 0).all()


def test_the_bands_of_an_eeg_are_seen_hertz_by_hertz():
    grid = FrequencyGrid.of_segment(250, 250.0)
    assert (grid.sizes[:30] == 1).all()
    np.testing.assert_allclose(centres_hz(grid.edges_hz)[1:30], np.arange(2, 31))


def test_round_frequencies_are_on_the_axis_in_their_place():
    edges = FrequencyGrid.of_segment(256, 256.0).edges_hz
    marked = ticks(edges)
    assert [label for _, label in marked] == [f"{hz} Hz" for hz in (1, 2, 5, 10, 20, 50, 100)]
    assert all(0 <= at <= 1 for at, _ in marked)
    assert place(float(edges[0]), edges) == 0
    assert place(float(edges[-1]), edges) == pytest.approx(1)
    tenfold = {round(place(10 * hz, edges) - place(hz, edges), 9) for hz in (1, 3, 10)}
    assert len(tenfold) == 1


def test_only_bands_that_fit_are_shaded():
    edges = FrequencyGrid.of_segment(100, 100.0).edges_hz
    names = ("alpha_power", "beta_power", "high_gamma_power", "rms")
    low, high, name = bands(names, edges)[0]
    assert [name for _, _, name in bands(names, edges)] == ["alpha_power", "beta_power"]
    assert (low, high) == (place(8, edges), place(13, edges))
    assert name == "alpha_power"
