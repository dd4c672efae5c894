"""What the columns of an OpenBCI GUI text file are, by its header or by the board."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.openbci.counter import Board
from transforms.recordings.text.numbers import exact_number
from transforms.recordings.text.rows import split_line

_MAX_HEADER_LINES = 100
_RATES = {Board.CYTON: Fraction(250), Board.DAISY: Fraction(125), Board.GANGLION: Fraction(200)}
_CHANNELS = {Board.CYTON: 8, Board.DAISY: 16, Board.GANGLION: 4}
_MAX_CHANNELS = 64
_N_ACC = 3


@dataclasses.dataclass(frozen=True)
class OpenBciHeader:
    """Places of the columns.

    Attributes:
      n_lines: in front of the first row of samples.
      rate: hertz; None where neither header nor board tells it.
      exg: places of the channels; the index of samples is column 0.
      acc: places of x, y and z; empty where there are none.
      stamp: place of the time stamp, None where there is none.
      marker: place of the column of markers, None where there is none.
      left_out: names of analog and digital inputs.
    """

    n_lines: int
    board: Board
    rate: Fraction | None
    exg: tuple[int, ...]
    acc: tuple[int, ...]
    stamp: int | None
    marker: int | None
    left_out: tuple[str, ...]


def read_openbci_header(lines: Iterator[str]) -> OpenBciHeader:
    """The header, from the lines of a file.

    Files of GUI 5 and later name their columns; older ones hold the index, the channels, three
    accelerations and the time, in that order.

    Raises:
      RecordingError: there is no row of samples, or it does not fit the header.
    """
    said: dict[str, str] = {}
    for n_lines, line in enumerate(lines):
        if n_lines >= _MAX_HEADER_LINES:
            break
        if line.startswith("%"):
            key, _, value = line.lstrip("% ").partition("=")
            said[key.strip().lower()] = value.strip()
        elif line.lower().startswith("sample index"):
            return _named(said, n_lines + 1, split_line(line, ","))
        elif line.strip():
            return _unnamed(said, n_lines, split_line(line, ","))
    raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no row of samples")


def _named(said: dict[str, str], n_lines: int, names: Sequence[str]) -> OpenBciHeader:
    lower = [name.lower() for name in names]
    exg = tuple(p for p, name in enumerate(lower) if re.fullmatch(r"e[xe]g channel \d+", name))
    acc = tuple(p for p, name in enumerate(lower) if name.startswith("accel channel"))
    stamps = [p for p, name in enumerate(lower) if name == "timestamp"]
    markers = [p for p, name in enumerate(lower) if name in ("marker channel", "marker")]
    if not exg:
        raise RecordingError(
            Reason.BAD_HEADER, "no column is named EXG Channel; expected EXG Channel 0 and so on"
        )
    return _header(
        said,
        n_lines,
        exg,
        acc=acc if len(acc) == _N_ACC else (),
        stamp=stamps[0] if stamps else None,
        marker=markers[0] if markers else None,
        left_out=tuple(n for n in names if re.match(r"(analog|digital|resistance) ", n.lower())),
    )


def _unnamed(said: dict[str, str], n_lines: int, cells: Sequence[str]) -> OpenBciHeader:
    times = [place for place, cell in enumerate(cells) if ":" in cell]
    n_numbers = times[0] if times else len(cells)
    n_exg = _number_of_channels(said)
    if n_exg is None:
        n_exg = n_numbers - 1 - _N_ACC
        if n_exg not in _CHANNELS.values():
            raise RecordingError(
                Reason.BAD_HEADER,
                f"the header says no number of channels, and {n_numbers} columns fit no board;"
                " expected a line such as %Number of channels = 8",
            )
    if n_numbers <= n_exg:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"{n_numbers} columns of numbers; expected an index and {n_exg} channels",
        )
    # The time of the day is followed by milliseconds since 1970 from GUI 3 on.
    stamp = (times[0] + 1 if times[0] + 1 < len(cells) else times[0]) if times else None
    has_acc = n_numbers >= 1 + n_exg + _N_ACC
    acc = tuple(range(1 + n_exg, 1 + n_exg + _N_ACC)) if has_acc else ()
    exg = tuple(range(1, 1 + n_exg))
    return _header(said, n_lines, exg, acc=acc, stamp=stamp, marker=None, left_out=())


def _number_of_channels(said: dict[str, str]) -> int | None:
    text = said.get("number of channels")
    if text is None:
        return None
    number = exact_number(text)
    if number is None or number.denominator != 1 or not 1 <= number <= _MAX_CHANNELS:
        raise RecordingError(
            Reason.BAD_HEADER, f"number of channels is {text[:20]!r}; expected 1 to {_MAX_CHANNELS}"
        )
    return int(number)


def _header(
    said: dict[str, str],
    n_lines: int,
    exg: tuple[int, ...],
    *,
    acc: tuple[int, ...],
    stamp: int | None,
    marker: int | None,
    left_out: tuple[str, ...],
) -> OpenBciHeader:
    board = _board(said.get("board", ""), len(exg))
    rate = _RATES[board] if len(exg) == _CHANNELS[board] else None
    if "sample rate" in said:
        text = said["sample rate"]
        rate = exact_number(text.lower().removesuffix("hz"))
        if rate is None or rate <= 0:
            raise RecordingError(
                Reason.BAD_HEADER, f"sample rate is {text[:20]!r}; expected hertz, such as 250 Hz"
            )
    return OpenBciHeader(n_lines, board, rate, exg, acc, stamp, marker, left_out)


def _board(name: str, n_exg: int) -> Board:
    lower = name.lower()
    if "ganglion" in lower:
        return Board.GANGLION
    if "daisy" in lower:
        return Board.DAISY
    if "cyton" in lower:
        return Board.CYTON
    by_channels = {n: board for board, n in _CHANNELS.items()}
    return by_channels.get(n_exg, Board.CYTON)
