"""Mu and beta fall over the hand area opposite the hand, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from devices.simulator import simulate
from devices.simulator.presets import preset
from tests.devices.simulator.spectra import decibels, envelope_power, mean_between

CHANNELS = ("C3", "C4", "Cz", "O1")


@pytest.fixture(scope="module", params=[1, 2, 3])
def recording(request):
    return simulate(
        preset(
            "eeg", "motor-imagery", "none", seed=request.param, duration_s=180, channels=CHANNELS
        )
    )


@pytest.mark.parametrize("band_hz", [(8, 13), (18, 25)])
def test_power_falls_contralaterally(recording, band_hz):
    power = envelope_power(recording, *band_hz)
    for label, opposite, same in (("left", "C4", "C3"), ("right", "C3", "C4")):
        trials = recording.trials_of(label)
        during = mean_between(power, recording, [(t.onset_s + 1, t.end_s) for t in trials])
        before = mean_between(power, recording, [(t.onset_s - 2, t.onset_s) for t in trials])
        change_db = dict(zip(CHANNELS, decibels(during / before), strict=True))
        assert change_db[opposite] < -1.5
        assert change_db[opposite] < change_db[same] - 1.0
        assert change_db["O1"] > -1.5


def test_the_decrease_is_there_a_second_after_the_cue_and_not_at_once(recording):
    power = envelope_power(recording, 8, 30)
    column = {"left": CHANNELS.index("C4"), "right": CHANNELS.index("C3")}

    def mean_of(start_s, end_s):
        return np.mean(
            [
                mean_between(power, recording, [(t.onset_s + start_s, t.onset_s + end_s)])[
                    column[t.label]
                ]
                for t in recording.trials
            ]
        )

    assert mean_of(1.0, 2.0) < 0.6 * mean_of(-1.5, 0.0)
    assert mean_of(0.0, 0.3) > 0.7 * mean_of(-1.5, 0.0)


def test_beta_rebounds_above_its_level_after_imagery():
    ratios = []
    for seed in range(1, 9):
        one = simulate(
            preset("eeg", "motor-imagery", "none", seed=seed, duration_s=180, channels=CHANNELS)
        )
        power = envelope_power(one, 18, 25)
        for label, opposite in (("left", "C4"), ("right", "C3")):
            trials, column = one.trials_of(label), CHANNELS.index(opposite)
            after = mean_between(power, one, [(t.end_s + 0.5, t.end_s + 1.2) for t in trials])
            before = mean_between(power, one, [(t.onset_s - 1, t.onset_s) for t in trials])
            ratios.append(after[column] / before[column])
    assert np.mean(ratios) > 1.15


def test_at_rest_there_is_no_task():
    assert simulate(preset("eeg", seed=1, duration_s=10)).trials == ()
