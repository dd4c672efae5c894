"""Kalunga et al. 2016, subject 3: what the subject looks at stands in the windows' spectra."""

from __future__ import annotations

import numpy as np
import pytest

from tests.science import ssvep


def test_all_trials_of_both_sessions_are_there():
    counts = np.bincount(ssvep.trials().flicker_hz)
    assert {hz: int(counts[hz]) for hz in np.flatnonzero(counts)} == {0: 16, 13: 16, 17: 16, 21: 16}


@pytest.mark.parametrize("flicker_hz", ssvep.STIMULI_HZ)
def test_each_stimulus_stands_out_at_its_own_frequency_on_every_occipital_channel(flicker_hz):
    own = ssvep.stands_out()[flicker_hz, flicker_hz]
    others = [ssvep.stands_out()[flicker_hz, hz] for hz in ssvep.STIMULI_HZ if hz != flicker_hz]
    assert own.min() > 2  # measured 2.5 to 19
    assert (own > np.max(others, axis=0)).all()


@pytest.mark.parametrize("flicker_hz", ssvep.STIMULI_HZ)
def test_each_frequency_is_strongest_where_it_is_looked_at(flicker_hz):
    own = ssvep.stands_out()[flicker_hz, flicker_hz]
    elsewhere = [ssvep.stands_out()[hz, flicker_hz] for hz in (0, 13, 17, 21) if hz != flicker_hz]
    assert (own > 1.5 * np.max(elsewhere, axis=0)).all()


def test_nothing_stands_out_at_rest():
    at_rest = [ssvep.stands_out()[ssvep.REST, hz] for hz in ssvep.STIMULI_HZ]
    assert np.max(at_rest) < 2


def test_the_stimulus_is_told_from_single_trials_without_training():
    assert ssvep.accuracy_of_three() >= 0.9  # chance is 1/3


def test_rest_is_told_from_flicker_by_a_threshold_of_the_other_session():
    assert ssvep.accuracy_of_four() >= 0.8  # chance is 1/4
