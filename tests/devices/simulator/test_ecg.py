from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from devices.simulator import EcgSettings, simulate
from devices.simulator.heart import draw_rhythm


@pytest.mark.parametrize("rate_hz", [128, 250, 500, 1000])
def test_r_waves_are_where_the_truth_says(rate_hz):
    recording = simulate(EcgSettings(seed=2, duration_s=60, sampling_rate_hz=rate_hz))
    sos = signal.butter(2, (5, 30), "bandpass", fs=rate_hz, output="sos")
    smooth_uv = signal.sosfiltfilt(sos, recording.samples_uv[:, 0])
    found, _ = signal.find_peaks(smooth_uv, height=350, distance=rate_hz // 3)
    inside = (found > rate_hz) & (found < 59 * rate_hz)
    truth_s = recording.beats_s[(recording.beats_s > 1) & (recording.beats_s < 59)]
    np.testing.assert_allclose(found[inside] / rate_hz, truth_s, atol=0.012)


def test_the_first_lead_has_the_height_asked_for():
    recording = simulate(EcgSettings(seed=3, duration_s=60, r_wave_uv=1500.0, line_hz=None))
    rows = np.rint(recording.beats_s[1:-1] * 250).astype(int)
    heights_uv = recording.samples_uv[rows, 0]
    assert heights_uv.mean() == pytest.approx(1500, rel=0.12)


def test_the_baseline_breathes():
    recording = simulate(EcgSettings(seed=3, duration_s=240))
    hz, power = signal.welch(recording.samples_uv[:, 0], 250, nperseg=250 * 60)
    breathing_hz = draw_rhythm(3).breathing_hz
    slow = (hz > 0.1) & (hz < 0.5)
    assert hz[slow][power[slow].argmax()] == pytest.approx(breathing_hz, abs=0.02)


def test_leads_differ_and_share_the_beats():
    recording = simulate(EcgSettings(seed=1, duration_s=30, channels=("ECG I", "ECG II", "ECG V5")))
    correlation = np.corrcoef(recording.samples_uv.T)
    assert recording.signal == "ecg"
    assert (correlation > 0.5).all()
    assert len(set(np.ptp(recording.samples_uv, axis=0).tolist())) == 3
