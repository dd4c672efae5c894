"""A simulated recording as files: EDF or BDF, and the truth beside it as BIDS writes events."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
from collections.abc import Iterator
from typing import TypeVar

import edfio
import numpy as np

from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SettingsError

START_DATE = datetime.date(2024, 1, 1)
"""Of every simulated recording, at midnight: the same command writes the same bytes."""

MAX_LABEL = 16  # bytes an EDF header has for a channel's name
MAX_RECORD_S = 60

Signal = TypeVar("Signal", edfio.EdfSignal, edfio.BdfSignal)

_COLUMNS = {
    "onset": {"Description": "Start of the interval after the first sample.", "Units": "s"},
    "duration": {"Description": "Length of the interval.", "Units": "s"},
    "trial_type": {
        "Description": "What is true of the interval.",
        "Levels": {
            "blink": "A blink of both eyes.",
            "muscle": "A contraction of jaw, brow or neck.",
            "pop": "An electrode's contact jumps; until it is back within 25 uV.",
            "drift": "Sweat or a slipping electrode: the baseline leaves and comes back.",
            "line_noise": "Mains make up most of the signal.",
            "flat": "The channel does not move.",
            "saturated": "The electrode is off: the channel rests at the end of the range.",
            "eyes_closed": "Not an artifact: the eyes are closed, alpha rises.",
        },
    },
    "channel": {"Description": "Channels where it can be seen.", "Delimiter": ","},
}


@dataclasses.dataclass(frozen=True)
class WrittenFiles:
    """Where a recording was written.

    Attributes:
      recording: the .edf (up to 16 bits) or .bdf (up to 24).
      truth: the _events.tsv; what its columns mean is in the .json beside it.
    """

    recording: pathlib.Path
    truth: pathlib.Path


def write_recording(
    recording: SimulatedRecording, folder: str | os.PathLike[str], name: str
) -> WrittenFiles:
    """Writes `name`.edf or .bdf, `name`_events.tsv and `name`_events.json.

    The samples in an EDF are the converter's codes, so nothing is lost; in a BDF its header, with 8
    characters for the range, leaves an error of less than 1e-7 relative. The truth is not among the
    file's annotations: a detector that reads the file must not see it.

    Raises:
      SettingsError: the recording does not fit the format: its duration is not whole in data
        records of the rate's denominator in seconds, or a channel's name is too long.
    """
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    file = _edf(recording)
    path = target / f"{name}.{'edf' if recording.adc_bits <= 16 else 'bdf'}"
    partial = path.with_name(path.name + ".partial")
    file.write(partial)
    partial.replace(path)  # whoever sees the file sees all of it
    truth = target / f"{name}_events.tsv"
    truth.write_text(events_table(recording), encoding="utf-8", newline="\n")
    columns = json.dumps(_COLUMNS, indent=2) + "\n"
    truth.with_suffix(".json").write_text(columns, encoding="utf-8", newline="\n")
    return WrittenFiles(path, truth)


def events_table(recording: SimulatedRecording) -> str:
    """The truth as tab-separated text with a header, one interval a line."""
    lines = ["onset\tduration\ttrial_type\tchannel"]
    for one in recording.truth:
        length_s = one.end_s - one.start_s
        lines.append(f"{one.start_s:.3f}\t{length_s:.3f}\t{one.kind}\t{','.join(one.channels)}")
    return "\n".join(lines) + "\n"


def _edf(recording: SimulatedRecording) -> edfio.Edf | edfio.Bdf:
    for name in recording.channels:
        if len(name) > MAX_LABEL or not name.isascii() or not name.isprintable():
            raise SettingsError("channels", name, f"at most {MAX_LABEL} ASCII characters, for EDF")
    about = edfio.Recording(startdate=START_DATE, equipment_code="simulator")
    record_s = _record_s(recording)
    if recording.adc_bits <= 16:
        signals = list(_signals(recording, edfio.EdfSignal, np.dtype(np.int16)))
        return edfio.Edf(signals, recording=about, data_record_duration=record_s)
    signals_24 = list(_signals(recording, edfio.BdfSignal, np.dtype(np.int32)))
    return edfio.Bdf(signals_24, recording=about, data_record_duration=record_s)


def _signals(
    recording: SimulatedRecording, signal: type[Signal], code: np.dtype[np.signedinteger]
) -> Iterator[Signal]:
    low_uv, high_uv = recording.adc_range_uv
    half = 2 ** (recording.adc_bits - 1)
    for name, column_uv in zip(recording.channels, recording.samples_uv.T, strict=True):
        yield signal.from_digital(
            np.rint(column_uv / recording.adc_step_uv).astype(code),
            recording.sampling_rate_hz,
            label=name,
            physical_dimension="uV",
            physical_range=(_in_8_characters(low_uv), _in_8_characters(high_uv)),
            digital_range=(-half, half - 1),
        )


def _record_s(recording: SimulatedRecording) -> int:
    """Seconds of a data record: as few as hold a whole number of samples."""
    per_record, record_s = recording.sampling_rate.numerator, recording.sampling_rate.denominator
    if record_s > MAX_RECORD_S:
        rate = recording.sampling_rate
        raise SettingsError(
            "sampling_rate_hz", rate, f"a denominator of at most {MAX_RECORD_S}, for EDF"
        )
    if len(recording.samples_uv) % per_record:
        raise SettingsError(
            "duration_s",
            recording.duration_s,
            f"a multiple of {record_s} s, the data record of an EDF at this rate",
        )
    return record_s


def _in_8_characters(number: float) -> float:
    for digits in range(7, -1, -1):
        text = f"{number:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if len(text) <= 8:
            return float(text)
    raise SettingsError("adc_full_scale_uv", number, "a range that an EDF header can hold")
