"""py_neuromodulation's sample: beta falls while the hand grips, in the cortex and below it."""

from __future__ import annotations

import numpy as np

from tests.science import grip


def test_the_hand_grips_three_times():
    assert [round(onset_s, 1) for onset_s, _ in grip.grips_s()] == [3.2, 10.2, 14.9]


def test_the_numbers_are_microvolts_of_cortex():
    rms = np.nanmedian(grip.seen("ecog").feature("rms"), axis=0)
    assert ((rms > 5) & (rms < 100)).all()


def test_cortical_beta_falls_on_every_channel_while_gripping():
    change = grip.change_db("ecog", "beta_power")
    assert len(change) == 6
    assert (change < -3).all()  # measured -4.8 to -11.4 dB
    assert grip.chance("ecog", "beta_power") < 0.02


def test_cortical_beta_falls_in_each_grip_by_itself():
    by_grip = grip.change_by_grip_db("ecog", "beta_power")
    assert by_grip.shape == (3, 6)
    assert (by_grip.mean(axis=1) < -3).all()


def test_subthalamic_beta_falls_too():
    assert (grip.change_db("lfp", "beta_power") < -0.5).all()  # measured -1.3 to -5.2 dB


def test_high_gamma_does_not_fall_with_beta():
    change = grip.change_db("ecog", "high_gamma_power")
    assert change.mean() > 0  # measured +1.5 dB; beta falls by 8
