from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import signal

from devices.simulator import EmgSettings, Grip, IntracranialSettings, simulate


@pytest.fixture(scope="module")
def recording():
    return simulate(EmgSettings(seed=2, sampling_rate_hz=2000, line_hz=None))


def test_contractions_stand_out_between_onset_and_end_only(recording):
    flexor_uv = recording.samples_uv[:, 0]
    working = np.zeros(len(flexor_uv), dtype=np.bool_)
    assert len(recording.truth) >= 6
    for one in recording.truth:
        inside = flexor_uv[int(one.start_s * 2000) : int(one.end_s * 2000)]
        working[int(one.start_s * 2000) : int(one.end_s * 2000) + 1] = True
        assert 50 < inside.std() < 800
        assert one.kind == "contraction"
        assert not one.is_artifact
        assert one.channels == recording.channels
    assert 3 < flexor_uv[~working].std() < 6


def test_the_onset_is_within_the_ramp(recording):
    """First time that 20 ms of signal are three times as strong as at rest."""
    flexor_uv = recording.samples_uv[:, 0]
    for one in recording.truth:
        first = int((one.start_s - 0.5) * 2000)
        rms_uv = np.sqrt((flexor_uv[first : first + 2000].reshape(-1, 40) ** 2).mean(axis=1))
        onset_s = (first + 40 * np.flatnonzero(rms_uv > 12)[0]) / 2000
        assert -0.021 <= onset_s - one.start_s <= 0.15


def test_the_band_is_20_to_450_hz(recording):
    hz, power = signal.welch(recording.samples_uv[:, 0], 2000, nperseg=4000)
    inside = power[(hz >= 20) & (hz <= 450)].sum() / power.sum()
    median_hz = hz[np.searchsorted(np.cumsum(power), power.sum() / 2)]
    assert inside > 0.98
    assert 60 < median_hz < 130


def test_a_grip_contracts_the_muscle_when_it_lowers_the_beta_of_the_cortex():
    arm = simulate(EmgSettings(seed=9, duration_s=60, paradigm=Grip()))
    cortex = simulate(IntracranialSettings(seed=9, duration_s=60, paradigm=Grip()))
    assert arm.trials == cortex.trials != ()
    assert [(one.start_s, one.end_s) for one in arm.truth] == [
        (trial.onset_s, trial.end_s) for trial in arm.trials
    ]


def test_a_rate_below_the_band_has_what_fits(recording):
    slow = simulate(dataclasses.replace(EmgSettings(seed=2), sampling_rate_hz=250))
    assert slow.truth == recording.truth
    assert 20 < slow.samples_uv[:, 0].std() < recording.samples_uv[:, 0].std()
