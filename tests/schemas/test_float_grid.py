from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.float_grid import APART, find_grid, from_counts, to_counts


def counted(seed: int, spread: float, n_samples: int = 2000) -> np.ndarray:
    walk = np.random.default_rng(seed).normal(0, spread, n_samples).cumsum()
    return np.rint(walk / 10)


@pytest.mark.parametrize("gain", [0.1, 1 / 3, 0.022351741790771484, 4882.8125, 2.4e-7])
@pytest.mark.parametrize("offset", [0.0, 0.5, -32768.3, 1e-11])
def test_counts_of_an_amplifier_are_found_again_whatever_the_readers_arithmetic(gain, offset):
    counts = counted(1, 300)
    samples = ((counts * (gain * 1e-6) + offset * gain * 1e-6) * 1e6)[:, None]
    grid = find_grid(samples)
    found, residues = to_counts(samples, grid)
    assert np.mean(residues == APART) < 0.01
    assert (np.diff(found[:, 0]) == np.diff(counts)).all()


def test_what_one_product_made_leaves_no_residue():
    samples = (counted(2, 50) * 0.1)[:, None]
    grid = find_grid(samples)
    counts, residues = to_counts(samples, grid)
    assert not residues.any()
    np.testing.assert_array_equal(from_counts(counts, grid), samples)


def test_noise_is_on_no_grid_and_a_constant_is():
    noise = np.random.default_rng(0).normal(size=1000)
    grid = find_grid(np.stack([noise, np.full(1000, 7.5), np.full(1000, np.nan)], axis=1))
    assert grid.is_on.tolist() == [False, True, False]


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e3), st.floats(-1e4, 1e4))
def test_no_number_is_counted_as_another(seed, gain, offset):
    samples = (counted(seed, 20, 200) * gain + offset)[:, None]
    samples[::17] = np.nan
    samples[5] = np.inf
    grid = find_grid(samples)
    if grid.is_on[0]:
        counts, residues = to_counts(samples, grid)
        values = (from_counts(counts, grid).view(np.int64) + residues).view(np.float64)
        near = residues != APART
        np.testing.assert_array_equal(values[near], samples[near])
        assert not near[5].any()
