"""Recordings of the OpenBCI GUI as text: Cyton, Cyton with Daisy, Ganglion.

Channels are microvolt. Samples are placed by the board's index (openbci_counter.py), not by the
time stamps, which come in groups. The accelerometer is sampled more slowly (a Cyton 25 times a
second); newer GUIs repeat its last value in every row, older ones write zeros between, which we
fill in the same way.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.clocks.sample_clock import clock_notices, place_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.openbci.counter import Board, PlacedRows, place_by_counter
from transforms.recordings.openbci.header import OpenBciHeader, read_openbci_header
from transforms.recordings.plan import Marker, Notice, RecordingSettings
from transforms.recordings.text.rows import read_columns, text_lines
from transforms.recordings.text.stamps import FIRST_DATE_S, seconds_of_stamps
from transforms.recordings.times import sample_ns

Float64 = npt.NDArray[np.float64]

ADS1299_RANGE_UV = (-187_500.0, 187_500.0)
"""Of the Cyton's converter at its gain of 24: 4.5 V / 24, either way."""

_MOSTLY = 0.5


def load_openbci_text(path: str, settings: RecordingSettings) -> LoadedRecording:
    """Channels and accelerations of an OpenBCI board, with its markers.

    Raises:
      RecordingError: the file cannot be used.
    """
    header = read_openbci_header(text_lines(path))
    rate = header.rate or settings.sampling_rate
    if rate is None:
        raise RecordingError(
            Reason.BAD_HEADER,
            "the header says no sample rate: say it with --sampling-rate-hz (Cyton 250, with Daisy"
            " 125, Ganglion 200)",
        )
    marker = () if header.marker is None else (header.marker,)
    columns = read_columns(
        text_lines(path, skip=header.n_lines),
        delimiter=",",
        numbers=[0, *header.exg, *header.acc, *marker],
        texts=[] if header.stamp is None else [header.stamp],
        first_line=header.n_lines + 1,
    )
    n_rows = len(columns.numbers)
    if n_rows == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no whole row of samples")
    stamps = seconds_of_stamps(columns.texts[0]) if columns.texts else np.full(n_rows, np.nan)
    index = np.nan_to_num(columns.numbers[:, 0], nan=-1, posinf=-1, neginf=-1)
    placed = place_by_counter(
        np.clip(index, -1, 256).astype(np.int64), stamps, float(rate), header.board
    )
    start_ns, notices = _start(stamps[placed.order], rate)
    notices = columns.notices() + notices + _counter_notices(placed, header)
    sorted_rows = columns.numbers[placed.order]
    streams, more = _streams(sorted_rows, header, rate, placed, start_ns, settings)
    return LoadedRecording(
        streams, tuple(notices + more), tuple(_markers(sorted_rows, header, rate, placed, start_ns))
    )


def _start(stamps_s: Float64, rate: Fraction) -> tuple[int, list[Notice]]:
    """Time of the first sample, and what is to be said of the stamps."""
    if not np.isfinite(stamps_s).any():
        return 0, [Notice("unknown_start", "the rows have no time; times count from 1970")]
    clock = place_samples(stamps_s, rate)
    notices = [n for n in clock_notices(clock, rate, "EXG") if n.kind == "clock_drift"]
    if clock.start_s < FIRST_DATE_S:
        detail = "the rows have the time of the day without a date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    return clock.start_ns(), notices


def _counter_notices(placed: PlacedRows, header: OpenBciHeader) -> list[Notice]:
    notices = []
    if header.left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(header.left_out)
        notices.append(Notice("channels_left_out", detail))
    found = [
        f"{number} {what}"
        for number, what in (
            (placed.n_swapped, "stood behind a later sample and were put in their place"),
            (placed.n_twice, "came twice and were left out the second time"),
            (placed.n_restarts, "follow a restart of the board and were placed by their time"),
        )
        if number
    ]
    if found:
        notices.append(
            Notice("samples_reordered", "by the sample index, rows: " + "; ".join(found))
        )
    return notices


def _streams(
    rows: Float64,
    header: OpenBciHeader,
    rate: Fraction,
    placed: PlacedRows,
    start_ns: int,
    settings: RecordingSettings,
) -> tuple[tuple[LoadedStream, ...], list[Notice]]:
    n_exg = len(header.exg)
    adc_range = None if header.board is Board.GANGLION else ADS1299_RANGE_UV
    exg = [FoundChannel(f"EXG{i}", "eeg", "uV", rate, adc_range) for i in range(n_exg)]
    chosen, notices = choose_channels(exg, settings)
    groups = [(chosen, rows[:, 1 : 1 + n_exg])]
    acc = rows[:, 1 + n_exg : 1 + n_exg + len(header.acc)]
    if acc.any():
        of_acc = [FoundChannel(f"acc_{axis}", "acc", "g", rate) for axis in "xyz"]
        chosen, more = choose_channels(of_acc, RecordingSettings())
        groups.append((chosen, _held(acc)))
        detail = (
            "the accelerometer's values are repeated in the rows of the channels; they are kept at"
            f" the rate of the rows, {float(rate):g} Hz"
        )
        notices += [*more, Notice("repeated_samples", detail)]
    streams: tuple[LoadedStream, ...] = ()
    for chosen, table in groups:
        streams += loaded_streams(
            chosen,
            columns=lambda places, table=table: table[:, places].copy(),  # type: ignore[misc]
            start_ns=start_ns,
            runs_at=lambda _: placed.runs,
        )
    return streams, notices


def _held(acc: Float64) -> Float64:
    """Rows of zeros between others take the values in front of them."""
    is_empty = (acc == 0).all(axis=1)
    if is_empty.mean() < _MOSTLY:
        return acc
    rows = np.where(is_empty, -1, np.arange(len(acc)))
    last = np.maximum.accumulate(rows)
    held = acc[np.maximum(last, 0)]
    held[last < 0] = np.nan
    return held


def _markers(
    rows: Float64, header: OpenBciHeader, rate: Fraction, placed: PlacedRows, start_ns: int
) -> list[Marker]:
    """One at each change of the marker column to a number that is not 0."""
    if header.marker is None:
        return []
    codes = np.nan_to_num(rows[:, -1])
    before = np.concatenate([[0.0], codes[:-1]])
    found = np.flatnonzero((codes != 0) & (codes != before))
    places = np.concatenate(
        [np.arange(r.first_sample, r.first_sample + r.n_samples) for r in placed.runs]
    )
    return [
        Marker(sample_ns(start_ns, int(places[row]), rate), 0, f"{codes[row]:g}")
        for row in found.tolist()
    ]
