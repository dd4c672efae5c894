"""A flicker is seen at its frequency during trials; the P300 is parietal and of targets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from devices.simulator import simulate
from devices.simulator.presets import preset

SSVEP_CHANNELS = ("Oz", "O1", "O2", "Fp1")
RATE_HZ = 250


def snr(samples_uv, stimulus_hz):
    """(n_channels,): power at a frequency over that of its neighbours, of epochs of one length."""
    powers = [signal.periodogram(one, RATE_HZ, window="hann", axis=0)[1] for one in samples_uv]
    hz, power = np.fft.rfftfreq(len(samples_uv[0]), 1 / RATE_HZ), np.mean(powers, axis=0)
    beside = (np.abs(hz - stimulus_hz) <= 3) & (np.abs(hz - stimulus_hz) >= 0.75)
    return power[np.argmin(np.abs(hz - stimulus_hz))] / power[beside].mean(axis=0)


@pytest.fixture(scope="module", params=[2, 3, 4])
def flicker(request):
    return simulate(
        preset("eeg", "ssvep", "none", seed=request.param, duration_s=150, channels=SSVEP_CHANNELS)
    )


def during(recording, label):
    rows = [int((trial.onset_s + 1) * RATE_HZ) for trial in recording.trials_of(label)]
    return [recording.samples_uv[row : row + 4 * RATE_HZ] for row in rows]


@pytest.mark.parametrize("stimulus_hz", [13, 17, 21])
def test_a_flicker_peaks_at_its_frequency_and_twice_that_over_the_occiput(flicker, stimulus_hz):
    trials = during(flicker, f"{stimulus_hz} Hz")
    for harmonic in (1, 2):
        of_channel = dict(zip(SSVEP_CHANNELS, snr(trials, harmonic * stimulus_hz), strict=True))
        assert of_channel["Oz"] > 6
        assert min(of_channel["O1"], of_channel["O2"]) > 3
        assert of_channel["Fp1"] < 3


@pytest.mark.parametrize("stimulus_hz", [17, 21])
def test_no_other_flicker_and_no_pause_has_that_peak(flicker, stimulus_hz):
    others = [hz for hz in (13, 17, 21) if hz != stimulus_hz]
    pauses = [
        flicker.samples_uv[int((trial.onset_s - 2.5) * RATE_HZ) :][: 2 * RATE_HZ]
        for trial in flicker.trials
    ]
    for epochs in (pauses, *(during(flicker, f"{hz} Hz") for hz in others)):
        assert snr(epochs, stimulus_hz)[0] < 3


def test_every_trial_begins_with_the_same_phase():
    recording = simulate(preset("eeg", "ssvep", "none", seed=4, duration_s=120, channels=("Oz",)))
    trials = during(recording, "21 Hz")
    one_by_one = np.median([snr([one], 21)[0] for one in trials])
    assert snr([np.mean(trials, axis=0)], 21)[0] > 0.5 * len(trials) * one_by_one


ODDBALL_CHANNELS = ("Pz", "Cz", "Oz", "Fp1")


def evoked_uv(recording, label):
    """(n, n_channels): mean over trials from 0 to 800 ms, without slow drift, less the baseline."""
    sos = signal.butter(2, (0.3, 15), "bandpass", fs=RATE_HZ, output="sos")
    smooth_uv = signal.sosfiltfilt(sos, recording.samples_uv, axis=0)
    rows = [int(np.ceil(trial.onset_s * RATE_HZ)) for trial in recording.trials_of(label)]
    return np.mean(
        [smooth_uv[row : row + 200] - smooth_uv[row - 50 : row].mean(axis=0) for row in rows],
        axis=0,
    )


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_difference_wave_peaks_at_pz_after_300_to_500_ms(seed):
    recording = simulate(
        preset("eeg", "p300", "none", seed=seed, duration_s=180, channels=ODDBALL_CHANNELS)
    )
    difference_uv = evoked_uv(recording, "target") - evoked_uv(recording, "non-target")
    at_pz = difference_uv[:, 0]
    peak_ms = at_pz.argmax() / RATE_HZ * 1000
    assert 300 <= peak_ms <= 500
    assert 5 < at_pz.max() < 20
    assert difference_uv[at_pz.argmax()].argmax() == 0  # largest at Pz
    assert difference_uv[at_pz.argmax(), 3] < 0.6 * at_pz.max()
    assert np.abs(at_pz[:35]).max() < 0.5 * at_pz.max()  # before 140 ms


def test_every_stimulus_is_seen():
    recording = simulate(
        preset("eeg", "p300", "none", seed=1, duration_s=240, channels=ODDBALL_CHANNELS)
    )
    at_oz = evoked_uv(recording, "non-target")[:, 2]
    assert 140 <= at_oz[25:60].argmin() * 4 + 100 <= 200  # N1
    assert at_oz[25:60].min() < -1
