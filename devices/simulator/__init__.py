"""Recordings that never were, with the truth about everything in them."""

from devices.simulator.acc import AccSettings
from devices.simulator.ecg import EcgSettings
from devices.simulator.emg import EmgSettings
from devices.simulator.intracranial import IntracranialSettings
from devices.simulator.montage import DEFAULT_CHANNELS, channel_names
from devices.simulator.paradigms import P300, Grip, MotorImagery, Rest, Ssvep, Trial
from devices.simulator.recording import (
    ARTIFACT_KINDS,
    STATE_KINDS,
    Interval,
    SimulatedRecording,
    SpikeTrains,
)
from devices.simulator.settings import SettingsError, SignalSettings, SimulatorSettings
from devices.simulator.simulation import simulate
from devices.simulator.spikes import SpikeSettings

__all__ = [
    "ARTIFACT_KINDS",
    "DEFAULT_CHANNELS",
    "P300",
    "STATE_KINDS",
    "AccSettings",
    "EcgSettings",
    "EmgSettings",
    "Grip",
    "Interval",
    "IntracranialSettings",
    "MotorImagery",
    "Rest",
    "SettingsError",
    "SignalSettings",
    "SimulatedRecording",
    "SimulatorSettings",
    "SpikeSettings",
    "SpikeTrains",
    "Ssvep",
    "Trial",
    "channel_names",
    "simulate",
]
