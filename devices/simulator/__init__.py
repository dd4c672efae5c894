"""Recordings that never were, with the truth about every artifact in them."""

from devices.simulator.montage import DEFAULT_CHANNELS, channel_names
from devices.simulator.recording import (
    ARTIFACT_KINDS,
    STATE_KINDS,
    Interval,
    SimulatedRecording,
)
from devices.simulator.settings import SettingsError, SimulatorSettings
from devices.simulator.simulation import simulate

__all__ = [
    "ARTIFACT_KINDS",
    "DEFAULT_CHANNELS",
    "STATE_KINDS",
    "Interval",
    "SettingsError",
    "SimulatedRecording",
    "SimulatorSettings",
    "channel_names",
    "simulate",
]
