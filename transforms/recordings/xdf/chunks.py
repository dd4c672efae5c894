"""The chunks of an XDF file, checked before pyxdf reads them.

A file is `XDF:` and chunks: their length (one byte that says in how many bytes it is written, then
that), a tag, and the content (https://github.com/sccn/xdf/wiki/Specifications). pyxdf takes memory
for as many samples as a chunk says it has, and where a chunk is damaged goes on at the next one
without a word; so here every length is compared with the bytes that are there.
"""

from __future__ import annotations

import dataclasses
import struct
from xml.etree import ElementTree

from transforms.recordings.errors import Reason, RecordingError

MAGIC = b"XDF:"

_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _BOUNDARY, _STREAM_FOOTER = range(1, 7)
_WITH_STREAM = (_STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _STREAM_FOOTER)
_VALUE_BYTES = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "float32": 4, "double64": 8}
_STRING = "string"
_MAX_CHANNELS = 4096
_STAMP_BYTES = 8
_OFFSET_BYTES = 16


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Of the samples of a stream: `value_bytes` 0 for strings."""

    n_channels: int
    value_bytes: int


@dataclasses.dataclass(frozen=True)
class XdfChunks:
    """What the check found.

    Attributes:
      n_bytes: up to the end of the last whole chunk.
      is_closed: the last chunk is whole, and every stream has its footer.
      n_streams: headers of streams.
    """

    n_bytes: int
    is_closed: bool
    n_streams: int


def check_xdf_chunks(content: bytes) -> XdfChunks:
    """Walks over all chunks.

    Raises:
      RecordingError: no XDF, or a chunk whose lengths contradict each other.
    """
    if not content.startswith(MAGIC):
        raise RecordingError(
            Reason.BAD_HEADER, f"it begins with {content[:4]!r}; expected {MAGIC!r}"
        )
    layouts: dict[int, _Layout] = {}
    footers: set[int] = set()
    position, number = len(MAGIC), 0
    while position < len(content):
        start, stop = _bounds(content, position, number)
        if start is None:
            break
        (tag,) = struct.unpack_from("<H", content, start)
        body = start + 2
        if tag in _WITH_STREAM:
            stream, body = _stream(content, body, stop, number)
            _check_chunk(content, tag, stream, body, stop, number, layouts)
            footers |= {stream} if tag == _STREAM_FOOTER else set()
        elif tag == _FILE_HEADER:
            _element(content[body:stop], number)
        position, number = stop, number + 1
    is_closed = position == len(content) and footers >= set(layouts)
    return XdfChunks(position, is_closed, len(layouts))


def _bounds(content: bytes, position: int, number: int) -> tuple[int | None, int]:
    """Where the tag of a chunk is and where the chunk ends; None if the file ends before."""
    length, start = _length(content, position, len(content), number)
    if start is None:
        return None, position
    if length < 2:
        raise _damaged(number, f"a length of {length} bytes; expected at least 2")
    return (start, start + length) if start + length <= len(content) else (None, position)


def _length(content: bytes, position: int, end: int, number: int) -> tuple[int, int | None]:
    """An integer of variable length, and the place after it; None if the bytes end before."""
    width = content[position] if position < end else 0
    if position < end and width not in (1, 4, 8):
        raise _damaged(number, f"a length written in {width} bytes; expected 1, 4 or 8")
    after = position + 1 + width
    if position >= end or after > end:
        return 0, None
    return int.from_bytes(content[position + 1 : after], "little"), after


def _stream(content: bytes, body: int, stop: int, number: int) -> tuple[int, int]:
    if body + 4 > stop:
        raise _damaged(number, "no room for the number of its stream")
    return int.from_bytes(content[body : body + 4], "little"), body + 4


def _check_chunk(
    content: bytes,
    tag: int,
    stream: int,
    body: int,
    stop: int,
    number: int,
    layouts: dict[int, _Layout],
) -> None:
    if tag == _STREAM_HEADER:
        if stream in layouts:
            raise _damaged(number, f"a second header of stream {stream}")
        layouts[stream] = _layout(_element(content[body:stop], number), stream)
        return
    if stream not in layouts:
        raise _damaged(number, f"stream {stream}, which has no header before it")
    if tag == _SAMPLES:
        _check_samples(content, body, stop, number, layouts[stream])
    elif tag == _CLOCK_OFFSET and stop - body != _OFFSET_BYTES:
        raise _damaged(number, f"a clock offset of {stop - body} bytes; expected {_OFFSET_BYTES}")


def _element(xml: bytes, number: int) -> ElementTree.Element:
    if b"<!" in xml.replace(b"<!--", b""):
        raise _damaged(number, "a document type or entity in its XML; expected elements only")
    try:
        return ElementTree.fromstring(xml.decode("utf-8", "replace"))
    except (ElementTree.ParseError, ValueError) as error:
        raise _damaged(number, f"XML that cannot be read: {error}") from error


def _layout(info: ElementTree.Element, stream: int) -> _Layout:
    kind = (info.findtext("channel_format") or "").strip()
    if kind not in (*_VALUE_BYTES, _STRING):
        raise RecordingError(
            Reason.BAD_HEADER,
            f"stream {stream} has values of the type {kind[:20]!r}; expected one of"
            f" {', '.join((*_VALUE_BYTES, _STRING))}",
        )
    text = (info.findtext("channel_count") or "").strip()
    if not text.isdecimal() or not 1 <= len(text) <= 9 or not 1 <= int(text) <= _MAX_CHANNELS:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"stream {stream} has {text[:20]!r} channels; expected 1 to {_MAX_CHANNELS}",
        )
    return _Layout(int(text), _VALUE_BYTES.get(kind, 0))


def _check_samples(content: bytes, body: int, stop: int, number: int, layout: _Layout) -> None:
    n_samples, position = _length(content, body, stop, number)
    if position is None:
        raise _damaged(number, "no room for its number of samples")
    least = 1 + layout.n_channels * (layout.value_bytes or 2)
    if n_samples * least > stop - position:
        raise _damaged(number, f"{n_samples} samples in {stop - position} bytes")
    for _ in range(n_samples):
        flag = content[position] if position < stop else 0
        position += 1 + (_STAMP_BYTES if flag else 0) + layout.n_channels * layout.value_bytes
        for _ in range(0 if layout.value_bytes else layout.n_channels):
            size, after = _length(content, position, stop, number)
            position = stop + 1 if after is None else after + size
        if position > stop:
            break
    if position != stop:
        raise _damaged(number, f"{n_samples} samples that do not end where it ends")


def _damaged(number: int, what: str) -> RecordingError:
    return RecordingError(
        Reason.UNREADABLE, f"chunk {number} has {what}. The file was damaged; copy it again"
    )
