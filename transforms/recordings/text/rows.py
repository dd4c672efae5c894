"""Columns of a text table, read line by line."""

from __future__ import annotations

import array
import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Notice

_ABSENT = {"", "nan", "na", "n/a", "null", "none"}
_SHOWN = 40  # characters of a bad cell in a message


@dataclasses.dataclass(frozen=True, eq=False)
class TextColumns:
    """What was read.

    Attributes:
      numbers: (n_rows, n_number_columns) float64; NaN where a cell is empty.
      texts: one list of n_rows texts for each text column; "" where the row ends before it.
      is_cut: the last line was no whole row and was left out.
    """

    numbers: npt.NDArray[np.float64]
    texts: tuple[list[str], ...]
    is_cut: bool

    def notices(self) -> list[Notice]:
        """The last line, if it was cut."""
        if not self.is_cut:
            return []
        return [Notice("unclosed_file", "the last line is cut short and was left out")]


def text_lines(path: str, skip: int = 0) -> Iterator[str]:
    """Lines without their ends; bytes that are no UTF-8 become question marks."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        for line in itertools.islice(file, skip, None):
            yield line.rstrip("\n")


def split_line(line: str, delimiter: str | None) -> list[str]:
    """Cells without white space and quotes around them; None: by white space."""
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def read_columns(
    lines: Iterator[str],
    *,
    delimiter: str | None,
    numbers: Sequence[int],
    texts: Sequence[int] = (),
    first_line: int = 1,
    decimal_comma: bool = False,
) -> TextColumns:
    """Some columns of all rows; empty lines are skipped.

    Args:
      numbers, texts: places of the columns wanted.
      first_line: number of the first line in the file, for messages.

    Raises:
      RecordingError: a row, except the last, lacks a column of numbers, or a cell is no number.
    """
    values = array.array("d")
    columns: tuple[list[str], ...] = tuple([] for _ in texts)
    bad: RecordingError | None = None
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            continue
        if bad is not None:
            raise bad
        if decimal_comma:
            line = line.replace(",", ".")
        cells = line.split(delimiter)
        try:
            row = [float(cells[place]) for place in numbers]
        except (ValueError, IndexError):
            try:
                row = _careful(cells, numbers, number)
            except RecordingError as error:
                bad = error  # of the last line: the recorder was stopped while it wrote
                continue
        values.extend(row)
        for column, place in zip(columns, texts, strict=True):
            column.append(cells[place].strip().strip('"') if place < len(cells) else "")
    table = np.frombuffer(values, dtype=np.float64).reshape(-1, len(numbers)).copy()
    return TextColumns(table, columns, is_cut=bad is not None)


def _careful(cells: Sequence[str], numbers: Sequence[int], line: int) -> list[float]:
    if len(cells) <= max(numbers):
        raise RecordingError(
            Reason.UNREADABLE,
            f"line {line} has {len(cells)} columns; expected at least {max(numbers) + 1}",
        )
    row = []
    for place in numbers:
        cell = cells[place].strip().strip('"')
        try:
            row.append(float("nan") if cell.lower() in _ABSENT else float(cell))
        except ValueError:
            raise RecordingError(
                Reason.UNREADABLE,
                f"line {line}, column {place + 1}: {cell[:_SHOWN]!r}; expected a number",
            ) from None
    return row
