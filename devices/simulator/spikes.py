"""Microelectrodes: action potentials of a few neurons each over the hash of the distant ones."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from devices.simulator.conversion import convert
from devices.simulator.neurons import Neuron, add_spikes, firing_times
from devices.simulator.noise import Density, Stream, random_stream, rms_of, shaped_noise
from devices.simulator.recording import SimulatedRecording, SpikeTrains
from devices.simulator.settings import SignalSettings
from devices.simulator.validation import Number, check_integer, check_number

Float64 = npt.NDArray[np.float64]

HASH_HZ = (300.0, 6000.0)


@dataclasses.dataclass(frozen=True)
class SpikeSettings(SignalSettings):
    """One array of microelectrodes, too far from each other to see the same neurons.

    Such as the 0.4 mm of a Utah array (Maynard et al. 1997).

    Args:
      sampling_rate_hz: 10,000 to 50,000.
      units_per_channel: 0 to 6 neurons that each electrode tells apart.
      noise_uv: root mean square in 300 to 6000 Hz, of distant neurons and the amplifier.
      least_uv: the smallest neuron's trough; the largest is two and a half times as high.
      slow_uv: root mean square of the local field potential, 1 to 100 Hz.
      adc_full_scale_uv: the default is 0.195 uV a step in 16 bits (Intan RHD2000).

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    duration_s: float = 30.0
    sampling_rate_hz: Number = 30_000
    channels: tuple[str, ...] = tuple(f"Spikes {number}" for number in range(1, 5))
    adc_bits: int = 16
    units_per_channel: int = 2
    noise_uv: float = 8.0
    least_uv: float = 70.0
    slow_uv: float = 40.0
    adc_full_scale_uv: float = 6389.76

    kind: ClassVar[str] = "spikes"
    rates_hz: ClassVar[tuple[int, int]] = (10_000, 50_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("units_per_channel", self.units_per_channel, 0, 6)
        check_number("noise_uv", self.noise_uv, 1.0, 100.0)
        check_number("least_uv", self.least_uv, 10.0, 500.0)
        check_number("slow_uv", self.slow_uv, 0.0, 500.0)
        check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, microvolts."""
        return self.adc_full_scale_uv


def simulate_spikes(settings: SpikeSettings) -> SimulatedRecording:
    """Field potential, hash and every spike; the truth is each spike's time, electrode and unit."""
    rng = random_stream(settings.seed, Stream.MICROELECTRODES)
    shape, rate_hz = (settings.n_samples, len(settings.channels)), float(settings.sampling_rate)
    samples_uv = settings.noise_uv * shaped_noise(rng, _hash(), shape=shape, rate_hz=rate_hz)
    if settings.slow_uv:
        samples_uv += settings.slow_uv * shaped_noise(rng, _field(), shape=shape, rate_hz=rate_hz)
    spikes = _fire(settings, samples_uv)
    return convert(samples_uv, settings, spikes=spikes)


def neurons_of(settings: SpikeSettings) -> list[Neuron]:
    """All units, those of the first electrode first."""
    return [
        Neuron.draw(random_stream(settings.seed, Stream.NEURONS, 2 * unit), settings.least_uv)
        for unit in range(settings.units_per_channel * len(settings.channels))
    ]


def _fire(settings: SpikeSettings, samples_uv: Float64) -> SpikeTrains:
    """Adds the spikes of all units to (n_samples, n_channels)."""
    times_s, channels, units, peaks_uv = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]
    for unit, neuron in enumerate(neurons_of(settings)):
        rng = random_stream(settings.seed, Stream.NEURONS, 2 * unit + 1)
        column = unit // settings.units_per_channel
        of_unit_s = firing_times(rng, neuron.rate_hz, settings.duration_s)
        # From spike to spike the height varies by some percent.
        of_unit_uv = -neuron.trough_uv * np.clip(rng.normal(1, 0.05, len(of_unit_s)), 0.8, 1.2)
        add_spikes(
            samples_uv[:, column], neuron, of_unit_s, of_unit_uv, float(settings.sampling_rate)
        )
        times_s.append(of_unit_s)
        channels.append(np.full(len(of_unit_s), column))
        units.append(np.full(len(of_unit_s), unit))
        peaks_uv.append(of_unit_uv)
    order = np.argsort(np.concatenate(times_s), kind="stable")
    return SpikeTrains(
        time_s=np.concatenate(times_s)[order],
        channel=np.concatenate(channels)[order].astype(np.int64),
        unit=np.concatenate(units)[order].astype(np.int64),
        peak_uv=np.concatenate(peaks_uv)[order],
    )


def _hash() -> Density:
    """1 uV root mean square in 300 to 6000 Hz: spikes of neurons too far to tell apart."""

    def density(hz: Float64) -> Float64:
        return np.asarray(1 / (1 + (HASH_HZ[0] / hz) ** 4) / (1 + (hz / 4000.0) ** 2))

    scale = rms_of(density, *HASH_HZ) ** -2
    return lambda hz: density(hz) * scale


def _field() -> Density:
    """1 uV root mean square in 1 to 100 Hz, falling with the second power."""

    def density(hz: Float64) -> Float64:
        return np.asarray(1 / (1 + hz**2) / (1 + (hz / 100.0) ** 4))

    scale = rms_of(density, 1.0, 100.0) ** -2
    return lambda hz: density(hz) * scale
