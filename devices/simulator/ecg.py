"""ECG: the heart on the chest, with breath, muscle and mains."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from devices.simulator.conversion import convert
from devices.simulator.heart import beat_times, beat_wave, draw_rhythm
from devices.simulator.mains import constant_gain, mains, mains_fit
from devices.simulator.muscle import muscle_density
from devices.simulator.noise import Stream, random_stream, shaped_noise
from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SignalSettings
from devices.simulator.validation import check_number

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class EcgSettings(SignalSettings):
    """One ECG of one resting subject.

    Args:
      sampling_rate_hz: 100 to 10,000.
      channels: leads; each sees the waves in other proportions.
      adc_full_scale_uv: the converter covers plus and minus this, in microvolts.
      r_wave_uv: height of the R wave in the first lead.
      muscle_uv: root mean square of the chest's muscles.

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    channels: tuple[str, ...] = ("ECG II",)
    adc_bits: int = 16
    adc_full_scale_uv: float = 16_384.0
    r_wave_uv: float = 1000.0
    muscle_uv: float = 12.0

    kind: ClassVar[str] = "ecg"
    rates_hz: ClassVar[tuple[int, int]] = (100, 10_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)
        check_number("r_wave_uv", self.r_wave_uv, 100.0, 4000.0)
        check_number("muscle_uv", self.muscle_uv, 0.0, 500.0)

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, microvolts."""
        return self.adc_full_scale_uv


def simulate_ecg(settings: EcgSettings) -> SimulatedRecording:
    """P, Q, R, S and T of every beat; the truth is the times of the R waves."""
    rng = random_stream(settings.seed, Stream.ECG)
    beats_s = beat_times(settings.seed, settings.duration_s)
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)
    shape = (n_samples, len(settings.channels))
    samples_uv = settings.muscle_uv * shaped_noise(
        rng, muscle_density(30.0, 150.0), shape=shape, rate_hz=rate_hz
    )
    samples_uv += _breath(rng, settings)[:, None] * rng.uniform(0.7, 1.3, shape[1])
    for lead in range(shape[1]):
        heights = dict(zip("PQST", rng.uniform(0.8, 1.2, 4).tolist(), strict=True))
        height_uv = settings.r_wave_uv * (1.0 if lead == 0 else rng.uniform(0.4, 1.2))
        samples_uv[:, lead] += height_uv * beat_wave(
            beats_s, n_samples=n_samples, rate_hz=rate_hz, heights=heights
        )
    if mains_fit(settings):
        samples_uv += 3 * mains(settings)[:, None] * constant_gain(settings)
    return convert(samples_uv, settings, beats_s=beats_s)


def _breath(rng: np.random.Generator, settings: EcgSettings) -> Float64:
    """The chest rises and the baseline with it, by 50 to 100 uV; (n_samples,) float64."""
    breathing_hz = draw_rhythm(settings.seed).breathing_hz
    time_s = np.arange(settings.n_samples) / float(settings.sampling_rate)
    phase, amplitude_uv = rng.uniform(0, 2 * np.pi), rng.uniform(50, 100)
    return np.asarray(amplitude_uv * np.sin(2 * np.pi * breathing_hz * time_s + phase))
