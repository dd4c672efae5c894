"""The content of a cell of windows, before it is sealed: all their numbers, bit for bit.

A header, then the arrays as byte planes, compressed. Features lie feature by feature, channel by
channel, so that neighbours in the bytes are neighbours in time.
"""

from __future__ import annotations

import dataclasses
import itertools
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import CellError
from schemas.planes import compress, decompress, for_kernel, numbers_of
from schemas.window_rows import WINDOWS_PER_S

VERSION = 1
MAX_WINDOWS = WINDOWS_PER_S  # a cell is never longer than a second
MAX_NUMBERS = 1 << 22

_HEADER = struct.Struct("<BBHHIHq")  # version, windows, channels, features, pairs, theirs, first


@dataclasses.dataclass(frozen=True)
class WindowCell:
    """`w` windows of one stream, oldest first, at most a second from the first to the last.

    Attributes:
      index: (w,) int64, rising.
      n_samples: (w,) int64.
      features: (w, n_channels, n_features) float64.
      pair_features: (w, n_pairs, n_pair_features) float64.
      flags: (w, n_channels) uint32.
      quality: (w, n_channels) float32.
    """

    index: npt.NDArray[np.int64]
    n_samples: npt.NDArray[np.int64]
    features: npt.NDArray[np.float64]
    pair_features: npt.NDArray[np.float64]
    flags: npt.NDArray[np.uint32]
    quality: npt.NDArray[np.float32]


def encode_window_cell(cell: WindowCell) -> bytes:
    """The cell's content.

    Raises:
      CellError: no cell can hold these windows.
    """
    from schemas.cell_kernels import window_planes  # numba is loaded by who needs it

    w, n_channels, n_features = cell.features.shape
    _, n_pairs, n_pair_features = cell.pair_features.shape
    shapes = _Shapes(w, n_channels, n_features, n_pairs, n_pair_features)
    _check_size(shapes)
    first, counts = int(cell.index[0]), cell.n_samples.tolist()
    _check_rising(cell.index.tolist())
    if min(counts) < 0 or max(counts) >= 2**32:
        raise CellError("n_samples", max(counts), "32 bits without a sign")
    header = _HEADER.pack(VERSION, w, n_channels, n_features, n_pairs, n_pair_features, first)
    planes = np.empty(shapes.n_bytes, np.uint8)
    window_planes(
        cell.index - first,
        for_kernel(cell.n_samples, np.int64),
        for_kernel(cell.flags, np.uint32),
        for_kernel(cell.quality, np.float32).view(np.uint32),
        for_kernel(cell.features, np.float64).view(np.uint64),
        for_kernel(cell.pair_features, np.float64).view(np.uint64),
        planes,
    )
    return header + compress(planes.data)


def decode_window_cell(content: bytes) -> WindowCell:
    """What `encode_window_cell` was given.

    Raises:
      CellError: it is no such content.
    """
    if len(content) < _HEADER.size:
        raise CellError("cell", f"{len(content)} bytes", f"{_HEADER.size} or more")
    version, *counts, first = _HEADER.unpack_from(content)
    if version != VERSION:
        raise CellError("version", version, f"{VERSION}")
    shapes = _Shapes(*counts)
    arrays = _arrays(content[_HEADER.size :], shapes)
    offsets = arrays[0].astype(np.int64)
    if offsets[0] != 0:
        raise CellError("index", offsets.tolist(), "counted from its first")
    _check_rising(offsets.tolist())
    if abs(first) > 2**62:
        raise CellError("index", first, "at most 2**62 either way")
    return WindowCell(
        index=offsets + first,
        n_samples=arrays[1].astype(np.int64),
        flags=np.ascontiguousarray(arrays[2].T),
        quality=np.ascontiguousarray(arrays[3].T),
        features=np.ascontiguousarray(arrays[4].transpose(2, 1, 0)),
        pair_features=np.ascontiguousarray(arrays[5].transpose(2, 1, 0)),
    )


@dataclasses.dataclass(frozen=True)
class _Shapes:
    windows: int
    channels: int
    features: int
    pairs: int
    pair_features: int

    @property
    def n_numbers(self) -> int:
        return self.windows * (
            self.channels * (self.features + 2) + self.pairs * self.pair_features
        )

    @property
    def n_bytes(self) -> int:
        """Of the arrays, before they are compressed."""
        numbers = self.channels * self.features + self.pairs * self.pair_features
        return self.windows * (1 + 4 + 8 * self.channels + 8 * numbers)

    def layout(self) -> list[tuple[Any, tuple[int, ...]]]:
        return [
            (np.uint8, (self.windows,)),
            (np.uint32, (self.windows,)),
            (np.uint32, (self.channels, self.windows)),
            (np.float32, (self.channels, self.windows)),
            (np.float64, (self.features, self.channels, self.windows)),
            (np.float64, (self.pair_features, self.pairs, self.windows)),
        ]


def _arrays(packed: bytes, shapes: _Shapes) -> list[npt.NDArray[Any]]:
    _check_size(shapes)
    layout = shapes.layout()
    sizes = [int(np.prod(shape)) * np.dtype(dtype).itemsize for dtype, shape in layout]
    content = decompress(packed, sum(sizes))
    arrays, start = [], 0
    for (dtype, shape), size in zip(layout, sizes, strict=True):
        arrays.append(numbers_of(content[start : start + size], dtype).reshape(shape))
        start += size
    return arrays


def _check_size(shapes: _Shapes) -> None:
    if not 1 <= shapes.windows <= MAX_WINDOWS or shapes.n_numbers > MAX_NUMBERS:
        found = f"{shapes.windows} windows, {shapes.n_numbers} numbers"
        raise CellError("windows", found, f"1 to {MAX_WINDOWS}, up to {MAX_NUMBERS} numbers")


def _check_rising(index: list[int]) -> None:
    rising = all(before < after for before, after in itertools.pairwise(index))
    if not rising or index[-1] - index[0] >= MAX_WINDOWS:
        offsets = [window - index[0] for window in index]
        raise CellError("index", offsets, f"rising, less than {MAX_WINDOWS} apart")
