"""The header of an EDF, EDF+ or BDF file, exact, and checked against the size of the file.

MNE rounds its numbers, and reads what it can of a damaged file; we look first.
Layout after Kemp et al. 1992 and Kemp and Olivan 2003 (EDF+): 256 bytes of fixed fields, then 256
bytes for each signal, all of it text in fields of fixed width.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from fractions import Fraction
from typing import BinaryIO, TypeVar

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.text.numbers import exact_number

FIXED_BYTES = SIGNAL_BYTES = 256
MAX_SIGNALS = 4096  # of the format: the field has four characters; of the engine: channels

_MAGIC = {b"0       ": "edf", b"\xffBIOSEMI": "bdf"}
_SAMPLE_BYTES = {"edf": 2, "bdf": 3}
_ANNOTATION_LABELS = ("EDF Annotations", "BDF Annotations")

Parsed = TypeVar("Parsed")


@dataclasses.dataclass(frozen=True)
class EdfSignal:
    """One signal of the header; ranges as (minimum, maximum), the physical one may be inverted."""

    label: str
    dimension: str
    physical_range: tuple[float, float]
    digital_range: tuple[float, float]
    samples_per_record: int

    @property
    def is_annotations(self) -> bool:
        """Whether it holds text instead of samples."""
        return self.label in _ANNOTATION_LABELS


@dataclasses.dataclass(frozen=True)
class EdfHeader:
    """What the file says of itself.

    Attributes:
      reader: `edf` or `bdf`.
      record_s: length of a data record in seconds, exact.
      n_records: in the file; counted by its size where the header says -1 (`unclosed`).
      is_discontinuous: EDF+D: records carry their own times, and there may be gaps between them.
    """

    reader: str
    record_s: Fraction
    n_records: int
    signals: tuple[EdfSignal, ...]
    is_discontinuous: bool
    unclosed: bool

    @property
    def header_bytes(self) -> int:
        """Bytes before the first data record."""
        return FIXED_BYTES + SIGNAL_BYTES * len(self.signals)

    @property
    def sample_bytes(self) -> int:
        """Bytes of one stored number."""
        return _SAMPLE_BYTES[self.reader]

    @property
    def record_bytes(self) -> int:
        """Bytes of one data record."""
        return self.sample_bytes * sum(signal.samples_per_record for signal in self.signals)

    def rate_hz(self, signal: EdfSignal) -> Fraction:
        """The signal's own sampling rate, exact."""
        return signal.samples_per_record / self.record_s


def read_edf_header(path: str) -> EdfHeader:
    """Reads and checks the header.

    Raises:
      RecordingError: the file is empty, is no EDF, its header makes no sense, or its size is not
        what the header promises.
    """
    size = os.path.getsize(path)
    if size == 0:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    with open(path, "rb") as file:
        reader = _MAGIC.get(file.read(8))
        if reader is None:
            raise RecordingError(
                Reason.UNKNOWN_FORMAT,
                "the first 8 bytes are neither EDF ('0' and spaces) nor BDF (255 and 'BIOSEMI')",
            )
        if size < FIXED_BYTES:
            raise RecordingError(
                Reason.TRUNCATED, f"the file has {size} bytes; the header alone has 256"
            )
        header = _read_fields(file, reader, size)
    return _check_size(header, size)


def _read_fields(file: BinaryIO, reader: str, size: int) -> EdfHeader:
    file.seek(184)
    header_bytes = _field(file, 8, "header size", _whole)
    reserved = file.read(44).decode("latin-1")
    n_records = _field(file, 8, "number of data records", _whole)
    record_s = _field(file, 8, "duration of a data record", _fraction)
    n_signals = _field(file, 4, "number of signals", _whole)
    if not 1 <= n_signals <= MAX_SIGNALS:
        raise _bad("number of signals", n_signals, f"1 to {MAX_SIGNALS}")
    if header_bytes != FIXED_BYTES + SIGNAL_BYTES * n_signals:
        raise _bad(
            "header size", header_bytes, f"256 + 256 x {n_signals} signals: not a whole header"
        )
    if size < header_bytes:
        raise RecordingError(
            Reason.TRUNCATED, f"the file has {size} bytes; its header alone has {header_bytes}"
        )
    signals = _read_signals(file, n_signals)
    if record_s <= 0 and not all(signal.is_annotations for signal in signals):
        raise _bad("duration of a data record", float(record_s), "more than 0 seconds")
    return EdfHeader(
        reader=reader,
        record_s=record_s,
        n_records=n_records,
        signals=signals,
        is_discontinuous=reserved.startswith(("EDF+D", "BDF+D")),
        unclosed=n_records == -1,
    )


def _read_signals(file: BinaryIO, n_signals: int) -> tuple[EdfSignal, ...]:
    def column(width: int, name: str, parse: Callable[[str], Parsed]) -> list[Parsed]:
        return [_field(file, width, f"{name} of signal {i}", parse) for i in range(n_signals)]

    labels = column(16, "label", str)
    column(80, "transducer", str)
    dimensions = column(8, "physical dimension", str)
    physical = list(
        zip(
            column(8, "physical minimum", _number),
            column(8, "physical maximum", _number),
            strict=True,
        )
    )
    digital = list(
        zip(
            column(8, "digital minimum", _number),
            column(8, "digital maximum", _number),
            strict=True,
        )
    )
    column(80, "prefiltering", str)
    n_samples = column(8, "samples per record", _whole)
    for i, signal_samples in enumerate(n_samples):
        if signal_samples < 1:
            raise _bad(f"samples per record of signal {i}", signal_samples, "1 or more")
    rows = zip(labels, dimensions, physical, digital, n_samples, strict=True)
    return tuple(EdfSignal(*row) for row in rows)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):  # int() takes more: "1_0"
        raise ValueError
    return int(text)


def _field(file: BinaryIO, width: int, name: str, parse: Callable[[str], Parsed]) -> Parsed:
    text = file.read(width).decode("latin-1").split("\x00")[0].strip()
    try:
        return parse(text)
    except (ValueError, ZeroDivisionError):
        raise _bad(name, text, "a number") from None


def _number(text: str) -> float:
    return float(_fraction(text))


def _fraction(text: str) -> Fraction:
    number = exact_number(text)
    if number is None:
        raise ValueError
    return number


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in the header; expected {expected}"
    )


def _check_size(header: EdfHeader, size: int) -> EdfHeader:
    data_bytes = size - header.header_bytes
    if header.unclosed:  # the recorder did not come to write the count: whole records count
        header = dataclasses.replace(header, n_records=data_bytes // header.record_bytes)
    elif header.n_records < 0:
        raise _bad("number of data records", header.n_records, "0 or more, or -1 for unknown")
    expected = header.n_records * header.record_bytes
    whole = f"{header.n_records} records of {header.record_bytes} bytes"
    if data_bytes < expected:
        raise RecordingError(
            Reason.TRUNCATED,
            f"{expected - data_bytes} of {expected} data bytes are missing ({whole}); copy the"
            " file again",
        )
    if data_bytes > expected and not header.unclosed:
        raise RecordingError(
            Reason.SIZE_MISMATCH,
            f"{data_bytes - expected} bytes more than the {expected} of {whole}; a copy in text"
            " mode that turned line ends into CRLF does this: copy the file again, as binary",
        )
    if header.n_records == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no data record")
    return header
