"""What an XDF stream is: by its type, and by what its description says of its channels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from transforms.recordings.channels import signal_of_label
from transforms.recordings.plan import AUTO, RecordingSettings
from transforms.recordings.text.numbers import exact_number

_BY_TYPE = {
    "eeg": "eeg",
    "eog": "eeg",
    "exg": "eeg",
    "ecog": "ecog",
    "ieeg": "ecog",
    "seeg": "ecog",
    "lfp": "lfp",
    "dbs": "lfp",
    "spikes": "spikes",
    "emg": "emg",
    "ecg": "ecg",
    "ekg": "ecg",
    "acc": "acc",
    "accel": "acc",
    "accelerometer": "acc",
}
_ANY_TYPE = ("", "data", "signal")  # said by those who do not say
# A unit with many spellings in streams of LSL; the others are known to units.py.
_UNITS = {
    "microvolts": "uV",
    "microvolt": "uV",
    "micro volts": "uV",
    "millivolts": "mV",
    "millivolt": "mV",
    "nanovolts": "nV",
    "volts": "V",
    "volt": "V",
    "gs": "g",
    "gravity": "g",
    "m/s/s": "m/s^2",
}


@dataclasses.dataclass(frozen=True)
class XdfStream:
    """One stream, out of pyxdf's dictionaries.

    Attributes:
      rate: nominal, hertz; None for a stream of irregular events.
      labels, units, kinds: of the channels, as written; kinds are what the channel says of itself.
      values: (n_samples, n_channels) numbers, or lists of strings.
      stamps_s: (n_samples,) float64, on the clock of the recording computer.
      breaks: samples at which the clock of the stream was reset.
      first_offset_s: when the clock offset was first measured; None where it was not.
    """

    name: str
    type: str
    rate: Fraction | None
    is_text: bool
    labels: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    values: Any
    stamps_s: np.ndarray[Any, np.dtype[np.float64]]
    breaks: tuple[int, ...]
    first_offset_s: float | None

    def signal_of(self, channel: int, settings: RecordingSettings) -> str | None:
        """Kind of a channel: by its own type, else by the stream's, else by its label."""
        found = _BY_TYPE.get(self.type.lower())
        if self.type.lower() in _ANY_TYPE and settings.signal != AUTO:
            found = settings.signal  # the user knows what the stream does not say
        own = self.kinds[channel].lower()
        if own:
            found = _BY_TYPE.get(own) if own in _BY_TYPE or own == "misc" else found
        if (
            self.labels[channel]
            and found is not None
            and signal_of_label(self.labels[channel]) is None
        ):
            found = None
        return settings.signal_of(self.labels[channel], found)

    def unit_of(self, channel: int) -> str:
        """As units.py spells it."""
        unit = self.units[channel]
        return _UNITS.get(unit.lower(), unit)


def xdf_stream(found: Mapping[str, Any]) -> XdfStream:
    """From one of the streams that pyxdf returns."""
    info = found["info"]
    n_channels = int(_text(info, "channel_count") or 1)
    channels = _channels(info, n_channels)
    rate = exact_number(_text(info, "nominal_srate"))
    times, offsets = found["clock_times"], found["clock_values"]
    first = times[0] + offsets[0] if len(times) else None
    return XdfStream(
        name=_text(info, "name") or f"stream {info['stream_id']}",
        type=_text(info, "type"),
        rate=rate if rate is not None and rate > 0 else None,
        is_text=_text(info, "channel_format") == "string",
        labels=tuple(_text(channel, "label") for channel in channels),
        units=tuple(_text(channel, "unit") for channel in channels),
        kinds=tuple(_text(channel, "type") for channel in channels),
        values=found["time_series"],
        stamps_s=np.asarray(found["time_stamps"], dtype=np.float64),
        breaks=tuple(int(segment[0]) for segment in info["clock_segments"][1:]),
        first_offset_s=first if first is not None and math.isfinite(first) else None,
    )


def _channels(info: Mapping[str, Any], n_channels: int) -> Sequence[Mapping[str, Any]]:
    """desc/channels/channel; empty ones where the description lacks them or has another number."""
    described = _children(_child(_child(info, "desc"), "channels"), "channel")
    return described if len(described) == n_channels else [{}] * n_channels


def _child(element: object, name: str) -> object:
    children = _children(element, name)
    return children[0] if children else None


def _children(element: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(element, Mapping):
        return []
    return [child if isinstance(child, Mapping) else {} for child in element.get(name, [])]


def _text(element: Mapping[str, Any], name: str) -> str:
    found = element.get(name) or [""]
    return found[0].strip() if isinstance(found[0], str) else ""
