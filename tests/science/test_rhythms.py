"""Rhythms that others have found in these recordings stand in our windows too."""

from __future__ import annotations

import pytest

from tests.science import rhythms


@pytest.mark.parametrize("rhythm", [rhythms.THETA, rhythms.MOTOR_BETA], ids=lambda one: one.band)
def test_a_rhythm_is_the_largest_peak_above_the_1_over_f_background(rhythm):
    hz, decibel = rhythms.peak(rhythm)
    low, high = rhythm.band_hz
    assert low <= hz < high
    assert decibel > 8  # measured 12 (theta) and 14 (beta)


@pytest.mark.parametrize("rhythm", [rhythms.THETA, rhythms.MOTOR_BETA], ids=lambda one: one.band)
def test_the_rhythms_band_is_the_densest_and_half_of_all_power(rhythm):
    density = rhythms.densities(rhythm)
    own = density.pop(rhythm.band)
    assert own > 1.5 * max(density.values())
    assert rhythms.share(rhythm) > 0.5


def test_alpha_doubles_with_closed_eyes_on_a_single_electrode():
    assert rhythms.alpha_share("ec") > 1.5 * rhythms.alpha_share("eo")  # measured 2.2


@pytest.mark.parametrize("flicker_hz", [20, 30])
def test_flicker_stands_out_at_the_occiput_of_a_consumer_headband(flicker_hz):
    other = 50 - flicker_hz
    assert rhythms.muse()[flicker_hz, flicker_hz] > 5  # measured 20 and 12
    assert rhythms.muse()[flicker_hz, other] < 2


def test_fast_amplitude_follows_slow_phase():
    profile, index, by_chance = rhythms.coupling()
    assert index > 5 * by_chance  # measured 0.062 against 0.0025
    assert profile.max() > 2 * profile.min()
