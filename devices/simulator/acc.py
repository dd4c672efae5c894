"""Acceleration of a sensor on the head: gravity in a posture, and the times when it moves."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from devices.simulator.conversion import convert
from devices.simulator.noise import Stream, random_stream, skewed
from devices.simulator.recording import Interval, SimulatedRecording
from devices.simulator.settings import SignalSettings
from devices.simulator.validation import Number, SettingsError, check_number

Float64 = npt.NDArray[np.float64]

TURN_S = 1.5
"""From one posture to the next."""


@dataclasses.dataclass(frozen=True)
class AccSettings(SignalSettings):
    """One accelerometer of three axes.

    Args:
      sampling_rate_hz: 10 to 2,000.
      channels: three, right, front and up of an upright head.
      line_hz: None; mains do not shake.
      adc_full_scale_g: 2, 4, 8 or 16, as such sensors have.
      noise_g: root mean square of each axis (LIS3DH: 0.22 mg/sqrt(Hz), a milligram or two).
      movements_per_minute: 0 to 20.
      postures_per_minute: how often the head is turned to another posture, 0 to 10.

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    sampling_rate_hz: Number = 50
    channels: tuple[str, ...] = ("ACC X", "ACC Y", "ACC Z")
    line_hz: int | None = None
    adc_bits: int = 16
    adc_full_scale_g: float = 4.0
    noise_g: float = 0.0015
    movements_per_minute: float = 3.0
    postures_per_minute: float = 2.0

    kind: ClassVar[str] = "acc"
    unit: ClassVar[str] = "g"
    rates_hz: ClassVar[tuple[int, int]] = (10, 2_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.channels) != 3:
            raise SettingsError("channels", self.channels, "three axes")
        if self.line_hz is not None:
            raise SettingsError("line_hz", self.line_hz, "None for acc")
        if self.adc_full_scale_g not in (2.0, 4.0, 8.0, 16.0):
            raise SettingsError("adc_full_scale_g", self.adc_full_scale_g, "2, 4, 8 or 16")
        check_number("noise_g", self.noise_g, 0.0, 0.05)
        check_number("movements_per_minute", self.movements_per_minute, 0.0, 20.0)
        check_number("postures_per_minute", self.postures_per_minute, 0.0, 10.0)

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, g."""
        return self.adc_full_scale_g


def simulate_acc(settings: AccSettings) -> SimulatedRecording:
    """Gravity, movements and noise; the truth is "movement" intervals and the tilt of each axis.

    At rest an accelerometer shows +1 g upwards. While the head moves, the truth of the tilt is
    that of gravity alone.
    """
    rng = random_stream(settings.seed, Stream.ACC)
    time_s = np.arange(settings.n_samples) / float(settings.sampling_rate)
    up = _up(random_stream(settings.seed, Stream.ACC, number=1), settings, time_s)
    samples_g = up + settings.noise_g * rng.standard_normal(up.shape)
    truth = []
    for start_s, end_s in _movement_times(settings):
        shaken_g = _shake(rng, time_s, start_s, end_s)
        samples_g += shaken_g
        truth.append(Interval("movement", start_s, end_s, settings.channels))
    tilt_deg = np.degrees(np.arccos(np.clip(up, -1, 1)))
    tilt_deg.setflags(write=False)
    return convert(samples_g, settings, truth=tuple(truth), tilt_deg=tilt_deg)


def _up(rng: np.random.Generator, settings: AccSettings, time_s: Float64) -> Float64:
    """(n_samples, 3) float64, unit vectors: upwards, seen from the sensor."""
    count = 1 + round(settings.postures_per_minute * settings.duration_s / 60)
    turns_s = (
        (np.arange(1, count) + rng.uniform(-0.2, 0.2, count - 1)) * settings.duration_s / count
    )
    # Nodding goes further than leaning to a side.
    pitch, roll = np.radians(rng.uniform(-35, 35, count)), np.radians(rng.uniform(-20, 20, count))
    nod, lean = np.full(len(time_s), pitch[0]), np.full(len(time_s), roll[0])
    for number, turn_s in enumerate(turns_s.tolist(), start=1):
        done = 0.5 - 0.5 * np.cos(np.pi * np.clip((time_s - turn_s) / TURN_S, 0, 1))
        nod += (pitch[number] - pitch[number - 1]) * done
        lean += (roll[number] - roll[number - 1]) * done
    return np.stack([np.sin(lean), np.sin(nod) * np.cos(lean), np.cos(nod) * np.cos(lean)], axis=1)


def _movement_times(settings: AccSettings) -> list[tuple[float, float]]:
    """Each in its own part of the recording, (start_s, end_s) to the millisecond."""
    rng = random_stream(settings.seed, Stream.ACC, number=2)
    count = round(settings.movements_per_minute * settings.duration_s / 60)
    part_s = settings.duration_s / max(count, 1)
    times_s = []
    for number in range(count):
        length_s = min(skewed(rng, median=3, low=1, high=8), 0.7 * part_s)
        start_s = number * part_s + rng.uniform(0.1, 0.9) * (part_s - length_s)
        times_s.append((round(float(start_s), 3), round(float(start_s + length_s), 3)))
    return times_s


def _shake(rng: np.random.Generator, time_s: Float64, start_s: float, end_s: float) -> Float64:
    """Steps and nods: 0.15 to 0.5 g at 1.2 to 2.5 Hz with its double; (n_samples, 3) float64."""
    strength_g, cadence_hz = rng.uniform(0.15, 0.5), rng.uniform(1.2, 2.5)
    axes = rng.uniform(0.3, 1.0, 3) * rng.choice((-1, 1), 3)
    phases = rng.uniform(0, 2 * np.pi, (2, 3))
    shaken = np.zeros((len(time_s), 3))
    rows = slice(*np.searchsorted(time_s, (start_s, end_s)).tolist())
    edge = np.minimum(time_s[rows] - start_s, end_s - time_s[rows]) / 0.15
    cycles = 2 * np.pi * cadence_hz * (time_s[rows, None] - start_s)
    swing = np.sin(cycles + phases[0]) + 0.5 * np.sin(2 * cycles + phases[1])
    shaken[rows] = np.clip(edge, 0, 1)[:, None] * swing * (strength_g * axes / np.abs(axes).max())
    return shaken
