"""The header of a GDF file, versions 1 and 2, checked against the size of the file.

Layout after Schloegl 2006 (GDF 1.25, and "GDF - a general data format for biomedical signals",
arXiv:cs/0608052): 256 bytes of fixed fields, 256 bytes for all channels' first field, second field
and so on, in version 2 optional tagged fields, then the data records, then the table of events.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import os
import struct
from fractions import Fraction

import numpy as np

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif.opener import exact_rate
from transforms.recordings.times import date_ns

FIXED_BYTES = CHANNEL_BYTES = 256
MAX_CHANNELS = 4096

# Codes of stored types; 24-bit integers are three bytes each.
INT24, UINT24 = 255 + 24, 511 + 24
_TYPES = {1: "<i1", 2: "<u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<i8", 8: "<u8"}
_TYPES |= {16: "<f4", 17: "<f8", INT24: "u1", UINT24: "u1"}

# Units are coded after ISO 11073-10101: a base and, in its last five bits, a decimal prefix.
_BASES = {4256: "V", 6624: "m/s^2"}
_PREFIXES = {0: "", 18: "m", 19: "u", 20: "n"}
_NO_UNIT = (0, 512)  # not said, and dimensionless

_DAY_NS = 86_400_000_000_000
_DAYS_TO_1970 = 719_529  # since the year 0, as Matlab counts


@dataclasses.dataclass(frozen=True)
class GdfChannel:
    """One channel of the header.

    Attributes:
      dimension: unit of the physical range; empty where none is said.
      stored: code of the type.
      samples_per_record: 0 for channels sampled at odd times, whose values are in the event table.
    """

    label: str
    dimension: str
    physical_range: tuple[float, float]
    digital_range: tuple[float, float]
    samples_per_record: int
    stored: int

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of one stored number; of one of its three bytes where it has 24 bits."""
        return np.dtype(_TYPES[self.stored])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what a record holds, in `dtype`."""
        three = (3,) if self.stored in (INT24, UINT24) else ()
        return (self.samples_per_record, *three)

    @property
    def is_float(self) -> bool:
        """Whether the stored numbers are no integers, so that no converter bounds them."""
        return self.dtype.kind == "f"


@dataclasses.dataclass(frozen=True)
class GdfHeader:
    """What the file says of itself.

    Attributes:
      version: 1.25, 2.10 and so on.
      start_ns: None where no date is said.
      header_bytes: before the first record.
      n_records: in the file; counted by its size where the header says -1 (`unclosed`).
    """

    version: float
    start_ns: int | None
    header_bytes: int
    n_records: int
    unclosed: bool
    record_s: Fraction
    channels: tuple[GdfChannel, ...]

    @property
    def record_dtype(self) -> np.dtype[np.void]:
        """Of one data record; its fields are numbered as the channels are."""
        fields = [(str(i), c.dtype, c.shape) for i, c in enumerate(self.channels)]
        return np.dtype(fields)

    @property
    def data_bytes(self) -> int:
        """Of all records."""
        return self.n_records * self.record_dtype.itemsize

    def rate_hz(self, channel: GdfChannel) -> Fraction:
        """The channel's own sampling rate."""
        rate_hz = channel.samples_per_record / self.record_s
        if rate_hz.numerator < 1 << 32 and rate_hz.denominator < 1 << 32:
            return rate_hz
        return exact_rate(float(rate_hz))  # newer files say the record's length as a float


def read_gdf_header(path: str) -> GdfHeader:
    """Reads and checks the header.

    Raises:
      RecordingError: no GDF, the header makes no sense, or the file is shorter than it says.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        fixed = file.read(FIXED_BYTES)
        if not fixed:
            raise RecordingError(Reason.EMPTY, "the file has no bytes")
        version = _version(fixed)
        if len(fixed) < FIXED_BYTES:
            raise RecordingError(
                Reason.TRUNCATED, f"the file has {size} bytes; the header alone has 256"
            )
        (n_channels,) = struct.unpack_from("<H" if version >= 1.9 else "<I", fixed, 252)
        if not 1 <= n_channels <= MAX_CHANNELS:
            raise _bad("number of channels", n_channels, f"1 to {MAX_CHANNELS}")
        variable = file.read(CHANNEL_BYTES * n_channels)
    least_bytes = FIXED_BYTES + CHANNEL_BYTES * n_channels
    if len(variable) < CHANNEL_BYTES * n_channels:
        raise RecordingError(
            Reason.TRUNCATED, f"the file has {size} bytes; its header alone has {least_bytes}"
        )
    header_bytes = _header_bytes(fixed, version)
    if header_bytes < least_bytes:
        raise _bad("header size", header_bytes, f"{least_bytes} or more for {n_channels} channels")
    (n_records,) = struct.unpack_from("<q", fixed, 236)
    header = GdfHeader(
        version=version,
        start_ns=_start_ns(fixed, version),
        header_bytes=header_bytes,
        n_records=n_records,
        unclosed=n_records == -1,
        record_s=_record_s(fixed, version),
        channels=_channels(variable, n_channels, version),
    )
    return _check_size(header, size)


def _version(fixed: bytes) -> float:
    try:
        if fixed[:4] != b"GDF ":
            raise ValueError
        version = float(fixed[4:8])
    except ValueError:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT, "the file does not begin with 'GDF' and a version"
        ) from None
    if not 1 <= version < 4:
        raise _bad("version", fixed[4:8].decode("latin-1"), "1.00 to 3.99")
    return version


def _header_bytes(fixed: bytes, version: float) -> int:
    if version < 1.9:
        return int(struct.unpack_from("<q", fixed, 184)[0])
    return int(struct.unpack_from("<H", fixed, 184)[0]) * 256


def _start_ns(fixed: bytes, version: float) -> int | None:
    if version >= 1.9:
        (ticks,) = struct.unpack_from("<Q", fixed, 168)  # of 2**-32 days: 20 microseconds
        return (
            round(Fraction(ticks * _DAY_NS, 2**32) / 1000) * 1000 - _DAYS_TO_1970 * _DAY_NS
            if ticks
            else None
        )
    text = fixed[168:184].decode("latin-1").strip(" \x00")
    if not text.isdecimal() or len(text) not in (14, 16):
        return None
    try:
        date = datetime.datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
    except ValueError:
        return None
    return date_ns(date) + int(text[14:] or 0) * 10_000_000  # hundredths of a second


def _record_s(fixed: bytes, version: float) -> Fraction:
    """A ratio of integers, from version 2.21 on a float."""
    (length_s,) = struct.unpack_from("<d", fixed, 244)
    if version >= 2.21 and 1e-9 < length_s < 1e9:
        return Fraction(length_s)
    numerator, denominator = struct.unpack_from("<II", fixed, 244)
    if numerator == 0 or denominator == 0:
        raise _bad("duration of a data record", f"{numerator}/{denominator}", "more than 0 seconds")
    return Fraction(numerator, denominator)


def _channels(variable: bytes, n: int, version: float) -> tuple[GdfChannel, ...]:
    def column(offset: int, dtype: str) -> list[float]:
        return np.frombuffer(variable, dtype, count=n, offset=offset * n).tolist()

    labels = [_text(variable[16 * i : 16 * (i + 1)]) for i in range(n)]
    if version >= 1.9:
        dimensions = [_dimension(int(code)) for code in column(102, "<u2")]
        low_digital, high_digital = column(120, "<f8"), column(128, "<f8")
    else:
        places = [96 * n + 8 * i for i in range(n)]
        dimensions = [_text(variable[place : place + 8]) for place in places]
        low_digital, high_digital = column(120, "<i8"), column(128, "<i8")
    physical = zip(column(104, "<f8"), column(112, "<f8"), strict=True)
    digital = zip(low_digital, high_digital, strict=True)
    per_record, stored = column(216, "<u4"), column(220, "<u4")
    for i, code in enumerate(stored):
        if code not in _TYPES:
            raise _bad(f"type of channel {labels[i]}", int(code), f"one of {sorted(_TYPES)}")
    rows = zip(labels, dimensions, physical, digital, per_record, stored, strict=True)
    return tuple(GdfChannel(a, b, c, d, int(e), int(f)) for a, b, c, d, e, f in rows)


def _text(field: bytes) -> str:
    return field.split(b"\x00")[0].decode("latin-1").strip()


def _dimension(code: int) -> str:
    if code in _NO_UNIT:
        return ""
    base, prefix = _BASES.get(code & ~31), _PREFIXES.get(code & 31)
    return f"unit code {code}" if base is None or prefix is None else prefix + base


def _bad(name: str, found: object, expected: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER, f"{name} is {found!r} in the header; expected {expected}"
    )


def _check_size(header: GdfHeader, size: int) -> GdfHeader:
    record_bytes = sum(
        channel.dtype.itemsize * math.prod(channel.shape) for channel in header.channels
    )
    data_bytes = size - header.header_bytes
    if record_bytes == 0:
        raise RecordingError(Reason.NO_SIGNAL, "no channel is regularly sampled")
    if header.unclosed:  # the recorder did not come to write the count: whole records count
        header = dataclasses.replace(header, n_records=max(data_bytes, 0) // record_bytes)
    if header.n_records < 0:
        raise _bad("number of data records", header.n_records, "0 or more, or -1 for unknown")
    expected = header.n_records * record_bytes
    if data_bytes < expected:
        raise RecordingError(
            Reason.TRUNCATED,
            f"{expected - data_bytes} of {expected} data bytes are missing ({header.n_records}"
            f" records of {record_bytes} bytes); copy the file again",
        )
    if header.n_records == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no data record")
    return header
