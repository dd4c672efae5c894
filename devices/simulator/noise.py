"""Random signals with a given spectrum, each component from a random stream of its own."""

from __future__ import annotations

import enum
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy.fft

Float64 = npt.NDArray[np.float64]
Density = Callable[[Float64], Float64]
"""Frequencies in hertz to a one-sided power spectral density in uV^2/Hz."""

SLOW_RATE_HZ = 10.0
"""Amplitudes that wax and wane are drawn at this rate and interpolated."""


class Stream(enum.IntEnum):
    """The random streams. A number is part of what a seed means, so it never changes."""

    SUBJECT = 0
    BACKGROUND = 1
    AMPLIFIER = 2
    TONIC_MUSCLE = 3
    ALPHA = 4
    MAINS = 5
    EYES_CLOSED = 10
    BLINK = 11
    MUSCLE = 12
    POP = 13
    DRIFT = 14
    LINE_NOISE = 15
    FLAT = 16
    SATURATED = 17
    MOVEMENT = 18
    SACCADE = 19
    TRIALS = 30
    MOTOR = 31
    STEADY_STATE = 32
    ODDBALL = 33
    HEART = 40
    HEART_ON_SCALP = 41
    ECG = 42
    EMG = 43
    ACC = 44
    INTRACRANIAL = 45
    GRIP = 46
    NEURONS = 47
    MICROELECTRODES = 48
    TRANSPORT = 60


def random_stream(seed: int, stream: Stream, number: int = 0) -> np.random.Generator:
    """The generator of one component; `number` tells apart the events of a kind."""
    sequence = np.random.SeedSequence(seed, spawn_key=(int(stream), number))
    return np.random.Generator(np.random.PCG64(sequence))


def shaped_noise(
    rng: np.random.Generator, density: Density, *, shape: tuple[int, int], rate_hz: float
) -> Float64:
    """Gaussian noise with the spectrum asked for, up to half the rate: no aliases.

    Args:
      density: one-sided, uV^2/Hz; its value at 0 Hz is not used, the mean is 0.
      shape: (n_samples, n_channels); the channels are independent of each other.

    Returns:
      (n_samples, n_channels) float64, microvolts.
    """
    n_samples, n_channels = shape
    # Longer than asked for: the transform is periodic, and the end must not lead into the start.
    n_fft = scipy.fft.next_fast_len(n_samples + n_samples // 8 + 16, real=True)
    hz = np.arange(n_fft // 2 + 1, dtype=np.float64) * (rate_hz / n_fft)
    scale = np.zeros(len(hz))
    # E|X|^2 = density * n * rate / 2, half of it in each of the real and the imaginary part.
    scale[1:] = np.sqrt(density(hz[1:]) * n_fft * rate_hz / 4)
    noise_uv = np.empty(shape)
    for channel in range(n_channels):  # one at a time: an hour's spectrum of all is large
        spectrum = (rng.standard_normal((len(hz), 2)) * scale[:, None]).view(np.complex128)[:, 0]
        noise_uv[:, channel] = scipy.fft.irfft(spectrum, n_fft)[:n_samples]
    return noise_uv


def slow_noise(
    rng: np.random.Generator, *, n_samples: int, rate_hz: float, below_hz: float
) -> Float64:
    """(n_samples,) float64: Gaussian, standard deviation 1, no faster than about `below_hz`."""
    n_slow = int(n_samples / rate_hz * SLOW_RATE_HZ) + 2

    def density(hz: Float64) -> Float64:
        # Integrates to 1 over all frequencies: a two-pole roll-off from below_hz.
        return np.asarray(4 / np.pi / below_hz / (1 + (hz / below_hz) ** 2) ** 2)

    slow = shaped_noise(rng, density, shape=(n_slow, 1), rate_hz=SLOW_RATE_HZ)[:, 0]
    return at_rate(slow, n_samples=n_samples, rate_hz=rate_hz)


def at_rate(slow: Float64, *, n_samples: int, rate_hz: float) -> Float64:
    """Values at SLOW_RATE_HZ, (n_slow,), joined by straight lines at `rate_hz`: (n_samples,)."""
    at = np.arange(n_samples) * (SLOW_RATE_HZ / rate_hz)
    return np.asarray(np.interp(at, np.arange(len(slow)), slow), dtype=np.float64)


def peak_density(centre_hz: float, width_hz: float) -> Density:
    """A bell of 1 uV root mean square; `width_hz` is its standard deviation."""

    def peak(hz: Float64) -> Float64:
        distance = (hz - centre_hz) / width_hz
        return np.asarray(np.exp(-0.5 * distance**2) / (width_hz * np.sqrt(2 * np.pi)))

    return peak


def rms_of(density: Density, low_hz: float, high_hz: float) -> float:
    """Root mean square, in microvolts, of what a density has between two frequencies."""
    hz = np.geomspace(low_hz, high_hz, 2000)
    return float(np.sqrt(np.trapezoid(density(hz), hz)))


def skewed(rng: np.random.Generator, *, median: float, low: float, high: float) -> float:
    """Log-normal around a median, cut off on both sides: many short and weak, few long and strong.

    The standard deviation of the logarithm is 0.5.
    """
    return float(np.clip(rng.lognormal(np.log(median), 0.5), low, high))
