from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from devices.simulator.noise import (
    Stream,
    random_stream,
    rms_of,
    shaped_noise,
    skewed,
    slow_noise,
)


@pytest.mark.parametrize("rate_hz", [100.0, 128.5, 2048.0])
def test_noise_has_the_density_asked_for(rate_hz):
    def density(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(5.0 / (1 + (hz / 10) ** 2))

    noise = shaped_noise(
        np.random.default_rng(1), density, shape=(int(400 * rate_hz), 2), rate_hz=rate_hz
    )
    hz, power = signal.welch(noise, rate_hz, nperseg=int(4 * rate_hz), axis=0)
    band = (hz > 1) & (hz < 0.45 * rate_hz)
    ratio = power[band] / density(hz[band])[:, None]
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    assert np.sqrt((noise**2).mean()) == pytest.approx(rms_of(density, 1e-3, rate_hz / 2), rel=0.05)


def test_channels_are_independent():
    noise = shaped_noise(
        np.random.default_rng(1), lambda hz: hz**0, shape=(20_000, 3), rate_hz=100.0
    )
    off = np.asarray(np.corrcoef(noise.T)) - np.eye(3)
    assert np.abs(off).max() < 0.03


def test_the_end_does_not_lead_into_the_start():
    """An inverse transform alone is periodic: the last sample would be next to the first."""
    steps = []
    for seed in range(200):
        noise = shaped_noise(
            np.random.default_rng(seed), lambda hz: hz**-2.0, shape=(100, 1), rate_hz=100.0
        )[:, 0]
        steps.append((np.abs(noise[0] - noise[-1]), np.abs(np.diff(noise)).mean()))
    seam, inner = np.mean(steps, axis=0)
    assert seam > 3 * inner


def test_slow_noise_is_slow_and_of_size_one():
    slow = slow_noise(np.random.default_rng(3), n_samples=500_000, rate_hz=250.0, below_hz=0.1)
    hz, power = signal.periodogram(slow, 250.0)
    assert slow.std() == pytest.approx(1, abs=0.15)
    assert power[hz < 0.5].sum() > 0.99 * power.sum()


def test_streams_are_apart_and_come_again():
    draws = {
        (seed, stream, number): random_stream(seed, stream, number).random()
        for seed in (1, 2)
        for stream in Stream
        for number in (0, 1)
    }
    assert len(set(draws.values())) == len(draws)
    assert random_stream(1, Stream.ALPHA).random() == draws[1, Stream.ALPHA, 0]


def test_skewed_stays_inside_around_its_median():
    rng = np.random.default_rng(1)
    drawn = np.array([skewed(rng, median=25, low=10, high=100) for _ in range(2000)])
    assert drawn.min() >= 10
    assert drawn.max() <= 100
    assert np.median(drawn) == pytest.approx(25, rel=0.1)
    assert drawn.mean() > np.median(drawn)
