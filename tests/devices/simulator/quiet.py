"""Recordings with and without one kind of artifact: their difference is the artifact alone."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from devices.simulator import SimulatedRecording, SimulatorSettings, simulate
from devices.simulator.timetable import KINDS

RATE_HZ = 1000
CHANNELS = ("Fp1", "Fp2", "F7", "Fz", "T7", "T8", "Cz", "P3", "O1", "O2")
SETTING_OF = {kind.name: kind.setting for kind in KINDS}
PER_MINUTE = {"blink": 12, "muscle": 8, "pop": 6, "drift": 4, "line_noise": 6, "flat": 8}
PER_MINUTE |= {"saturated": 8, "movement": 6, "saccade": 12}


def with_rate(settings: SimulatorSettings, kind: str, per_minute: float) -> SimulatorSettings:
    """The same settings with so many events of one kind a minute."""
    changed: dict[str, Any] = {SETTING_OF[kind]: per_minute}
    return dataclasses.replace(settings, **changed)


NOTHING = functools.reduce(
    lambda settings, kind: with_rate(settings, kind, 0.0),
    SETTING_OF,
    SimulatorSettings(duration_s=60.0, sampling_rate_hz=RATE_HZ, channels=CHANNELS),
)


def only(kind: str, seed: int) -> tuple[SimulatedRecording, npt.NDArray[np.float64]]:
    """A recording with artifacts of one kind, and what they changed, (n_samples, n_channels)."""
    without = dataclasses.replace(NOTHING, seed=seed)
    recording = simulate(with_rate(without, kind, PER_MINUTE[kind]))
    return recording, recording.samples_uv - simulate(without).samples_uv


def samples_of(start_s: float, end_s: float) -> slice:
    """The samples from start to end."""
    return slice(int(np.ceil(start_s * RATE_HZ)), int(np.ceil(end_s * RATE_HZ)))


def columns_of(channels: tuple[str, ...]) -> list[int]:
    """The columns of these channels."""
    return [CHANNELS.index(name) for name in channels]
