"""The chunks of an ANT Neuro file (.cnt), checked before the samples are decompressed by libeep.

A RIFF file: chunks of a four-letter name and a size, 32 bits wide, or 64 in the RF64 variant. The
chunk `eeph` is text: `[Sampling Rate]`, `[Samples]`, `[Channels]`, each with its value on the next
line.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.text.numbers import exact_number

_SIZE_FORMATS = {b"RIFF": "<I", b"RF64": "<Q"}
_FORM = b"CNT "
_NEUROSCAN = b"Version 3.0"
_LISTS = (b"LIST",)
_MAX_TEXT_BYTES = 1 << 20
MAX_CHANNELS = 4096
# Compressed blocks hold a sample in no less than a few bits; this is far from any real file.
_MOST_SAMPLES_A_BYTE = 16


@dataclasses.dataclass(frozen=True)
class AntLayout:
    """What the text chunk says."""

    rate_hz: Fraction
    n_samples: int
    n_channels: int


def read_ant_layout(path: str) -> AntLayout:
    """Follows the chunks to the end of the file.

    Raises:
      RecordingError: no ANT file, or it is cut or longer than it says.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        opening = file.read(20)
        if not opening:
            raise RecordingError(Reason.EMPTY, "the file has no bytes")
        if opening.startswith(_NEUROSCAN):
            raise RecordingError(
                Reason.UNKNOWN_FORMAT,
                "a Neuroscan recording, which shares the ending .cnt with ANT Neuro; convert it to"
                " EDF or FIF (mne.io.read_raw_cnt(...).export or .save)",
            )
        size_format = _SIZE_FORMATS.get(opening[:4])
        place = 4 + struct.calcsize(size_format) if size_format else 0
        if size_format is None or opening[place : place + 4] != _FORM:
            raise RecordingError(
                Reason.UNKNOWN_FORMAT,
                "the file does not begin as an ANT Neuro recording (RIFF, CNT)",
            )
        (said,) = struct.unpack_from(size_format, opening, 4)
        if size != place + said:
            raise RecordingError(
                Reason.TRUNCATED if size < place + said else Reason.SIZE_MISMATCH,
                f"the file has {size} bytes; expected {place + said}: copy it again",
            )
        chunks = {name: span for name, *span in _walk(file, place + 4, size, size_format)}
        return _layout(file, chunks)


def _walk(
    file: BinaryIO, place: int, end: int, size_format: str
) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of the content of each chunk."""
    head_bytes = 4 + struct.calcsize(size_format)
    while place + head_bytes <= end:
        file.seek(place)
        head = file.read(head_bytes)
        (size,) = struct.unpack_from(size_format, head, 4)
        if place + head_bytes + size > end:
            raise RecordingError(
                Reason.BAD_HEADER,
                f"the chunk at byte {place} says {size} bytes; expected"
                f" {end - place - head_bytes} at most",
            )
        if head[:4] in _LISTS:
            yield from _walk(file, place + head_bytes + 4, place + head_bytes + size, size_format)
        else:
            yield head[:4], place + head_bytes, size
        place += head_bytes + size + size % 2


def _layout(file: BinaryIO, chunks: dict[bytes, list[int]]) -> AntLayout:
    for name in (b"eeph", b"data", b"chan", b"ep  "):
        if name not in chunks:
            raise RecordingError(
                Reason.BAD_HEADER, f"there is no chunk {name.decode()!r} in the file; expected one"
            )
    place, size = chunks[b"eeph"]
    file.seek(place)
    text = file.read(min(size, _MAX_TEXT_BYTES)).decode("latin-1")
    lines = [line.strip() for line in text.splitlines()]
    values = {name: value for name, value in itertools.pairwise(lines) if name[:1] == "["}
    layout = AntLayout(
        rate_hz=_number(values, "[Sampling Rate]"),
        n_samples=_whole(values, "[Samples]"),
        n_channels=_whole(values, "[Channels]"),
    )
    n_values, data_bytes = layout.n_samples * layout.n_channels, chunks[b"data"][1]
    if layout.n_channels > MAX_CHANNELS or n_values > data_bytes * _MOST_SAMPLES_A_BYTE:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"{layout.n_samples} samples of {layout.n_channels} channels do not fit into"
            f" {data_bytes} compressed bytes",
        )
    if layout.n_samples == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no samples")
    return layout


def _number(values: dict[str, str], name: str) -> Fraction:
    number = exact_number(values.get(name, ""))
    if number is None or number < 0:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"{name} is {values.get(name, '')!r} in the header; expected a number",
        )
    return number


def _whole(values: dict[str, str], name: str) -> int:
    number = _number(values, name)
    if number.denominator != 1:
        raise RecordingError(Reason.BAD_HEADER, f"{name} is {number}; expected a whole number")
    return int(number)
