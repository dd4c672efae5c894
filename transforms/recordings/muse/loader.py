"""Recordings of a Muse headband in CSV: muse-lsl, Mind Monitor, Muse Direct.

All are microvolt, Muse Direct and Mind Monitor on top of an offset of about 800. The radio link
makes the time stamps jitter and loses whole packets of twelve samples: see sample_clock.py.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.clocks.sample_clock import SampleClock, clock_notices, place_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.muse.layouts import (
    MUSE_DIRECT,
    MUSE_LSL,
    MuseLayout,
    is_packet_header,
    muse_layout,
)
from transforms.recordings.muse.packets import read_packets
from transforms.recordings.plan import AUTO, Marker, Notice, RecordingSettings
from transforms.recordings.text.rows import read_columns, split_line, text_lines
from transforms.recordings.text.stamps import FIRST_DATE_S, seconds_of_stamps

Float64 = npt.NDArray[np.float64]

PACKET_SAMPLES = 12
"""EEG samples in one packet of the radio link, lost together."""

_EEG_RATES = (256, 220, 500)  # Muse of 2016 and later; of 2014; its research preset
_ACC_RATES = (52, 50)
_ACC_PACKET = 3
_RATE_TOLERANCE = 0.05
_FEWEST_ROWS = 8  # that tell a rate
# Twelve bits of 0.48828125 uV around zero, as muse-lsl writes them.
_MUSE_LSL_RANGE_UV = (-1000.0, 999.51171875)


@dataclasses.dataclass(frozen=True, eq=False)
class MuseTable:
    """What a file of any layout holds.

    Attributes:
      program: that wrote it.
      eeg_s: (n,) seconds, the stamp of each row of `eeg_uv`.
      eeg_uv: (n, n_electrodes) float64.
      acc_s: (m,) seconds; None where the accelerations stand in the rows of the EEG.
      acc_g: (m, 3) or (n, 3) float64; no row where there are none.
      events: (rows of EEG in front of it, text).
    """

    program: str
    electrodes: tuple[str, ...]
    eeg_s: Float64
    eeg_uv: Float64
    acc_s: Float64 | None
    acc_g: Float64
    events: tuple[tuple[int, str], ...]
    notices: tuple[Notice, ...]


def load_muse_csv(path: str, settings: RecordingSettings) -> LoadedRecording:
    """EEG and accelerations of a Muse, with its markers.

    Raises:
      RecordingError: the file cannot be used.
    """
    header = split_line(next(text_lines(path), ""), ",")
    by_packet = is_packet_header(header)
    table = _of_packets(path) if by_packet else _of_rows(path, muse_layout(header))
    if len(table.eeg_s) == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no row with EEG")
    rate = _eeg_rate(table)
    clock = place_samples(table.eeg_s, rate, packet_samples=PACKET_SAMPLES)
    notices = list(table.notices)
    if clock.start_s < FIRST_DATE_S:
        detail = "the time stamps are no dates; times count from 1970 by the recorder's clock"
        notices.append(Notice("unknown_start", detail))
    notices += clock_notices(clock, rate, "EEG")
    eeg, more = _eeg_streams(table, rate, clock, settings)
    acc, of_acc = _acc_streams(table, rate, clock)
    markers = [
        Marker(clock.sample_ns(min(row, len(table.eeg_s) - 1)), 0, text)
        for row, text in table.events
    ]
    return LoadedRecording(eeg + acc, tuple(notices + more + of_acc), tuple(markers))


def _of_packets(path: str) -> MuseTable:
    packets = read_packets(text_lines(path, skip=1))
    return MuseTable(
        MUSE_DIRECT,
        packets.electrodes,
        packets.eeg_s,
        packets.eeg_uv,
        packets.acc_s,
        packets.acc_g,
        packets.events,
        packets.notices,
    )


def _of_rows(path: str, layout: MuseLayout) -> MuseTable:
    eeg_places = [place for place, _ in layout.eeg]
    code_places = [place for place, _ in layout.codes]
    columns = read_columns(
        text_lines(path, skip=1),
        delimiter=",",
        numbers=[*eeg_places, *layout.acc, *code_places],
        texts=[layout.time, *layout.texts],
        first_line=2,
    )
    stamps = seconds_of_stamps(columns.texts[0])
    eeg, acc, codes = np.split(
        columns.numbers, np.cumsum([len(eeg_places), len(layout.acc)]), axis=1
    )
    is_eeg = np.isfinite(eeg).any(axis=1)
    is_acc = np.isfinite(acc).any(axis=1)
    events = [(row, code) for row, code in _coded(layout, codes)]
    for column in columns.texts[1:]:
        events += [(row, _plain(text)) for row, text in enumerate(column) if text]
    before: npt.NDArray[np.int64] = np.cumsum(is_eeg) - is_eeg  # rows of EEG in front
    notices = columns.notices()
    if layout.left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(layout.left_out)
        notices.append(Notice("channels_left_out", detail))
    of_its_own = bool((is_acc & ~is_eeg).any())
    return MuseTable(
        program=layout.program,
        electrodes=tuple(name for _, name in layout.eeg),
        eeg_s=stamps[is_eeg],
        eeg_uv=eeg[is_eeg],
        acc_s=stamps[is_acc] if of_its_own else None,
        acc_g=acc[is_acc] if of_its_own else acc[is_eeg & is_acc.any()],
        events=tuple((int(before[row]), text) for row, text in sorted(events)),
        notices=tuple(notices),
    )


def _coded(layout: MuseLayout, codes: Float64) -> list[tuple[int, str]]:
    """Rows at which a column of codes changes to a number that is not 0."""
    found = []
    for (_, name), column in zip(layout.codes, codes.T, strict=True):
        present = np.nan_to_num(column)
        before = np.concatenate([[0.0], present[:-1]])
        for row in np.flatnonzero((present != 0) & (present != before)).tolist():
            is_named = name.lower() in ("blink", "jaw_clench")
            found.append((row, name.lower() if is_named else f"{present[row]:g}"))
    return found


def _plain(element: str) -> str:
    """`/muse/elements/blink` of Mind Monitor is `blink`."""
    return element.removeprefix("/muse/elements/").lstrip("/") or element


def _rate_hz(stamps_s: Float64) -> float | None:
    """Rows a second; None where there are too few to tell. Losses do not count."""
    step = max(1, len(stamps_s) // 6)
    step = max(1, step // PACKET_SAMPLES) * PACKET_SAMPLES if step >= PACKET_SAMPLES else step
    if len(stamps_s) < _FEWEST_ROWS:
        return None
    seconds = float(np.nanmedian(stamps_s[step:] - stamps_s[:-step]))
    return step / seconds if seconds > 0 else None


def _nearest(rate_hz: float | None, known: tuple[int, ...]) -> Fraction | None:
    if rate_hz is None:
        return Fraction(known[0])
    nearest = min(known, key=lambda hz: abs(rate_hz / hz - 1))
    return Fraction(nearest) if abs(rate_hz / nearest - 1) <= _RATE_TOLERANCE else None


def _eeg_rate(table: MuseTable) -> Fraction:
    measured_hz = _rate_hz(table.eeg_s)
    rate = _nearest(measured_hz, _EEG_RATES)
    if rate is None:
        raise RecordingError(
            Reason.BAD_STREAM,
            f"{measured_hz:.4g} rows of EEG a second by the time stamps; a Muse samples 256 (or"
            " 220, 500). Mind Monitor writes every sample only if its Recording Interval is set to"
            " Constant",
        )
    return rate


def _eeg_streams(
    table: MuseTable, rate: Fraction, clock: SampleClock, settings: RecordingSettings
) -> tuple[tuple[LoadedStream, ...], list[Notice]]:
    low, high = _MUSE_LSL_RANGE_UV
    values = table.eeg_uv[np.isfinite(table.eeg_uv)]
    centred = table.program == MUSE_LSL and values.min() < 0
    inside = values.min() >= low and values.max() <= high + 0.001  # three decimals are written
    adc_range = _MUSE_LSL_RANGE_UV if centred and inside else None
    found = [FoundChannel(name, "eeg", "uV", rate, adc_range) for name in table.electrodes]
    chosen, notices = choose_channels(found, settings)
    streams = loaded_streams(
        chosen,
        columns=lambda places: table.eeg_uv[:, places].copy(),
        start_ns=clock.start_ns(),
        runs_at=lambda _: clock.runs,
    )
    return streams, notices


def _acc_streams(
    table: MuseTable, eeg_rate: Fraction, eeg_clock: SampleClock
) -> tuple[tuple[LoadedStream, ...], list[Notice]]:
    if not np.isfinite(table.acc_g).any():
        return (), []
    rate, clock, notices = eeg_rate, eeg_clock, []
    if table.acc_s is None:
        detail = (
            "the accelerometer's values are repeated in the rows of the EEG; they are kept at the"
            f" rate of the rows, {float(rate):g} Hz"
        )
        notices.append(Notice("repeated_samples", detail))
    else:
        own = _nearest(_rate_hz(table.acc_s), _ACC_RATES)
        if own is None:
            detail = f"acceleration: {_rate_hz(table.acc_s):.4g} rows a second; expected 52 or 50"
            return (), [Notice("channels_left_out", detail)]
        rate = own
        clock = place_samples(table.acc_s, rate, packet_samples=_ACC_PACKET)
        notices += clock_notices(clock, rate, "acceleration")
    found = [FoundChannel(f"acc_{axis}", "acc", "g", rate) for axis in "xyz"]
    chosen, more = choose_channels(found, RecordingSettings(signal=AUTO))
    streams = loaded_streams(
        chosen,
        columns=lambda places: table.acc_g[:, places].copy(),
        start_ns=clock.start_ns(),
        runs_at=lambda _: clock.runs,
    )
    return streams, notices + more
