"""Mains hum: a little of it always, and times when a cable lies badly."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.noise import Stream, random_stream, skewed, slow_noise
from devices.simulator.settings import SignalSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

# Relative amplitudes up to the fifth; transformers and lamps make odd ones (IEC 61000-2-2).
_HARMONICS = ((1, 1.0), (2, 0.05), (3, 0.2), (4, 0.02), (5, 0.1))
WANDER_HZ = 0.02
"""Standard deviation of the grid's frequency; European and American grids keep within 0.05."""


def mains_fit(settings: SignalSettings) -> bool:
    """Whether there are mains and the converter's anti-alias filter lets them through."""
    return settings.line_hz is not None and 2 * settings.line_hz < settings.sampling_rate


def mains(settings: SignalSettings) -> Float64:
    """Unit root mean square at the mains frequency, and its harmonics: (n_samples,) float64."""
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)
    if settings.line_hz is None:
        return np.zeros(n_samples)
    rng = random_stream(settings.seed, Stream.MAINS)
    wander = slow_noise(rng, n_samples=n_samples, rate_hz=rate_hz, below_hz=0.02)
    hz = settings.line_hz + WANDER_HZ * wander
    cycles = np.cumsum(hz) / rate_hz
    wave = np.zeros(n_samples)
    for harmonic, amplitude in _HARMONICS:
        phase = rng.uniform(0, 2 * np.pi)
        if 2 * harmonic * settings.line_hz < settings.sampling_rate:
            wave += np.sqrt(2) * amplitude * np.sin(2 * np.pi * harmonic * cycles + phase)
    return wave


def constant_gain(settings: SignalSettings) -> Float64:
    """(n_channels,) float64: microvolts of mains, root mean square, that are always there."""
    rng = random_stream(settings.seed, Stream.MAINS, number=1)
    return np.asarray(np.clip(rng.lognormal(np.log(1.0), 0.5, len(settings.channels)), 0.3, 3.0))


@dataclasses.dataclass(frozen=True, eq=False)
class LineNoise:
    """Mains take over some channels: a poor ground, a charger, a cable that is touched.

    Attributes:
      duration_s: 2 to 6.
      rms_uv: (n_channels,) float64, 30 to 200 on the channels concerned, else 0.
      ramp_s: 0.05 to 0.2.
    """

    duration_s: float
    rms_uv: Float64
    ramp_s: float

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> LineNoise:
        """One electrode with a bad contact, or several on one cable."""
        n_channels = len(subject.places)
        n_affected = 1 if rng.random() < 0.5 else int(rng.integers(2, 5))
        affected = rng.permutation(n_channels)[:n_affected]
        rms_uv = np.zeros(n_channels)
        strongest_uv = skewed(rng, median=70, low=40, high=200)
        rms_uv[affected] = np.maximum(30.0, strongest_uv * rng.uniform(0.5, 1.0, len(affected)))
        return cls(
            duration_s=skewed(rng, median=3, low=2, high=6),
            rms_uv=rms_uv,
            ramp_s=float(rng.uniform(0.05, 0.2)),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: the channels concerned."""
        return np.asarray(self.rms_uv > 0)

    def apply(self, gain_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds to the mains' gain, (n, n_channels); `time_s` (n,) counts from its start."""
        edge = np.minimum(time_s, self.duration_s - time_s) / self.ramp_s
        gain_uv += np.clip(edge, 0, 1)[:, None] * self.rms_uv
