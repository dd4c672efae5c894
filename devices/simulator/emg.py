"""Surface EMG: a muscle that contracts now and then, with the truth about when."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from devices.simulator.conversion import convert
from devices.simulator.mains import constant_gain, mains, mains_fit
from devices.simulator.noise import Density, Stream, random_stream, rms_of, shaped_noise, skewed
from devices.simulator.paradigms import REST, Grip, Paradigm, Trial
from devices.simulator.recording import Interval, SimulatedRecording
from devices.simulator.settings import SignalSettings
from devices.simulator.validation import Number, check_number

Float64 = npt.NDArray[np.float64]

BAND_HZ = (20.0, 450.0)
RAMP_S = (0.05, 0.15)


@dataclasses.dataclass(frozen=True)
class EmgSettings(SignalSettings):
    """One surface EMG of one subject.

    Args:
      sampling_rate_hz: 200 to 30,000; the whole band needs 1000.
      channels: muscles; every contraction is of all of them, more of the first.
      adc_full_scale_uv: the converter covers plus and minus this, in microvolts.
      contraction_uv: root mean square of a typical contraction.
      resting_uv: root mean square of tone and amplifier.
      paradigm: Rest() contracts at will, Grip() with each grip.

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    duration_s: float = 60.0
    sampling_rate_hz: Number = 1000
    channels: tuple[str, ...] = ("EMG flexor", "EMG extensor")
    adc_bits: int = 16
    adc_full_scale_uv: float = 13_107.2
    contraction_uv: float = 200.0
    resting_uv: float = 4.0
    paradigm: Paradigm = REST

    kind: ClassVar[str] = "emg"
    rates_hz: ClassVar[tuple[int, int]] = (200, 30_000)
    paradigms: ClassVar[tuple[str, ...]] = ("rest", "grip")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)
        check_number("contraction_uv", self.contraction_uv, 20.0, 2000.0)
        check_number("resting_uv", self.resting_uv, 0.5, 50.0)
        self._check_paradigm(self.paradigm)

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, microvolts."""
        return self.adc_full_scale_uv


def emg_density(low_hz: float = 60.0, high_hz: float = 120.0) -> Density:
    """1 uV root mean square in 20 to 450 Hz: the shape of Shwedyk et al. 1977, then cut off.

    high^4 f^2 / ((f^2 + low^2) (f^2 + high^2)^2), through the 20 to 450 Hz of an amplifier.
    """

    def hump(hz: Float64) -> Float64:
        muscle = hz**2 / ((hz**2 + low_hz**2) * (hz**2 + high_hz**2) ** 2)
        return np.asarray(muscle / (1 + (BAND_HZ[0] / hz) ** 8) / (1 + (hz / BAND_HZ[1]) ** 8))

    scale = rms_of(hump, *BAND_HZ) ** -2
    return lambda hz: hump(hz) * scale


def simulate_emg(settings: EmgSettings) -> SimulatedRecording:
    """Tone at rest and contractions; the truth is an interval "contraction" for each."""
    rng = random_stream(settings.seed, Stream.EMG)
    trials = settings.paradigm.trials(settings.seed, settings.duration_s)
    # A muscle at rest contracts as a grip does: at will, now and then.
    contractions = trials or Grip().trials(settings.seed, settings.duration_s)
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)
    shape = (n_samples, len(settings.channels))
    share = np.concatenate([[1.0], rng.uniform(0.2, 0.6, shape[1] - 1)])
    envelope_uv = np.zeros(n_samples)
    for trial in contractions:
        _contract(rng, trial, settings.contraction_uv, envelope_uv, rate_hz)
    rest_uv = settings.resting_uv
    noise = shaped_noise(rng, emg_density(), shape=shape, rate_hz=rate_hz)
    samples_uv = noise * (rest_uv + envelope_uv[:, None] * share)
    samples_uv += 0.25 * rest_uv * rng.standard_normal(shape)
    if mains_fit(settings):
        samples_uv += mains(settings)[:, None] * constant_gain(settings)
    truth = tuple(
        Interval("contraction", one.onset_s, one.end_s, settings.channels) for one in contractions
    )
    return convert(samples_uv, settings, truth=truth, trials=trials)


def _contract(
    rng: np.random.Generator, trial: Trial, typical_uv: float, envelope_uv: Float64, rate_hz: float
) -> None:
    """Adds one contraction to (n_samples,): ramps inside its time, strength as it comes."""
    strength_uv = skewed(rng, median=typical_uv, low=typical_uv / 3, high=typical_uv * 3)
    ramp_s = rng.uniform(*RAMP_S)
    first, end = (int(np.ceil(time_s * rate_hz)) for time_s in (trial.onset_s, trial.end_s))
    time_s = np.arange(first, min(end, len(envelope_uv))) / rate_hz
    edge = np.minimum(time_s - trial.onset_s, trial.end_s - time_s) / ramp_s
    envelope_uv[first:end] += strength_uv * np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2
