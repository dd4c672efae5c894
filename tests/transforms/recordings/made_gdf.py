"""GDF files byte by byte, versions 1 and 2."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

MICROVOLT, MILLIVOLT, METRE_PER_S2, OHM = 4275, 4274, 6624, 4288
INT16, INT32, FLOAT32, FLOAT64, INT24 = 3, 5, 16, 17, 279
_DTYPES = {INT16: "<i2", INT32: "<i4", FLOAT32: "<f4", FLOAT64: "<f8", 2: "<u1"}
_TEXT_UNITS = {MICROVOLT: b"uV", MILLIVOLT: b"mV", OHM: b"Ohm", 0: b""}


@dataclasses.dataclass(frozen=True)
class MadeGdfChannel:
    """One channel: numbers as stored, whole records of them."""

    label: str
    digital: np.ndarray
    per_record: int
    unit: int = MICROVOLT
    physical: tuple[float, float] = (-3276.8, 3276.7)
    digital_range: tuple[float, float] = (-32768, 32767)
    stored: int = INT16

    def record(self, number: int) -> bytes:
        """What a data record holds of it."""
        part = self.digital[number * self.per_record : (number + 1) * self.per_record]
        if self.stored == INT24:
            return b"".join(int(x).to_bytes(3, "little", signed=True) for x in part)
        return part.astype(_DTYPES[self.stored]).tobytes()


def write_gdf(
    path: Path,
    channels: Sequence[MadeGdfChannel],
    *,
    version: str = "2.10",
    record_s: tuple[int, int] | float = (1, 1),
    events: Sequence[tuple[int, int, int, int]] = (),
    event_rate_hz: float = 0.0,
    start: bytes | None = None,
    n_records_said: int | None = None,
    tags: bytes = b"",
    with_table: bool = True,
) -> Path:
    """Writes them.

    Args:
      events: position (counted from 1), code, channel (0: all), length.
      start: the field of the start time.
      tags: of the third header, its length a multiple of 256.
    """
    n, second = len(channels), float(version) >= 1.9
    n_records = next(len(c.digital) // c.per_record for c in channels if c.per_record)
    header = bytearray(256)
    header[:8] = b"GDF " + version.encode()
    header_bytes = 256 * (n + 1) + len(tags)
    if second:
        header[168:176] = start or bytes(8)
        struct.pack_into("<H", header, 184, header_bytes // 256)
        struct.pack_into("<H", header, 252, n)
    else:
        header[168:184] = start or b" " * 16
        struct.pack_into("<q", header, 184, header_bytes)
        struct.pack_into("<I", header, 252, n)
    struct.pack_into("<q", header, 236, n_records if n_records_said is None else n_records_said)
    if isinstance(record_s, tuple):
        struct.pack_into("<II", header, 244, *record_s)
    else:
        struct.pack_into("<d", header, 244, record_s)
    body = bytes(header) + _variable_header(channels, second=second) + tags
    for number in range(n_records):
        body += b"".join(channel.record(number) for channel in channels)
    if with_table:
        body += _table(events, event_rate_hz, old=float(version) < 1.94)
    path.write_bytes(body)
    return path


def _variable_header(channels: Sequence[MadeGdfChannel], *, second: bool) -> bytes:
    digital = "<d" if second else "<q"
    columns = [b"".join(c.label.encode("latin-1").ljust(16, b"\0") for c in channels)]
    columns.append(bytes(80 * len(channels)))
    if second:
        columns.append(bytes(6 * len(channels)))
        columns.append(b"".join(struct.pack("<H", c.unit) for c in channels))
    else:
        columns.append(b"".join(_TEXT_UNITS[c.unit].ljust(8) for c in channels))
    ends = [struct.pack("<d", c.physical[end]) for end in range(2) for c in channels]
    ends += [
        struct.pack(digital, c.digital_range[end] if second else int(c.digital_range[end]))
        for end in range(2)
        for c in channels
    ]
    columns.append(b"".join(ends))
    columns.append(bytes(80 * len(channels)))
    columns.append(b"".join(struct.pack("<I", c.per_record) for c in channels))
    columns.append(b"".join(struct.pack("<I", c.stored) for c in channels))
    columns.append(bytes(32 * len(channels)))
    return b"".join(columns)


def _table(events: Sequence[tuple[int, int, int, int]], rate_hz: float, *, old: bool) -> bytes:
    if old:
        head = bytes([3]) + int(rate_hz).to_bytes(3, "little") + struct.pack("<I", len(events))
    else:
        head = bytes([3]) + len(events).to_bytes(3, "little") + struct.pack("<f", rate_hz)
    columns = [np.array([event[i] for event in events]) for i in range(4)]
    kinds = ("<u4", "<u2", "<u2", "<u4")
    return head + b"".join(c.astype(k).tobytes() for c, k in zip(columns, kinds, strict=True))
