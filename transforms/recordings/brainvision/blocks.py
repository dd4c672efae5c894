"""A BrainVision recording's samples: rows of numbers, columns of numbers, or lines of text."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from transforms.recordings.blocks import Block, block_places
from transforms.recordings.brainvision.header import (
    BrainvisionHeader,
    count_samples,
    read_brainvision_header,
)
from transforms.recordings.channels import unique_names
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import StreamPlan

_PIECE_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 20

Float64 = npt.NDArray[np.float64]


def count_lines(path: str, header: BrainvisionHeader) -> int:
    """Samples of data in text: its lines, without those to skip.

    Raises:
      RecordingError: there is none.
    """
    n_lines, last = 0, b"\n"
    with open(path, "rb") as file:
        while piece := file.read(_PIECE_BYTES):
            n_lines += piece.count(b"\n")
            last = piece[-1:]
    n_samples = n_lines + (last != b"\n") - header.skip_lines
    if n_samples < 1:
        raise RecordingError(Reason.NO_SAMPLES, f"{header.data_file} holds no sample")
    return n_samples


def read_brainvision_blocks(path: str, plan: StreamPlan) -> Iterator[Block]:
    """All samples of a stream, as `blocks.read_blocks`.

    Raises:
      RecordingError: a line of text is no row of numbers.
    """
    header = read_brainvision_header(path)
    names = unique_names([channel.name for channel in header.channels])
    columns = [names.index(name) for name in plan.source_channels]
    factors = np.array(plan.factors)
    data_path = os.path.join(os.path.dirname(path), header.data_file)
    with open(data_path, "rb") as file:
        if not header.numpy_type:
            yield from _text_blocks(file, header, plan, columns, factors)
            return
        n_samples = count_samples(header, os.path.getsize(data_path))
        for first_sample, start, stop in block_places(plan):
            read = _columns if header.is_vectorized else _rows
            stored = read(file, header, n_samples, start, stop, columns)
            yield Block(first_sample, stored.astype(np.float64) * factors)


def _rows(
    file: BinaryIO,
    header: BrainvisionHeader,
    _: int,
    start: int,
    stop: int,
    columns: Sequence[int],
) -> npt.NDArray:
    dtype = np.dtype(header.numpy_type)
    file.seek(start * header.n_columns * dtype.itemsize)
    numbers = np.fromfile(file, dtype, (stop - start) * header.n_columns)
    return _whole(numbers, header, stop - start)[:, list(columns)]


def _columns(
    file: BinaryIO,
    header: BrainvisionHeader,
    n_samples: int,
    start: int,
    stop: int,
    columns: Sequence[int],
) -> npt.NDArray:
    dtype = np.dtype(header.numpy_type)
    stored = np.empty((stop - start, len(columns)), dtype)
    for place, column in enumerate(columns):
        file.seek((column * n_samples + start) * dtype.itemsize)
        numbers = np.fromfile(file, dtype, stop - start)
        if numbers.size != stop - start:
            raise _became_shorter(header)
        stored[:, place] = numbers
    return stored


def _whole(numbers: npt.NDArray, header: BrainvisionHeader, n_rows: int) -> npt.NDArray:
    if numbers.size != n_rows * header.n_columns:
        raise _became_shorter(header)
    return numbers.reshape(n_rows, header.n_columns)


def _became_shorter(header: BrainvisionHeader) -> RecordingError:
    return RecordingError(Reason.TRUNCATED, f"{header.data_file} became shorter while read")


def _text_blocks(
    file: BinaryIO,
    header: BrainvisionHeader,
    plan: StreamPlan,
    columns: Sequence[int],
    factors: Float64,
) -> Iterator[Block]:
    for _ in range(header.skip_lines):
        file.readline()
    reached = 0
    for first_sample, start, stop in block_places(plan):
        for _ in itertools.repeat(None, start - reached):
            file.readline()
        rows = [_parse_line(file.readline(MAX_LINE_BYTES), header) for _ in range(start, stop)]
        reached = stop
        yield Block(first_sample, np.array(rows, np.float64)[:, list(columns)] * factors)


def _parse_line(line: bytes, header: BrainvisionHeader) -> list[float]:
    text = line.decode("latin-1").strip()
    if header.decimal_comma:
        text = text.replace(",", ".")
    cells = text.split() if " " in text or "\t" in text else text.split(",")
    cells = cells[header.skip_columns :]
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        numbers = []
    if len(numbers) != header.n_columns:
        raise RecordingError(
            Reason.UNREADABLE,
            f"a line of {header.data_file} is {text[:60]!r}; expected {header.n_columns} numbers",
        )
    return numbers
