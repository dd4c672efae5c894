"""Plain tables: delimited text with or without a header, BioSPPy's text, numpy arrays.

A row is a sample, a column a channel. The rate is what the header says, else what a column of times
shows, else --sampling-rate-hz. Numbers without a unit are taken for microvolt, and told; whole
numbers, and a header that names a resolution, are the counts of a converter, and told too.
"""

from __future__ import annotations

import dataclasses
import os
import re

import numpy as np
import numpy.typing as npt

from transforms.recordings.channels import signal_of_label
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.plain.header import TableHeader, read_table_header
from transforms.recordings.plain.numpy_array import read_numpy_array
from transforms.recordings.plain.times import TableTimes, place_by_rate, place_by_times
from transforms.recordings.plan import Marker, Notice, RecordingSettings
from transforms.recordings.text.rows import read_columns, text_lines
from transforms.recordings.times import date_ns
from transforms.recordings.units import UNIT_G, g_of_dimension

Float64 = npt.NDArray[np.float64]

_TIME = re.compile(r"(time|timestamps?|time_?stamp|t|ts|seconds)(_?(s|ms|us))?", re.IGNORECASE)
_INDEX = re.compile(r"(|index|sample|samples|sample[ _]index|unnamed: 0)", re.IGNORECASE)
_MARKER = re.compile(r"(markers?|stim|triggers?|events?)\d*", re.IGNORECASE)
_AT_REST_G = (0.7, 1.3)


@dataclasses.dataclass(frozen=True, eq=False)
class _Table:
    """Numbers of the columns that hold any, and what is said of them."""

    values: Float64
    labels: tuple[str, ...]
    units: tuple[str, ...]
    times: TableTimes
    bits: int
    markers: tuple[tuple[int, str], ...]
    notices: tuple[Notice, ...]


def load_plain_table(path: str, settings: RecordingSettings) -> LoadedRecording:
    """All channels of a table.

    Raises:
      RecordingError: the file cannot be used.
    """
    table = _of_numpy(path, settings) if _is_numpy(path) else _of_text(path, settings)
    n_channels = len(table.labels)
    rate, runs = table.times.rate, table.times.runs
    ranges = [_count_range(table.values[:, place], table.bits) for place in range(n_channels)]
    found = [
        FoundChannel(label or f"ch{place + 1}", _signal(label), unit, rate, ranges[place])
        for place, (label, unit) in enumerate(zip(table.labels, table.units, strict=True))
    ]
    chosen, notices = choose_channels(found, settings)
    streams = loaded_streams(
        chosen,
        columns=lambda places: table.values[:, places].copy(),
        start_ns=table.times.start_ns,
        runs_at=lambda _: runs,
    )
    notices = [*table.notices, *table.times.notices, *notices]
    notices += _notices_of_counts(table, settings) + _notices_of_acc(table, settings)
    markers = tuple(
        Marker(table.times.sample_ns(row), 0, description) for row, description in table.markers
    )
    return LoadedRecording(streams, tuple(notices), markers)


def _is_numpy(path: str) -> bool:
    return os.path.splitext(path)[1].lower() == ".npy"


def _of_numpy(path: str, settings: RecordingSettings) -> _Table:
    values = read_numpy_array(path)
    n_channels = values.shape[1]
    times = place_by_rate(len(values), settings.sampling_rate, start_ns=None)
    return _Table(values, ("",) * n_channels, ("",) * n_channels, times, 0, (), ())


def _of_text(path: str, settings: RecordingSettings) -> _Table:
    header = read_table_header(text_lines(path))
    places = [place for place, is_number in enumerate(header.is_number) if is_number]
    time = next((p for p, label in enumerate(header.labels) if _TIME.fullmatch(label)), None)
    wanted = [place for place in places if place != time]
    if not wanted:
        raise RecordingError(Reason.NO_SIGNAL, "the table has times and no column of a channel")
    columns = read_columns(
        text_lines(path, skip=header.n_lines),
        delimiter=header.delimiter,
        numbers=wanted,
        texts=[] if time is None else [time],
        first_line=header.n_lines + 1,
        decimal_comma=header.delimiter == ";",
    )
    if len(columns.numbers) == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no whole row of numbers")
    start_ns = None if header.date is None else date_ns(header.date)
    if time is None:
        rate = header.rate or settings.sampling_rate
        times = place_by_rate(len(columns.numbers), rate, start_ns=start_ns)
    else:
        unit = header.units[time] or header.labels[time]
        times = place_by_times(
            columns.texts[0], unit, header.rate, settings.sampling_rate, start_ns
        )
    return _sorted_columns(header, wanted, columns.numbers, times, columns.notices())


def _sorted_columns(
    header: TableHeader,
    places: list[int],
    numbers: Float64,
    times: TableTimes,
    notices: list[Notice],
) -> _Table:
    """Channels apart from counters and markers."""
    kept, left_out, markers = [], [], []
    for column, place in enumerate(places):
        label, values = header.labels[place], numbers[:, column]
        if _MARKER.fullmatch(label):
            present = np.nan_to_num(values)
            before = np.concatenate([[0.0], present[:-1]])
            rows = np.flatnonzero((present != 0) & (present != before)).tolist()
            markers += [(row, f"{present[row]:g}") for row in rows]
        elif any(header.labels) and _INDEX.fullmatch(label) and (np.diff(values) == 1).all():
            left_out.append(label or f"column {place + 1}")
        else:
            kept.append(column)
    left_out += [
        header.labels[place] or f"column {place + 1}"
        for place, is_number in enumerate(header.is_number)
        if not is_number and not _TIME.fullmatch(header.labels[place])
    ]
    if left_out:
        detail = "counters and texts: " + ", ".join(left_out)
        notices = [*notices, Notice("channels_left_out", detail)]
    return _Table(
        values=numbers[:, kept],
        labels=tuple(header.labels[places[column]] for column in kept),
        units=tuple(header.units[places[column]] for column in kept),
        times=times,
        bits=header.bits,
        markers=tuple(sorted(markers)),
        notices=tuple(notices),
    )


def _signal(label: str) -> str | None:
    return signal_of_label(label) if label else "eeg"


def _count_range(values: Float64, bits: int) -> tuple[float, float] | None:
    """Ends of the converter's counts, if the header tells them and the numbers keep to them."""
    low, high = 0.0, float(2**bits - 1)
    present = values[np.isfinite(values)]
    inside = bits > 0 and len(present) > 0 and present.min() >= low and present.max() <= high
    return (low, high) if inside else None


def _notices_of_counts(table: _Table, settings: RecordingSettings) -> list[Notice]:
    if any(table.units) or settings.unit is not None:
        return []
    present = table.values[np.isfinite(table.values)]
    if table.bits:
        why = f"the header gives a resolution of {table.bits} bits and no unit"
    elif len(present) and (present == np.round(present)).all():
        why = "all numbers are whole and the file names no unit"
    else:
        return []
    detail = (
        f"{why}: they are raw converter counts, not microvolt. Ratios and times are right; every"
        " amplitude, and every threshold in microvolt, is not"
    )
    return [Notice("unit_missing", detail)]


def _notices_of_acc(table: _Table, settings: RecordingSettings) -> list[Notice]:
    """A body at rest shows 1 g: three axes that show 1 m/s^2 have the wrong unit."""
    axes = [place for place, label in enumerate(table.labels) if _signal(label) == "acc"]
    if len(axes) != 3:
        return []
    unit = settings.unit if settings.unit in UNIT_G else table.units[axes[0]]
    norm = float(np.nanmedian(np.linalg.norm(table.values[:, axes], axis=1)))
    g_labelled = norm * (g_of_dimension(unit) or 1.0)
    low, high = _AT_REST_G
    if low <= g_labelled <= high:
        return []
    for other in ("g", "m/s^2", "mg"):
        if low <= norm * (g_of_dimension(other) or 1.0) <= high:
            detail = (
                f"the acceleration is {norm:.3g} {unit or 'g'} long at its median, which no body at"
                f" rest shows; --unit {other} reads it right"
            )
            return [Notice("implausible_unit", detail)]
    return []
