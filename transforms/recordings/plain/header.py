"""What a plain table of numbers says of itself: comments, column names, delimiter.

BioSPPy's Simple Text Format has it in comments, one `# Key:= value` a line: Sampling Rate (Hz),
Resolution (bits of the converter, 0 for none), Units, Labels, Date. Others have a row of names, or
nothing.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.text.numbers import exact_number
from transforms.recordings.text.rows import split_line

_MAX_COMMENTS = 1000
_MAX_BITS = 32
_DELIMITERS = ("\t", ";", ",")
_UNIT = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]$")


@dataclasses.dataclass(frozen=True)
class TableHeader:
    """What stands in front of the numbers, and how they are written.

    Attributes:
      n_lines: in front of the first row.
      delimiter: None for white space.
      labels: of the columns, as written, without a unit; "" where a column has none.
      units: of the columns, as written; "" where there is none.
      is_number: whether the first row has a number, or nothing, in the column.
      rate: hertz; None where the table does not tell.
      bits: of the converter whose counts the numbers are; 0 where it does not tell.
      date: of the first row; None where it does not tell.
    """

    n_lines: int
    delimiter: str | None
    labels: tuple[str, ...]
    units: tuple[str, ...]
    is_number: tuple[bool, ...]
    rate: Fraction | None
    bits: int
    date: datetime.datetime | None


def read_table_header(lines: Iterator[str]) -> TableHeader:
    """The header, from the lines of a file.

    Raises:
      RecordingError: what follows is no table of numbers, or the header makes no sense.
    """
    said: dict[str, str] = {}
    n_lines, first, second = 0, "", ""
    for line in itertools.islice(lines, _MAX_COMMENTS):
        if first:
            second = line
            break
        if line.startswith(("#", "%")):
            key, is_pair, value = line.lstrip("#% ").partition(":=")
            if is_pair:
                said[key.strip().lower()] = value.strip()
        elif line.strip():
            first = line
            continue
        n_lines += 1
    if not first:
        raise RecordingError(Reason.NO_SAMPLES, "no row of numbers")
    delimiter = next((mark for mark in _DELIMITERS if mark in first), None)
    cells = split_line(first, delimiter)
    names: list[str] = []
    if not all(_is_number(cell, delimiter) for cell in cells):
        names, cells = cells, split_line(second, delimiter)
        n_lines += 1
    is_number = tuple(_is_number(cell, delimiter) for cell in cells)
    if not any(is_number) or not any(cells):
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            "the text is no table of numbers; expected rows of numbers, one column a channel, with"
            " or without a row of names",
        )
    labels, units = _labels(said, names, len(cells))
    return TableHeader(
        n_lines, delimiter, labels, units, is_number, _rate(said), _bits(said), _date(said)
    )


def _is_number(cell: str, delimiter: str | None) -> bool:
    if delimiter == ";":
        cell = cell.replace(",", ".")
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True


def _labels(
    said: dict[str, str], names: Sequence[str], n_columns: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not names and "labels" in said:
        names = [name.strip() for name in re.split(r"[\t,;]", said["labels"])]
    if names and len(names) != n_columns:
        raise RecordingError(
            Reason.BAD_HEADER, f"{len(names)} names of columns and {n_columns} columns"
        )
    labels, units = [], []
    for name in names or [""] * n_columns:
        match = _UNIT.match(name)
        labels.append(match[1] if match else name)
        units.append(match[2] if match else said.get("units", ""))
    return tuple(labels), tuple(units)


def _rate(said: dict[str, str]) -> Fraction | None:
    text = said.get("sampling rate (hz)")
    if text is None:
        return None
    rate = exact_number(text)
    if rate is None or rate <= 0:
        raise RecordingError(
            Reason.BAD_HEADER, f"Sampling Rate (Hz) is {text[:20]!r}; expected a number of hertz"
        )
    return rate


def _bits(said: dict[str, str]) -> int:
    bits = exact_number(said.get("resolution", "0"))
    if bits is None or bits.denominator != 1 or not 0 <= bits <= _MAX_BITS:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"Resolution is {said['resolution'][:20]!r}; expected bits, 0 to {_MAX_BITS}",
        )
    return int(bits)


def _date(said: dict[str, str]) -> datetime.datetime | None:
    try:
        date = datetime.datetime.fromisoformat(said.get("date", ""))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)
