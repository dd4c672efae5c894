from __future__ import annotations

import numpy as np
import pytest

from devices.simulator import channel_names
from devices.simulator.montage import falloff, positions

TEN_TEN = channel_names(69)


@pytest.mark.parametrize("n_channels", [1, 8, 20, 64, 69, 70, 300])
def test_there_are_as_many_names_as_asked_for_all_different(n_channels):
    names = channel_names(n_channels)
    assert len(names) == len(set(names)) == n_channels


@pytest.mark.parametrize("n_channels", [8, 69, 256])
def test_no_two_electrodes_share_a_place(n_channels):
    places = positions(channel_names(n_channels))
    distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=-1))
    np.testing.assert_allclose((places**2).sum(axis=1), 1.0)
    assert (distance + np.eye(n_channels)).min() > 0.01


def test_the_usual_64_of_10_10_are_known():
    assert {"AF7", "FC5", "CP6", "PO8", "TP7", "FT8", "POz", "Iz"} - set(TEN_TEN) == {"Iz"}
    assert not any(name.startswith("E") for name in TEN_TEN[:68])


def test_odd_names_mirror_even_ones():
    for odd, even in (("Fp1", "Fp2"), ("C3", "C4"), ("FC5", "FC6"), ("PO7", "PO8")):
        left, right = positions((odd, even))
        np.testing.assert_allclose(left, right * [-1, 1, 1], atol=1e-12)
        assert left[0] < 0


def test_old_names_and_other_spellings_mean_the_same_place():
    np.testing.assert_array_equal(positions(("T3", "T6", "FP1")), positions(("T7", "P8", "Fp1")))


def test_the_order_of_10_20_holds_from_nose_to_neck():
    y = positions(("Fp1", "F3", "C3", "P3", "O1"))[:, 1]
    assert (np.diff(y) < 0).all()


def test_a_source_falls_to_one_over_e_at_its_length():
    places = positions(("Cz", "Oz"))
    near, far = falloff(places, places[0], length=float(np.linalg.norm(places[1] - places[0])))
    assert near == 1.0
    assert far == pytest.approx(np.exp(-1))
