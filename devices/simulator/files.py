"""A simulated recording as files: EDF or BDF, and the truth beside it as BIDS writes events."""

from __future__ import annotations

import dataclasses
import datetime
import os
import pathlib
from collections.abc import Iterator
from typing import TypeVar

import edfio
import numpy as np

from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SettingsError
from devices.simulator.truth_tables import truth_rows, write_tilt, write_truth

START_DATE = datetime.date(2024, 1, 1)
"""Of every simulated recording, at midnight: the same command writes the same bytes."""

MAX_LABEL = 16  # bytes an EDF header has for a channel's name
MAX_RECORD_S = 60

Signal = TypeVar("Signal", edfio.EdfSignal, edfio.BdfSignal)


@dataclasses.dataclass(frozen=True)
class WrittenFiles:
    """Where a recording was written.

    Attributes:
      recording: the .edf (up to 16 bits) or .bdf (up to 24), or what else was asked for.
      truth: the _events.tsv; what its columns mean is in the .json beside it.
    """

    recording: pathlib.Path
    truth: pathlib.Path


def write_recording(
    recording: SimulatedRecording, folder: str | os.PathLike[str], name: str
) -> WrittenFiles:
    """Writes `name`.edf or .bdf, `name`_events.tsv, `name`_events.json, for acc `name`_tilt.tsv.

    The samples in an EDF are the converter's codes, so nothing is lost; in a BDF its header, with 8
    characters for the range, leaves an error of less than 1e-7 relative. Trials are annotations of
    the file, as markers of an experiment are. The truth about artifacts, beats and spikes is not: a
    detector that reads the file must not see it.

    Raises:
      SettingsError: the recording does not fit the format: its duration is not whole in data
        records of the rate's denominator in seconds, or a channel's name is too long.
    """
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    path = write_edf(recording, target / name)
    truth = target / f"{name}_events.tsv"
    write_truth(truth_rows(recording), truth)
    write_tilt(recording, target / f"{name}_tilt.tsv")
    return WrittenFiles(path, truth)


def write_edf(recording: SimulatedRecording, stem: pathlib.Path) -> pathlib.Path:
    """Writes `stem`.edf, or .bdf above 16 bits, and returns which.

    Raises:
      SettingsError: as `write_recording`.
    """
    file = _edf(recording)
    path = stem.with_name(f"{stem.name}.{'edf' if recording.adc_bits <= 16 else 'bdf'}")
    partial = path.with_name(path.name + ".partial")
    file.write(partial)
    partial.replace(path)  # whoever sees the file sees all of it
    return path


def _edf(recording: SimulatedRecording) -> edfio.Edf | edfio.Bdf:
    for name in recording.channels:
        if len(name) > MAX_LABEL or not name.isascii() or not name.isprintable():
            raise SettingsError("channels", name, f"at most {MAX_LABEL} ASCII characters, for EDF")
    about = edfio.Recording(startdate=START_DATE, equipment_code="simulator")
    record_s = _record_s(recording)
    markers = [
        edfio.EdfAnnotation(one.onset_s, one.duration_s, one.label) for one in recording.trials
    ] or None  # with no trials a plain EDF, which more programs read
    if recording.adc_bits <= 16:
        signals = list(_signals(recording, edfio.EdfSignal, np.dtype(np.int16)))
        return edfio.Edf(
            signals, recording=about, data_record_duration=record_s, annotations=markers
        )
    signals_24 = list(_signals(recording, edfio.BdfSignal, np.dtype(np.int32)))
    return edfio.Bdf(
        signals_24, recording=about, data_record_duration=record_s, annotations=markers
    )


def _signals(
    recording: SimulatedRecording, signal: type[Signal], code: np.dtype[np.signedinteger]
) -> Iterator[Signal]:
    low, high = recording.adc_range
    half = 2 ** (recording.adc_bits - 1)
    for name, column in zip(recording.channels, recording.codes().T, strict=True):
        yield signal.from_digital(
            column.astype(code),
            recording.sampling_rate_hz,
            label=name,
            physical_dimension=recording.unit,
            physical_range=(_in_8_characters(low), _in_8_characters(high)),
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
    if len(recording.samples) % per_record:
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
