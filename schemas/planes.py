"""Numbers compressed byte by byte: all first bytes, all second bytes, ..., then zstd."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import zstandard

from schemas.errors import CellError

_LEVEL = -1  # numbers hardly compress: level 1 takes twice as long for the same bytes


class _Compressor(threading.local):
    """One a thread, kept: making one takes longer than a cell of some windows."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL).compress


_COMPRESSOR = _Compressor()


def planes_of(numbers: npt.NDArray[Any]) -> bytes:
    """The bytes of little-endian numbers, sorted by their place in the number."""
    little_endian = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))
    return little_endian.reshape(-1).view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes()


def for_kernel(numbers: npt.NDArray[Any], dtype: Any) -> npt.NDArray[Any]:
    """Row by row and writable: for an array of any other sort a kernel would be compiled anew."""
    plain = np.ascontiguousarray(numbers, dtype)
    return plain if plain.flags.writeable else plain.copy()


def numbers_of(planes: bytes, dtype: Any) -> npt.NDArray[Any]:
    """Undoes `planes_of`; one dimension."""
    kind = np.dtype(dtype).newbyteorder("<")
    by_place = np.frombuffer(planes, np.uint8).reshape(kind.itemsize, -1)
    return np.ascontiguousarray(by_place.T).reshape(-1).view(kind).astype(dtype, copy=False)


def compress(content: bytes | memoryview[int]) -> bytes:
    """With zstd."""
    return _COMPRESSOR.compress(content)


def decompress(packed: bytes, n_bytes: int) -> bytes:
    """What `compress` was given.

    Args:
      n_bytes: exactly so many; the caller has bounded it.

    Raises:
      CellError: it is not that.
    """
    if n_bytes == 0 and packed == b"":
        return b""
    try:
        content: bytes = pa.Codec("zstd").decompress(packed, n_bytes, asbytes=True)
    except (OSError, ValueError):  # pyarrow's ArrowInvalid and ArrowException
        content = b""
    if len(content) != n_bytes:
        raise CellError("cell", f"{len(packed)} bytes", f"{n_bytes} bytes, compressed")
    return content
