"""ECoG and LFP: contacts on the motor cortex and in the depth, whose rhythms follow the hand."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from devices.simulator.conversion import convert
from devices.simulator.grip import beta_fall, gamma_rise
from devices.simulator.mains import constant_gain, mains, mains_fit
from devices.simulator.noise import (
    Stream,
    at_rate,
    peak_density,
    random_stream,
    rms_of,
    shaped_noise,
)
from devices.simulator.paradigms import REST, Paradigm
from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SignalSettings
from devices.simulator.validation import Number, SettingsError, check_number

Float64 = npt.NDArray[np.float64]

HIGH_GAMMA_HZ = (70.0, 150.0)
HIGH_GAMMA_RISE = 4.0
"""Of power over the hand area, up to 6 dB, broadband as Miller et al. 2009 describe it."""
BETA_LEFT = 0.35
"""Of beta's amplitude over the hand area while the hand works."""


@dataclasses.dataclass(frozen=True)
class _Site:
    """Where the contacts are, and what they see.

    Attributes:
      columns: contacts in a row.
      apart_mm: from one to the next.
      reach_mm: over which the share of what neighbours see falls to 1/e.
      background_uv: root mean square over 1 to 200 Hz.
      beta_uv: lowest and highest root mean square of beta.
      number: of the random streams.
    """

    columns: int
    apart_mm: float
    reach_mm: float
    background_uv: float
    beta_uv: tuple[float, float]
    number: int


_SITES = {
    # A clinical grid on the cortex; neighbours share about 40 %.
    "ecog": _Site(4, 10.0, 12.0, 40.0, (12.0, 20.0), 0),
    # A lead in the subthalamic nucleus, whose beta falls with movement too (Kuehn et al. 2004).
    "lfp": _Site(1, 2.0, 2.5, 15.0, (5.0, 9.0), 10),
}


@dataclasses.dataclass(frozen=True)
class IntracranialSettings(SignalSettings):
    """One ECoG or LFP of one subject, at rest or gripping.

    Args:
      sampling_rate_hz: 200 to 30,000; high gamma needs 400 or more.
      signal_kind: "ecog" or "lfp".
      adc_full_scale_uv: the converter covers plus and minus this, in microvolts.
      paradigm: Rest() or Grip().

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    sampling_rate_hz: Number = 1000
    channels: tuple[str, ...] = tuple(f"ECOG {number}" for number in range(1, 9))
    adc_bits: int = 16
    signal_kind: str = "ecog"
    adc_full_scale_uv: float = 6553.6
    paradigm: Paradigm = REST

    kind: ClassVar[str] = "ecog"
    rates_hz: ClassVar[tuple[int, int]] = (200, 30_000)
    paradigms: ClassVar[tuple[str, ...]] = ("rest", "grip")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.signal_kind not in ("ecog", "lfp"):
            raise SettingsError("signal_kind", self.signal_kind, "ecog or lfp")
        check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)
        self._check_paradigm(self.paradigm)

    @property
    def signal(self) -> str:
        """The kind of signal: ecog or lfp."""
        return self.signal_kind

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, microvolts."""
        return self.adc_full_scale_uv


def simulate_intracranial(settings: IntracranialSettings) -> SimulatedRecording:
    """A broadband background, beta over the hand area, high gamma with each grip, and mains."""
    site = _SITES[settings.signal]
    rng = random_stream(settings.seed, Stream.INTRACRANIAL, site.number)
    trials = settings.paradigm.trials(settings.seed, settings.duration_s)
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)
    hand = hand_area(settings)
    samples_uv = _background(rng, settings)
    fall = at_rate(beta_fall(trials, settings.duration_s), n_samples=n_samples, rate_hz=rate_hz)
    rise = at_rate(gamma_rise(trials, settings.duration_s), n_samples=n_samples, rate_hz=rate_hz)
    beta_uv, beta_hz = rng.uniform(*site.beta_uv), rng.uniform(18, 24)
    beta = shaped_noise(rng, peak_density(beta_hz, 2.0), shape=(n_samples, 1), rate_hz=rate_hz)
    weight = hand / hand.max()
    # All contacts have some beta; what falls is the share of the hand area.
    level = 1 - (1 - BETA_LEFT) * fall[:, None] * weight
    samples_uv += beta_uv * beta * level * (0.3 + 0.7 * weight)
    samples_uv += _high_gamma(settings) * np.sqrt((HIGH_GAMMA_RISE - 1) * rise)[:, None] * weight
    if mains_fit(settings):
        samples_uv += mains(settings)[:, None] * constant_gain(settings)
    return convert(samples_uv, settings, trials=trials)


def hand_area(settings: IntracranialSettings) -> Float64:
    """(n_channels,) float64 in (0, 1]: how near each contact is to where the hand is."""
    site = _SITES[settings.signal]
    rng = random_stream(settings.seed, Stream.GRIP, site.number)
    distance_mm = _distances_mm(settings)
    return np.asarray(np.exp(-distance_mm[rng.integers(len(distance_mm))] / site.reach_mm))


def broadband(hz: Float64) -> Float64:
    """Power falls with the second power of frequency, faster above 75 Hz (Miller et al. 2009)."""
    return np.asarray(1 / (1 + hz**2) / (1 + (hz / 75.0) ** 2))


def _background(rng: np.random.Generator, settings: IntracranialSettings) -> Float64:
    site, n_channels = _SITES[settings.signal], len(settings.channels)
    shape, rate_hz = (settings.n_samples, n_channels), float(settings.sampling_rate)
    scale_uv = site.background_uv / rms_of(broadband, 1.0, 200.0)
    channel_uv = scale_uv * rng.lognormal(0.0, 0.2, n_channels)
    # The amplifier adds 0.05 uV/sqrt(Hz): the cortex is below it from some 300 Hz on.
    noise_uv = 0.05 * np.sqrt(rate_hz / 2) * rng.standard_normal(shape)
    mixing = np.linalg.cholesky(np.exp(-_distances_mm(settings) / site.reach_mm)).T
    sources = shaped_noise(rng, broadband, shape=shape, rate_hz=rate_hz)
    return np.asarray(sources @ (mixing * channel_uv) + noise_uv)


def _high_gamma(settings: IntracranialSettings) -> Float64:
    """As strong, in 70 to 150 Hz, as the background is there; (n_samples, n_channels)."""

    def density(hz: Float64) -> Float64:
        low_hz, high_hz = HIGH_GAMMA_HZ
        edges = 1 / (1 + np.exp(-(hz - low_hz) / 3)) / (1 + np.exp((hz - high_hz) / 3))
        return np.asarray(broadband(hz) * edges)

    site = _SITES[settings.signal]
    rng = random_stream(settings.seed, Stream.GRIP, site.number + 1)
    shape, rate_hz = (settings.n_samples, len(settings.channels)), float(settings.sampling_rate)
    scale_uv = site.background_uv / rms_of(broadband, 1.0, 200.0)
    return scale_uv * shaped_noise(rng, density, shape=shape, rate_hz=rate_hz)


def _distances_mm(settings: IntracranialSettings) -> Float64:
    """(n_channels, n_channels) float64: from each contact to each."""
    site, number = _SITES[settings.signal], np.arange(len(settings.channels))
    places = site.apart_mm * np.stack([number % site.columns, number // site.columns], axis=1)
    return np.asarray(np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=-1)))
