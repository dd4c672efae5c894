"""What is always there looks like resting EEG."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import signal

from devices.simulator import SimulatorSettings, simulate
from tests.devices.simulator.quiet import CHANNELS, NOTHING

SEEDS = (1, 2, 3, 4)


def spectrum(samples_uv, rate_hz):
    """1 Hz Welch spectrum: frequencies, (n, n_channels) in uV^2/Hz."""
    return signal.welch(samples_uv, rate_hz, nperseg=int(2 * rate_hz), axis=0)


def band_uv(samples_uv, rate_hz, low_hz, high_hz):
    """Root mean square of each channel inside a band."""
    hz, power = spectrum(samples_uv, rate_hz)
    return np.sqrt(power[(hz >= low_hz) & (hz < high_hz)].sum(axis=0) * hz[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_amplitude_is_that_of_the_scalp(seed):
    recording = simulate(dataclasses.replace(NOTHING, seed=seed))
    rms_uv = band_uv(recording.samples_uv, 1000, 1, 45)
    assert (rms_uv > 4).all()
    assert (rms_uv < 25).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_power_falls_as_one_over_f(seed):
    recording = simulate(dataclasses.replace(NOTHING, seed=seed))
    hz, power = spectrum(recording.samples_uv, 1000)
    between = ((hz >= 1.5) & (hz < 6)) | ((hz >= 15) & (hz < 25))  # beside alpha, below muscle
    slope, _ = np.polyfit(np.log(hz[between]), np.log(power[between]).mean(axis=1), 1)
    assert -2.0 < slope < -0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbours_are_alike_and_the_far_side_is_not(seed):
    recording = simulate(dataclasses.replace(NOTHING, seed=seed))
    sos = signal.butter(4, (1, 6), "bandpass", fs=1000, output="sos")
    slow = signal.sosfilt(sos, recording.samples_uv - recording.samples_uv[0], axis=0)[3000:]
    correlation = np.corrcoef(slow.T)
    near = correlation[CHANNELS.index("Fp1"), CHANNELS.index("Fp2")]
    far = correlation[CHANNELS.index("Fp1"), CHANNELS.index("O2")]
    assert 0.3 < near < 0.9
    assert abs(far) < 0.3


@pytest.mark.parametrize("line_hz", [50, 60])
def test_every_channel_hums_a_little(line_hz):
    recording = simulate(dataclasses.replace(NOTHING, line_hz=line_hz))
    silent = simulate(dataclasses.replace(NOTHING, line_hz=None))
    hum_uv = recording.samples_uv - silent.samples_uv
    rms_uv = np.sqrt((hum_uv**2).mean(axis=0))
    assert (rms_uv > 0.25).all()
    assert (rms_uv < 3.3).all()
    at_mains = band_uv(hum_uv, 1000, line_hz - 1, line_hz + 1.5)
    assert (at_mains > 0.9 * rms_uv).all()


def test_harmonics_above_half_the_rate_do_not_come_back_as_aliases():
    asked = dataclasses.replace(NOTHING, sampling_rate_hz=160)  # 150 Hz would appear at 10 Hz
    silent = simulate(dataclasses.replace(asked, line_hz=None))
    hum_uv = simulate(asked).samples_uv - silent.samples_uv
    rms_uv = np.sqrt((hum_uv**2).mean(axis=0))
    assert (band_uv(hum_uv, 160, 8, 12) < 0.02 * rms_uv).all()


def test_band_powers_do_not_depend_on_the_rate():
    asked = dataclasses.replace(NOTHING, duration_s=120, channels=("Fp1", "Cz", "O1"))
    at_rate = {
        rate_hz: simulate(dataclasses.replace(asked, sampling_rate_hz=rate_hz)).samples_uv
        for rate_hz in (100, 250, 4000)
    }
    for low_hz, high_hz in ((1, 8), (8, 13), (13, 40)):
        uv = [band_uv(samples, rate_hz, low_hz, high_hz) for rate_hz, samples in at_rate.items()]
        np.testing.assert_allclose(uv[1], uv[0], rtol=0.2)
        np.testing.assert_allclose(uv[1], uv[2], rtol=0.2)


def test_offsets_are_those_of_electrodes_or_none():
    direct = simulate(dataclasses.replace(NOTHING, duration_s=5))
    coupled = simulate(dataclasses.replace(NOTHING, duration_s=5, electrode_offset_uv=0.0))
    assert np.abs(direct.samples_uv.mean(axis=0)).max() > 5000
    assert np.abs(coupled.samples_uv.mean(axis=0)).max() < 50


@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_answers_closed_eyes_at_the_back_of_the_head(seed):
    asked = dataclasses.replace(
        NOTHING, seed=seed, duration_s=240, sampling_rate_hz=250, eyes_closed_per_minute=2.0
    )
    recording = simulate(asked)
    closed = np.zeros(len(recording.samples_uv), dtype=np.bool_)
    for one in recording.truth_of("eyes_closed"):
        closed[int((one.start_s + 1) * 250) : int(one.end_s * 250)] = True
    sos = signal.butter(4, (8, 13), "bandpass", fs=250, output="sos")
    alpha = signal.sosfiltfilt(sos, recording.samples_uv - recording.samples_uv[0], axis=0)
    power = np.stack([(alpha[closed] ** 2).mean(axis=0), (alpha[~closed] ** 2).mean(axis=0)])
    back, front = CHANNELS.index("O1"), CHANNELS.index("Fp1")
    assert power[0, back] > 2 * power[1, back]
    assert power[0, back] > 3 * power[0, front]


def test_alpha_waxes_and_wanes():
    recording = simulate(
        SimulatorSettings(seed=2, eyes_closed_per_minute=0.0, channels=("Oz",), duration_s=60)
    )
    sos = signal.butter(4, (8, 13), "bandpass", fs=250, output="sos")
    filtered = signal.sosfiltfilt(sos, recording.samples_uv[:, 0] - recording.samples_uv[0, 0])
    envelope = np.abs(signal.hilbert(filtered))
    assert np.percentile(envelope, 90) > 3 * np.percentile(envelope, 10)
