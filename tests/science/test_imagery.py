"""PhysioNet S001: imagining a fist suppresses the rhythms of the motor cortex, not of vision."""

from __future__ import annotations

import numpy as np
import pytest

from tests.science import imagery


def test_all_trials_are_there():
    sides, counts = np.unique(imagery.imagined().side, return_counts=True)
    assert dict(zip(sides.tolist(), counts.tolist(), strict=True)) == {"left": 23, "right": 22}


@pytest.mark.parametrize("name", imagery.FEATURES)
@pytest.mark.parametrize("channel", ["C3", "C4"])
def test_imagery_suppresses_alpha_and_beta_over_the_hands(name, channel):
    decibel, t = imagery.desynchronisation(name, channel)
    assert decibel < -0.3  # measured -0.5 to -1.0
    assert t < -2.5  # measured -2.8 to -3.9


@pytest.mark.parametrize("name", imagery.FEATURES)
def test_imagery_suppresses_nothing_over_the_visual_cortex(name):
    decibel, _ = imagery.desynchronisation(name, "Oz")
    assert decibel > 0


def test_alpha_falls_more_on_the_side_opposite_to_the_fist():
    decibel, p = imagery.lateralisation("alpha_power")
    assert decibel > 0.4  # measured 0.8
    assert p < 0.05  # measured 0.01
