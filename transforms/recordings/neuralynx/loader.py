"""Neuralynx continuous channels (.ncs): a text header, then records of up to 512 samples.

A file is one channel, a folder one recording: its files with the same kind, rate, start and gaps
become one stream. We read the records ourselves, because their time stamps, whole microseconds,
say exactly where samples are missing. Layout after Neuralynx, "Data File Formats" (record:
time stamp, channel, rate, number of valid samples, 512 samples).
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.loaded_channels import (
    ChosenChannel,
    FoundChannel,
    choose_channels,
    loaded_streams,
)
from transforms.recordings.neuralynx.header import (
    HEADER_BYTES,
    NeuralynxHeader,
    read_neuralynx_header,
)
from transforms.recordings.plan import Notice, RecordingSettings, Run
from transforms.recordings.times import date_ns

_RECORD = np.dtype(
    [
        ("time_us", "<u8"),
        ("channel", "<u4"),
        ("rate_hz", "<u4"),
        ("n_valid", "<u4"),
        ("samples", "<i2", (512,)),
    ]
)
_SAMPLES = 512

SPIKES_FROM_HZ = 3_000
"""A channel whose low-pass filter lets this pass was recorded for its spikes, else for its LFP."""

_DAY = datetime.timedelta(days=1)
# Older systems wrote time stamps in whole microseconds a sample: 30 for 30.7, 3.3 % off.
_MAX_CLOCK_ERROR = 0.04
_TOLD_CLOCK_ERROR = 1e-3

Records = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class _File:
    header: NeuralynxHeader
    records: Records
    start_ns: int
    runs: tuple[Run, ...]


def load_neuralynx(path: str, settings: RecordingSettings) -> LoadedRecording:
    """All channels of an acquisition.

    Args:
      path: one of its .ncs files; the .ncs files beside it belong to it.

    Raises:
      RecordingError: one of the files cannot be used.
    """
    notices: list[Notice] = []
    files = _read_files(neuralynx_files(path), notices)
    chosen, more = choose_channels([_found(file.header) for file in files], settings)
    return LoadedRecording(streams=_streams(files, chosen), notices=tuple(notices + more))


def neuralynx_files(path: str) -> tuple[str, ...]:
    """The .ncs files of the folder that a file is in, in the order of their names."""
    folder = os.path.dirname(path) or "."
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith(".ncs"))
    return tuple(os.path.join(folder, name) for name in names)


def _read_files(paths: Sequence[str], notices: list[Notice]) -> list[_File]:
    """Those with samples: a channel that was switched off has a header only."""
    files, empty = [], []
    for path in paths:
        name = os.path.basename(path)
        try:
            files.append(_read_file(path, notices))
        except RecordingError as error:
            if error.reason is not Reason.NO_SAMPLES:
                raise RecordingError(error.reason, f"{name}: {error.message}") from error
            empty.append(name)
    if not files:
        raise RecordingError(Reason.NO_SAMPLES, "the headers are there, but no samples")
    if empty:
        notices.append(Notice("channels_left_out", f"without samples: {', '.join(empty)}"))
    return files


def _read_file(path: str, notices: list[Notice]) -> _File:
    header = read_neuralynx_header(path)
    records = _read_records(path, header, notices)
    period_us = _period_us(records, header, notices)
    start_ns = _start_ns(int(records["time_us"][0]), header, notices)
    return _File(header, records, start_ns, _runs(records, period_us, header.name))


def _read_records(path: str, header: NeuralynxHeader, notices: list[Notice]) -> Records:
    """Records that hold samples."""
    data_bytes = os.path.getsize(path) - HEADER_BYTES
    n_records, rest = divmod(data_bytes, _RECORD.itemsize)
    if rest and header.is_closed:
        raise RecordingError(
            Reason.TRUNCATED,
            f"{data_bytes} data bytes are no whole number of records of {_RECORD.itemsize}; copy"
            " the file again",
        )
    if not header.is_closed:
        detail = f"the recorder did not close {header.name}; its {n_records} whole records are read"
        notices.append(Notice("unclosed_file", detail, header.name))
    records = np.fromfile(path, _RECORD, count=n_records, offset=HEADER_BYTES)
    if len(records) and int(records["n_valid"].max()) > _SAMPLES:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"a record of {header.name} says {records['n_valid'].max()} samples; expected 512 at"
            " most",
        )
    _check_same_channel(records, header)
    records = records[records["n_valid"] > 0]
    if len(records) == 0:
        raise RecordingError(Reason.NO_SAMPLES, f"{header.name} has a header, but no samples")
    return records


def _check_same_channel(records: Records, header: NeuralynxHeader) -> None:
    for field, rule in (("channel", "one channel a file"), ("rate_hz", "one rate a file")):
        values = np.unique(records[field])
        if len(values) > 1:
            raise RecordingError(
                Reason.BAD_HEADER,
                f"records of {header.name} name {field} {values[0]} and {values[1]}; expected"
                f" {rule}",
            )
    if len(records) and abs(int(records["rate_hz"][0]) - header.rate_hz) >= 1:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"records of {header.name} are sampled at {records['rate_hz'][0]} Hz; expected the"
            f" {float(header.rate_hz):g} Hz of the header",
        )


def _period_us(records: Records, header: NeuralynxHeader, notices: list[Notice]) -> float:
    """Microseconds from sample to sample, as the time stamps of most records have it."""
    nominal_us = float(1_000_000 / header.rate_hz)
    if len(records) < 2:
        return nominal_us
    steps_us = np.diff(records["time_us"].astype(np.int64))
    measured_us = float(np.median(steps_us / records["n_valid"][:-1]))
    error = abs(measured_us / nominal_us - 1)
    if error > _MAX_CLOCK_ERROR:  # most records are followed by a gap: no measure of the clock
        return nominal_us
    if error > _TOLD_CLOCK_ERROR:
        detail = (
            f"the time stamps of {header.name} run at {1e6 / measured_us:.6g} Hz; samples are"
            f" counted at the {float(header.rate_hz):g} Hz of the header"
        )
        notices.append(Notice("clock_drift", detail, header.name))
    return measured_us


def _runs(records: Records, period_us: float, name: str) -> tuple[Run, ...]:
    """Records joined where one begins when the last one ends, to half a sample."""
    n_valid = records["n_valid"].astype(np.int64)
    steps_us = np.diff(records["time_us"].astype(np.int64))
    lost = np.rint(steps_us / period_us - n_valid[:-1]).astype(np.int64)
    if len(lost) and lost.min() < 0:
        record = int(lost.argmin()) + 1
        raise RecordingError(
            Reason.BAD_RECORD_TIMES,
            f"record {record} of {name} begins {-lost[record - 1]} samples before the one in front"
            " of it has ended",
        )
    starts = np.flatnonzero(np.concatenate([[True], lost > 0]))
    stored = np.concatenate([[0], np.cumsum(n_valid)])
    shift = np.concatenate([[0], np.cumsum(lost)])
    stops = np.append(starts[1:], len(records))
    return tuple(
        Run(int(stored[a] + shift[a]), int(stored[a]), int(stored[b] - stored[a]))
        for a, b in zip(starts, stops, strict=True)
    )


def _start_ns(first_us: int, header: NeuralynxHeader, notices: list[Notice]) -> int:
    """Newer systems count microseconds since 1970, older ones since they were switched on."""
    if header.opened is None:
        detail = f"{header.name} has no date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
        return 0
    opened_ns = date_ns(header.opened)
    day_ns = int(_DAY.total_seconds()) * 1_000_000_000
    return first_us * 1000 if abs(first_us * 1000 - opened_ns) <= day_ns else opened_ns


def _found(header: NeuralynxHeader) -> FoundChannel:
    # Without a filter on record, what the rate can carry.
    passes_hz = header.rate_hz / 2 if header.high_cut_hz is None else header.high_cut_hz
    end_volts = None if header.max_step is None else abs(header.max_step * header.volts)
    return FoundChannel(
        label=header.name,
        signal="spikes" if passes_hz >= SPIKES_FROM_HZ else "lfp",
        dimension="V",
        rate_hz=header.rate_hz,
        adc_range=None if end_volts is None else (-end_volts, end_volts),
    )


def _streams(files: Sequence[_File], chosen: Sequence[ChosenChannel]) -> tuple[LoadedStream, ...]:
    """Channels that were sampled together are one stream."""

    def columns(places: list[int]) -> npt.NDArray[np.float64]:
        volts = [_stored(files[place].records) * files[place].header.volts for place in places]
        return np.stack(volts, axis=1)

    streams: list[LoadedStream] = []
    sampled = [(files[one.place].start_ns, files[one.place].runs) for one in chosen]
    for start_ns, runs in dict.fromkeys(sampled):
        members = [one for one, at in zip(chosen, sampled, strict=True) if at == (start_ns, runs)]
        at_any_rate = functools.partial(_same, runs)
        streams += loaded_streams(members, columns=columns, start_ns=start_ns, runs_at=at_any_rate)
    return tuple(streams)


def _same(runs: tuple[Run, ...], _: Fraction) -> tuple[Run, ...]:
    return runs


def _stored(records: Records) -> npt.NDArray[np.int16]:
    inside = np.arange(_SAMPLES) < records["n_valid"][:, None]
    stored: npt.NDArray[np.int16] = records["samples"][inside]
    return stored
