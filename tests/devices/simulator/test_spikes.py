from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import signal

from devices.simulator import SpikeSettings, simulate
from devices.simulator.neurons import REFRACTORY_S, firing_times
from devices.simulator.spikes import neurons_of

ASKED = SpikeSettings(seed=3, duration_s=20.0, channels=("Spikes 1", "Spikes 2"))
RATE_HZ = 30_000


@pytest.fixture(scope="module")
def recording():
    return simulate(ASKED)


@pytest.fixture(scope="module")
def spikes_alone(recording):
    """What the neurons add to everything else."""
    silent = simulate(dataclasses.replace(ASKED, units_per_channel=0))
    assert len(silent.spikes) == 0
    return recording.samples_uv - silent.samples_uv


def test_truth_is_in_order_and_inside(recording):
    spikes = recording.spikes
    assert (np.diff(spikes.time_s) >= 0).all()
    assert ((spikes.time_s >= 0) & (spikes.time_s < 20)).all()
    np.testing.assert_array_equal(spikes.unit // 2, spikes.channel)
    assert len(spikes) == len(spikes.of_channel(0)) + len(spikes.of_channel(1))
    assert set(spikes.unit.tolist()) == {0, 1, 2, 3}


def test_no_neuron_fires_twice_within_its_refractory_period_and_the_rest_is_poisson():
    asked = dataclasses.replace(ASKED, duration_s=0.1)  # the neurons do not depend on it
    rng = np.random.default_rng(1)
    for neuron in neurons_of(asked):
        intervals_s = np.diff(firing_times(rng, neuron.rate_hz, 1000.0))
        rest_s = intervals_s - REFRACTORY_S
        assert rest_s.min() >= 0
        assert 1 / intervals_s.mean() == pytest.approx(neuron.rate_hz, rel=0.1)
        assert rest_s.std() == pytest.approx(rest_s.mean(), rel=0.1)  # exponential


def test_every_spike_is_a_trough_of_its_own_height_at_its_own_time(recording, spikes_alone):
    spikes, checked = recording.spikes, 0
    for time_s, channel, peak_uv in zip(spikes.time_s, spikes.channel, spikes.peak_uv, strict=True):
        others = spikes.of_channel(channel)
        alone = (np.abs(others - time_s) < 0.004).sum() == 1
        if not alone or not 0.002 < time_s < 19.997:
            continue
        first = int((time_s - 0.001) * RATE_HZ)
        wave_uv = spikes_alone[first : first + 90, channel]
        assert wave_uv.min() == pytest.approx(peak_uv, rel=0.06)
        assert (first + wave_uv.argmin()) / RATE_HZ == pytest.approx(time_s, abs=1.1 / RATE_HZ)
        assert 0.1 * -peak_uv < wave_uv[wave_uv.argmin() :].max() < 0.6 * -peak_uv
        checked += 1
    assert checked > 200


def test_without_spikes_there_is_noise_as_asked(recording):
    silent = simulate(dataclasses.replace(ASKED, units_per_channel=0, slow_uv=0.0))
    sos = signal.butter(4, (300, 6000), "bandpass", fs=RATE_HZ, output="sos")
    np.testing.assert_allclose(
        signal.sosfiltfilt(sos, silent.samples_uv, axis=0).std(axis=0), 8.0, rtol=0.1
    )


def test_a_threshold_finds_nearly_all_of_them(recording):
    """Four and a half noise levels by the median (Quiroga et al. 2004)."""
    sos = signal.butter(3, (300, 6000), "bandpass", fs=RATE_HZ, output="sos")
    high_uv = signal.sosfiltfilt(sos, recording.samples_uv, axis=0)
    for channel in range(2):
        noise_uv = np.median(np.abs(high_uv[:, channel])) / 0.6745
        found, _ = signal.find_peaks(-high_uv[:, channel], height=4.5 * noise_uv, distance=30)
        truth_s = recording.spikes.of_channel(channel)
        near = np.abs(found[:, None] / RATE_HZ - truth_s).min(axis=0) < 0.0005
        assert near.mean() > 0.95


def test_a_spike_time_does_not_depend_on_the_rate_or_on_other_electrodes(recording):
    slower = simulate(dataclasses.replace(ASKED, sampling_rate_hz=24_000))
    np.testing.assert_array_equal(slower.spikes.time_s, recording.spikes.time_s)
    more = simulate(dataclasses.replace(ASKED, channels=("a", "b", "c"), duration_s=20.0))
    np.testing.assert_array_equal(more.spikes.of_unit(1), recording.spikes.of_unit(1))
