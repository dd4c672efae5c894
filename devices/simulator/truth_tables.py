"""The truth as BIDS writes events: a table, and a description of its columns beside it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from collections.abc import Iterable

import numpy as np

from devices.simulator.packets import LOST, RESTART, Transmission
from devices.simulator.recording import SimulatedRecording

TILT_PER_S = 10
_NOTHING = "n/a"

_LEVELS = {
    "blink": "A blink of both eyes.",
    "muscle": "A contraction of jaw, brow or neck.",
    "pop": "An electrode's contact jumps; until it is back within 25 uV.",
    "drift": "Sweat or a slipping electrode: the baseline leaves and comes back.",
    "line_noise": "Mains make up most of the signal.",
    "flat": "The channel does not move.",
    "saturated": "The electrode is off: the channel rests at the end of the range.",
    "movement": "Head, cables or sensor move.",
    "saccade": "The gaze goes aside, rests there and comes back.",
    "eyes_closed": "Not an artifact: the eyes are closed, alpha rises.",
    "contraction": "Not an artifact: the muscle works.",
    "left": "Cue: imagine moving the left hand.",
    "right": "Cue: imagine moving the right hand.",
    "target": "Stimulus: the rare one.",
    "non-target": "Stimulus: the frequent one.",
    "grip": "The hand is closed; the onset is the movement's.",
    "r_wave": "The R wave of a heartbeat.",
    "spike": "An action potential reaches its trough; the value is the unit.",
    LOST: "Packets that did not arrive; the value is the epoch.",
    RESTART: "The device restarts and records nothing; the value is the epoch that ends.",
    "packet_duplicated": "A packet that arrived twice; the value is the epoch.",
}
_FLICKER = "Stimulus: a light that flickers at this frequency."


@dataclasses.dataclass(frozen=True)
class TruthRow:
    """One line of the table: what was true, from when on, how long, where."""

    onset_s: float
    duration_s: float
    trial_type: str
    channels: tuple[str, ...] = ()
    value: int | None = None

    def text(self) -> str:
        """Its cells, separated by tabs; microseconds, or milliseconds where those are exact."""
        times = (_seconds(self.onset_s), _seconds(self.duration_s))
        value = _NOTHING if self.value is None else str(self.value)
        return "\t".join((*times, self.trial_type, ",".join(self.channels) or _NOTHING, value))


def truth_rows(recording: SimulatedRecording) -> list[TruthRow]:
    """Intervals, trials, beats and spikes, in order of time.

    The value of a trial numbers the labels in alphabetical order, from 1 on.
    """
    rows = [
        TruthRow(one.start_s, one.end_s - one.start_s, one.kind, one.channels)
        for one in recording.truth
    ]
    labels = sorted({trial.label for trial in recording.trials})
    rows += [
        TruthRow(one.onset_s, one.duration_s, one.label, value=labels.index(one.label) + 1)
        for one in recording.trials
    ]
    rows += [TruthRow(beat_s, 0.0, "r_wave") for beat_s in recording.beats_s.tolist()]
    spikes = recording.spikes
    rows += [
        TruthRow(time_s, 0.0, "spike", (recording.channels[channel],), unit)
        for time_s, channel, unit in zip(
            spikes.time_s.tolist(), spikes.channel.tolist(), spikes.unit.tolist(), strict=True
        )
    ]
    return sorted(rows, key=lambda row: row.onset_s)


def transport_rows(recording: SimulatedRecording, sent: Transmission) -> list[TruthRow]:
    """Losses, restarts and duplicates, in order of time."""
    rate = recording.sampling_rate
    rows = [
        TruthRow(float(one.first_row / rate), float(one.n_samples / rate), one.cause, (), one.epoch)
        for one in sent.lost
    ]
    rows += [
        TruthRow(
            float(one.first_row / rate),
            float(one.n_samples / rate),
            "packet_duplicated",
            (),
            one.epoch,
        )
        for one in sent.duplicates()
    ]
    return sorted(rows, key=lambda row: row.onset_s)


def write_truth(rows: Iterable[TruthRow], path: pathlib.Path) -> None:
    """Writes `path`, an _events.tsv, and the .json beside it that describes its columns."""
    table = sorted(rows, key=lambda row: row.onset_s)
    lines = ["onset\tduration\ttrial_type\tchannel\tvalue", *(row.text() for row in table)]
    write_text(path, "\n".join(lines) + "\n")
    columns = {
        "onset": {"Description": "Start after the first sample.", "Units": "s"},
        "duration": {"Description": "Length; 0 for a moment.", "Units": "s"},
        "trial_type": {
            "Description": "What is true of the interval.",
            "Levels": {
                kind: _LEVELS.get(kind, _FLICKER)
                for kind in sorted({row.trial_type for row in table})
            },
        },
        "channel": {"Description": "Channels where it can be seen.", "Delimiter": ","},
        "value": {"Description": "A number of the trial's label, the unit, or the epoch."},
    }
    write_text(path.with_suffix(".json"), json.dumps(columns, indent=2) + "\n")


def write_tilt(recording: SimulatedRecording, path: pathlib.Path) -> None:
    """Writes the angle of each axis to up, in degrees, ten times a second."""
    if recording.tilt_deg is None:
        return
    times_s = np.arange(int(recording.duration_s * TILT_PER_S)) / TILT_PER_S
    rows = np.floor(times_s * recording.sampling_rate_hz).astype(np.int64)
    lines = ["\t".join(("onset", *recording.channels))]
    for time_s, tilts in zip(times_s.tolist(), recording.tilt_deg[rows].tolist(), strict=True):
        lines.append("\t".join((f"{time_s:.3f}", *(f"{tilt:.3f}" for tilt in tilts))))
    write_text(path, "\n".join(lines) + "\n")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """The same bytes on every system; whoever sees the file sees all of it."""
    target = pathlib.Path(path)
    partial = target.with_name(target.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(target)


def _seconds(time_s: float) -> str:
    exact = f"{time_s:.6f}"
    return exact[:-3] if exact.endswith("000") else exact
