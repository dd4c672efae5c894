"""State as bytes: numbers and texts as JSON, arrays and blobs behind them; checked, no pickle."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"NELIVE"
VERSION = 1
MAX_BYTES = 256 << 20
_HEAD = struct.Struct("<6sHII")  # magic, version, bytes of JSON, CRC-32 of all that follows
_DTYPES = ("<i8", "<f8", "<f4", "<u4", "|u1", "|b1")


class StateError(ValueError):
    """Bytes that are not the state of a stream, or not of this version."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


def pack(fields: Mapping[str, Any], blobs: Mapping[str, bytes | npt.NDArray[Any]]) -> bytes:
    """Fields that JSON can say, and arrays and bytes by name."""
    layout, pieces = [], []
    for name, blob in blobs.items():
        if isinstance(blob, np.ndarray):
            little = np.ascontiguousarray(blob, blob.dtype.newbyteorder("<"))
            layout.append([name, little.dtype.str, list(little.shape)])
            pieces.append(little.tobytes())
        else:
            layout.append([name, "", [len(blob)]])
            pieces.append(blob)
    said = json.dumps([dict(fields), layout], separators=(",", ":")).encode()
    body = b"".join([said, *pieces])
    return _HEAD.pack(MAGIC, VERSION, len(said), zlib.crc32(body)) + body


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields, and arrays and bytes by name: undoes `pack`.

    Raises:
      StateError: the bytes are none of `pack`, or of another version.
    """
    if len(packed) < _HEAD.size:
        raise StateError("state", f"{len(packed)} bytes", f"{_HEAD.size} or more")
    magic, version, n_said, crc = _HEAD.unpack_from(packed)
    if magic != MAGIC or version != VERSION:
        raise StateError("version", (magic, version), f"{(MAGIC, VERSION)}")
    body = memoryview(packed)[_HEAD.size :]
    if zlib.crc32(body) != crc or n_said > len(body):
        raise StateError("crc32", crc, "the checksum of undamaged bytes")
    try:
        fields, layout = json.loads(bytes(body[:n_said]))
        blobs = _blobs(layout, body[n_said:])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StateError("layout", type(error).__name__, "what pack has written") from None
    if not isinstance(fields, dict):
        raise StateError("fields", type(fields).__name__, "an object")
    return fields, blobs


def _blobs(layout: list[Any], rest: memoryview) -> dict[str, Any]:
    blobs: dict[str, Any] = {}
    for name, dtype, shape in layout:
        if dtype not in ("", *_DTYPES) or min(shape, default=0) < 0:
            raise ValueError(dtype)
        n_items = 1
        for length in shape:
            n_items *= int(length)
        size = n_items * (np.dtype(dtype).itemsize if dtype else 1)
        if size > len(rest):
            raise ValueError(name)
        taken, rest = bytes(rest[:size]), rest[size:]
        blobs[name] = np.frombuffer(taken, dtype).reshape(shape).copy() if dtype else taken
    if len(rest):
        raise ValueError(len(rest))
    return blobs
