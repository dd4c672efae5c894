"""From a few words to settings: what is usual for a kind of signal and a task."""

from __future__ import annotations

import dataclasses
from typing import Any

from devices.simulator.acc import AccSettings
from devices.simulator.ecg import EcgSettings
from devices.simulator.emg import EmgSettings
from devices.simulator.intracranial import IntracranialSettings
from devices.simulator.montage import channel_names
from devices.simulator.paradigms import PARADIGMS
from devices.simulator.settings import MAX_CHANNELS, SignalSettings, SimulatorSettings
from devices.simulator.spikes import SpikeSettings
from devices.simulator.timetable import KINDS
from devices.simulator.validation import SettingsError

# The 16 bits of an EDF as clinical amplifiers use them: 0.1 uV a step behind a high-pass filter
# that takes the offset away. With 24 bits a direct-coupled converter, as in open hardware.
_CLINICAL = SimulatorSettings(adc_bits=16, adc_full_scale_uv=3276.8, electrode_offset_uv=0.0)

_USUAL: dict[str, SignalSettings] = {
    "eeg": _CLINICAL,
    "ecog": IntracranialSettings(),
    "lfp": IntracranialSettings(
        signal_kind="lfp", channels=tuple(f"LFP {number}" for number in range(1, 5))
    ),
    "spikes": SpikeSettings(),
    "emg": EmgSettings(),
    "ecg": EcgSettings(),
    "acc": AccSettings(),
}
SIGNALS = tuple(_USUAL)
ARTIFACTS = ("usual", "all", "none")

_LABELS = {"ecog": "ECOG", "lfp": "LFP", "spikes": "Spikes", "emg": "EMG", "ecg": "ECG"}


def preset(
    signal: str, paradigm: str = "rest", artifacts: str = "usual", **changes: Any
) -> SignalSettings:
    """Settings for a kind of signal and a task.

    Args:
      signal: one of `SIGNALS`.
      paradigm: a name of `PARADIGMS` that the kind knows. During a task nobody closes the eyes.
      artifacts: of an eeg. `usual`: what every recording has; `all`: gaze shifts, movement and
        heartbeats as well; `none`: a subject and an amplifier without any.
      changes: further settings by name; None leaves what is usual.

    Raises:
      SettingsError: names the setting, what was found and what is right.

    >>> preset("eeg", "ssvep", seed=3).paradigm.name
    'ssvep'
    """
    for field, found, known in (
        ("signal", signal, SIGNALS),
        ("paradigm", paradigm, tuple(PARADIGMS)),
        ("artifacts", artifacts, ARTIFACTS),
    ):
        if found not in known:
            raise SettingsError(field, found, "one of " + ", ".join(known))
    settings = _USUAL[signal]
    changes = {name: value for name, value in changes.items() if value is not None}
    if paradigm != "rest":
        if not hasattr(settings, "paradigm"):
            raise SettingsError("paradigm", paradigm, f"for {signal}: rest")
        changes["paradigm"] = PARADIGMS[paradigm]
    if isinstance(settings, SimulatorSettings):
        if changes.get("adc_bits") == 24:
            settings = SimulatorSettings()
        changes = _eeg_changes(paradigm, artifacts) | changes
    return dataclasses.replace(settings, **changes)


def names_of(signal: str, n_channels: int) -> tuple[str, ...]:
    """So many names of channels as a kind has them.

    Raises:
      SettingsError: none, or more than there can be.
    """
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise SettingsError("channels", n_channels, f"1 to {MAX_CHANNELS}")
    if signal == "eeg":
        return channel_names(n_channels)
    if signal == "acc":
        if n_channels != 3:
            raise SettingsError("channels", n_channels, "3, the axes of acc")
        return AccSettings().channels
    return tuple(f"{_LABELS[signal]} {number}" for number in range(1, n_channels + 1))


def _eeg_changes(paradigm: str, artifacts: str) -> dict[str, Any]:
    changes: dict[str, Any] = {} if paradigm == "rest" else {"eyes_closed_per_minute": 0.0}
    if artifacts == "none":
        artifact_kinds = [kind for kind in KINDS if kind.name != "eyes_closed"]
        return changes | {kind.setting: 0.0 for kind in artifact_kinds}
    if artifacts == "all":
        changes |= {kind.setting: kind.usual_per_minute for kind in KINDS if kind.usual_per_minute}
        changes["heart_uv"] = 10.0
    return changes
