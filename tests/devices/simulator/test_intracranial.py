from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import signal

from devices.simulator import Grip, IntracranialSettings, simulate
from devices.simulator.intracranial import hand_area
from tests.devices.simulator.spectra import decibels, envelope_power, mean_between

ASKED = IntracranialSettings(duration_s=90, paradigm=Grip())


@pytest.fixture(scope="module", params=[1, 2, 3])
def asked(request):
    return dataclasses.replace(ASKED, seed=request.param)


def change_db(asked, low_hz, high_hz):
    """(n_channels,): during the grips against 3 to 1.5 s before them."""
    recording = simulate(asked)
    power = envelope_power(recording, low_hz, high_hz)
    during = [(t.onset_s + 0.2, t.end_s) for t in recording.trials]
    before = [(t.onset_s - 3, t.onset_s - 1.5) for t in recording.trials]
    return decibels(mean_between(power, recording, during) / mean_between(power, recording, before))


def test_beta_falls_with_a_grip_most_over_the_hand_area(asked):
    fall_db, near = change_db(asked, 13, 30), hand_area(asked)
    assert fall_db[near.argmax()] < -3
    assert fall_db[near.argmin()] > -2
    assert fall_db.argmin() == near.argmax()


def test_high_gamma_rises_with_a_grip_over_the_hand_area(asked):
    rise_db, near = change_db(asked, 70, 150), hand_area(asked)
    assert 3.5 < rise_db[near.argmax()] < 7.5
    assert abs(rise_db[near.argmin()]) < 1
    assert rise_db.argmax() == near.argmax()


def test_high_gamma_begins_with_the_movement_and_beta_before_it():
    recording = simulate(dataclasses.replace(ASKED, seed=1, duration_s=300))
    hand = hand_area(ASKED).argmax()

    def ratio(low_hz, high_hz):
        power = envelope_power(recording, low_hz, high_hz)
        spans = [
            [(t.onset_s + a, t.onset_s + b) for t in recording.trials]
            for a, b in ((-0.4, -0.15), (-3, -1.5))
        ]
        just_before, rest = (mean_between(power, recording, span)[hand] for span in spans)
        return just_before / rest

    assert ratio(13, 30) < 0.75
    assert 0.8 < ratio(70, 150) < 1.3


def test_at_rest_nothing_is_locked_to_anything():
    recording = simulate(dataclasses.replace(ASKED, paradigm=IntracranialSettings().paradigm))
    assert recording.trials == ()
    assert recording.truth == ()


@pytest.mark.parametrize("kind", ["ecog", "lfp"])
def test_the_spectrum_falls_and_has_a_beta_peak(kind):
    recording = simulate(IntracranialSettings(seed=4, duration_s=60, signal_kind=kind))
    hz, power = signal.welch(recording.samples_uv, 1000, nperseg=1000, axis=0)
    mean = power.mean(axis=1)
    assert recording.signal == kind
    exponent = -np.polyfit(np.log(hz[3:11]), np.log(mean[3:11]), 1)[0]
    assert 1.2 < exponent < 2.8
    assert mean[18:25].max() > 2.5 * np.sqrt(mean[10] * mean[40])  # 20 Hz on a straight line
    assert 8 < recording.samples_uv.std() < 120
