"""From settings to a recording: each kind of signal has its own maker."""

from __future__ import annotations

from devices.simulator.acc import AccSettings, simulate_acc
from devices.simulator.ecg import EcgSettings, simulate_ecg
from devices.simulator.emg import EmgSettings, simulate_emg
from devices.simulator.intracranial import IntracranialSettings, simulate_intracranial
from devices.simulator.recording import SimulatedRecording
from devices.simulator.scalp import simulate_eeg
from devices.simulator.settings import SignalSettings, SimulatorSettings
from devices.simulator.spikes import SpikeSettings, simulate_spikes


def simulate(settings: SignalSettings) -> SimulatedRecording:
    """One recording; the same settings give the same samples, bit for bit.

    >>> recording = simulate(SimulatorSettings(seed=7, duration_s=60.0))
    >>> recording.samples_uv.shape
    (15000, 8)
    >>> sorted({interval.kind for interval in recording.truth})[:4]
    ['blink', 'drift', 'eyes_closed', 'flat']

    Raises:
      TypeError: settings of none of the kinds.
    """
    match settings:
        case SimulatorSettings():
            return simulate_eeg(settings)
        case IntracranialSettings():
            return simulate_intracranial(settings)
        case SpikeSettings():
            return simulate_spikes(settings)
        case EmgSettings():
            return simulate_emg(settings)
        case EcgSettings():
            return simulate_ecg(settings)
        case AccSettings():
            return simulate_acc(settings)
    raise TypeError(f"settings are {type(settings).__name__}; expected one of the six kinds")
