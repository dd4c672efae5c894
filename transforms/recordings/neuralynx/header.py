"""The text header of a Neuralynx file: 16 kB of lines `-Name value`, padded with zeros.

The date stands in a property of newer files (`-TimeCreated 2023/11/02 13:39:27`) and in a comment
of older ones (`## Time Opened (m/d/y): 11/29/2013  (h:m:s.ms) 17:5:16.793`).
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
from fractions import Fraction

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.text.numbers import exact_number

HEADER_BYTES = 16_384
_OPENING = b"######## Neuralynx"
_CONTINUOUS = ("NCS", "CSC")
_CREATED = re.compile(r"-TimeCreated (\d{1,4})/(\d\d?)/(\d\d?) (\d\d?):(\d\d?):(\d\d?)(\.\d{1,9})?")
_OPENED = re.compile(
    r"## (?:Time|Date) Opened.*?(\d\d?)/(\d\d?)/(\d{1,4})\s.*?(\d\d?):(\d\d?):(\d\d?)(\.\d{1,9})?"
)
_CLOSED = re.compile(r"-TimeClosed \d|## (?:Time|Date) Closed")
_TRUTH = {"true": True, "false": False}


@dataclasses.dataclass(frozen=True)
class NeuralynxHeader:
    """One channel.

    Attributes:
      volts: of one step of the converter; negative where the input was inverted.
      max_step: the end of the converter's range, None where it is not said.
      high_cut_hz: edge of the low-pass filter the samples went through, None where there was none.
      opened: by the clock of the recording computer, which does not say its time zone: taken for
        UTC, as in EDF. None where it is not said.
      is_closed: whether the recorder came to write when it closed the file.
    """

    name: str
    rate_hz: Fraction
    volts: float
    max_step: int | None
    high_cut_hz: float | None
    opened: datetime.datetime | None
    is_closed: bool


def read_neuralynx_header(path: str) -> NeuralynxHeader:
    """Reads and checks the header.

    Raises:
      RecordingError: no continuous Neuralynx channel, or the header makes no sense.
    """
    with open(path, "rb") as file:
        content = file.read(HEADER_BYTES)
    if not content:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    if not content.startswith(_OPENING):
        raise RecordingError(
            Reason.UNKNOWN_FORMAT, f"the file does not begin with {_OPENING.decode()!r}"
        )
    if len(content) < HEADER_BYTES:
        raise RecordingError(
            Reason.TRUNCATED, f"the file has {len(content)} bytes; its header alone has 16,384"
        )
    text = content.decode("latin-1").replace("\x00", "")
    fields = _fields(text)
    if fields.get("FileType", "NCS").upper() not in _CONTINUOUS:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"FileType is {fields['FileType']!r}; expected NCS, a continuously sampled channel",
        )
    max_step = _positive(fields, "ADMaxValue") if "ADMaxValue" in fields else None
    sign = -1 if _is_true(fields, "InputInverted") else 1
    return NeuralynxHeader(
        name=fields.get("AcqEntName", "").strip('"') or os.path.basename(path).rpartition(".")[0],
        rate_hz=_positive(fields, "SamplingFrequency"),
        volts=float(_positive(fields, "ADBitVolts")) * sign,
        max_step=None if max_step is None else round(max_step),
        high_cut_hz=_high_cut_hz(fields),
        opened=_opened(text),
        is_closed=_CLOSED.search(text) is not None,
    )


def _fields(text: str) -> dict[str, str]:
    fields = {}
    for line in text.splitlines():
        if line.startswith("-"):
            name, _, value = line[1:].strip().partition(" ")
            fields[name] = value.strip()
    return fields


def _is_true(fields: dict[str, str], name: str) -> bool:
    value = fields.get(name, "False")
    if value.lower() not in _TRUTH:
        raise _bad(name, value, "True or False")
    return _TRUTH[value.lower()]


def _positive(fields: dict[str, str], name: str) -> Fraction:
    """Exactly as it is written."""
    value = fields.get(name, "")
    number = exact_number(value)
    if number is None or number <= 0:
        raise _bad(name, value, "a number above 0")
    return number


def _high_cut_hz(fields: dict[str, str]) -> float | None:
    if not _is_true(fields, "DSPHighCutFilterEnabled"):
        return None
    number = exact_number(fields.get("DspHighCutFrequency", ""))
    return None if number is None else float(number)


def _opened(text: str) -> datetime.datetime | None:
    found = _CREATED.search(text)
    if found:
        year, month, day, *clock, fraction = found.groups()
    else:
        found = _OPENED.search(text)
        if not found:
            return None
        month, day, year, *clock, fraction = found.groups()
    try:
        date = datetime.date(int(year), int(month), int(day))
        hour, minute, second = (int(part) for part in clock)
        time = datetime.time(hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        return None
    seconds = float(fraction or 0)
    return datetime.datetime.combine(date, time) + datetime.timedelta(seconds=seconds)


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in the header; expected {expected}"
    )
