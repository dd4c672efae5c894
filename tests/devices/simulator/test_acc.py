from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from devices.simulator import AccSettings, SettingsError, simulate


@pytest.fixture(scope="module", params=[1, 2])
def recording(request):
    return simulate(AccSettings(seed=request.param, duration_s=180))


def moving(recording):
    """(n_samples,) bool: inside a movement."""
    time_s = np.arange(len(recording.samples)) / recording.sampling_rate_hz
    return np.any([(time_s >= a.start_s) & (time_s <= a.end_s) for a in recording.truth], axis=0)


def test_at_rest_it_shows_one_g_upwards(recording):
    still_g = recording.samples[~moving(recording)]
    length_g = np.sqrt((still_g**2).sum(axis=1))
    assert recording.unit == "g"
    assert length_g.mean() == pytest.approx(1.0, abs=0.002)
    assert length_g.std() < 0.003


def test_the_tilt_of_each_axis_is_the_angle_of_gravity(recording):
    still = ~moving(recording)
    assert recording.tilt_deg.shape == recording.samples.shape
    measured_deg = np.degrees(np.arccos(np.clip(recording.samples[still], -1, 1)))
    # Near 0 and 180 degrees the cosine says little.
    clear = (recording.tilt_deg[still] > 15) & (recording.tilt_deg[still] < 165)
    off_deg = np.abs(measured_deg - recording.tilt_deg[still])[clear]
    assert np.median(off_deg) < 0.2
    assert off_deg.max() < 3
    assert np.ptp(recording.tilt_deg[:, 1]) > 10  # the posture changes
    assert np.abs(np.diff(recording.tilt_deg, axis=0)).max() < 5  # and never jumps


def test_movements_shake_and_nothing_else_does(recording):
    up = np.cos(np.radians(recording.tilt_deg))
    shaken_g = np.sqrt(((recording.samples - up) ** 2).sum(axis=1))
    assert len(recording.truth) == 9
    assert shaken_g[~moving(recording)].max() < 0.01
    for one in recording.truth:
        rows = slice(int(one.start_s * 50) + 1, int(one.end_s * 50))
        hz, power = signal.periodogram((recording.samples - up)[rows], 50, axis=0)
        assert 0.1 < np.sqrt((shaken_g[rows] ** 2).mean()) < 1.2
        assert 0.6 <= hz[power.sum(axis=1).argmax()] <= 5.5
        assert 0.9 < one.end_s - one.start_s <= 8.1


def test_microvolts_of_an_accelerometer_are_refused(recording):
    with pytest.raises(SettingsError, match=r"^unit is 'g'; expected uV"):
        _ = recording.samples_uv
    with pytest.raises(SettingsError, match=r"^unit is 'g'; expected uV"):
        _ = recording.adc_step_uv
