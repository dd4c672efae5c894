"""XDF files chunk by chunk, so that a test can also make those that no recorder would."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_FORMATS = {"f4": "float32", "f8": "double64", "i2": "int16", "i4": "int32"}


def chunk(tag: int, content: bytes, *, length: int | None = None) -> bytes:
    """One chunk; `length` is what it says of itself."""
    size = len(content) + 2 if length is None else length
    return b"\x04" + struct.pack("<IH", size, tag) + content


def file_header(datetime: str = "") -> bytes:
    """The first chunk."""
    said = f"<datetime>{datetime}</datetime>" if datetime else ""
    return chunk(1, f'<?xml version="1.0"?><info><version>1.0</version>{said}</info>'.encode())


def channels_xml(labels: Sequence[str], *, unit: str = "", kinds: Sequence[str] = ()) -> str:
    """The description of channels."""
    kinds = kinds or [""] * len(labels)
    parts = [
        f"<channel><label>{label}</label><unit>{unit}</unit><type>{kind}</type></channel>"
        for label, kind in zip(labels, kinds, strict=True)
    ]
    return "<channels>" + "".join(parts) + "</channels>"


def stream_header(
    stream: int,
    *,
    kind: str,
    n_channels: int,
    rate: float,
    dtype: str = "float32",
    desc: str = "",
    name: str = "amp",
) -> bytes:
    """What a stream is."""
    xml = (
        f'<?xml version="1.0"?><info><name>{name}</name><type>{kind}</type>'
        f"<channel_count>{n_channels}</channel_count><nominal_srate>{rate}</nominal_srate>"
        f"<channel_format>{dtype}</channel_format><desc>{desc}</desc></info>"
    )
    return chunk(2, struct.pack("<I", stream) + xml.encode())


def samples(stream: int, stamps_s: Sequence[float], values: np.ndarray) -> bytes:
    """One chunk of numbers, each with its stamp."""
    body = struct.pack("<I", stream) + b"\x04" + struct.pack("<I", len(stamps_s))
    for stamp, row in zip(stamps_s, values, strict=True):
        body += b"\x08" + struct.pack("<d", stamp) + row.tobytes()
    return chunk(3, body)


def strings(stream: int, stamps_s: Sequence[float], texts: Sequence[str]) -> bytes:
    """One chunk of texts, each with its stamp."""
    body = struct.pack("<I", stream) + b"\x01" + bytes([len(texts)])
    for stamp, text in zip(stamps_s, texts, strict=True):
        encoded = text.encode()
        body += b"\x08" + struct.pack("<d", stamp) + b"\x01" + bytes([len(encoded)]) + encoded
    return chunk(3, body)


def clock_offset(stream: int, at_s: float, offset_s: float) -> bytes:
    """One measurement of a stream's clock."""
    return chunk(4, struct.pack("<Idd", stream, at_s, offset_s))


def footer(stream: int) -> bytes:
    """The end of a stream."""
    return chunk(6, struct.pack("<I", stream) + b"<info><sample_count>0</sample_count></info>")


def numeric_stream(
    stream: int,
    values: np.ndarray,
    stamps_s: Sequence[float],
    *,
    kind: str,
    rate: float,
    desc: str = "",
    name: str = "amp",
    per_chunk: int = 50,
) -> bytes:
    """A whole stream of numbers: header, samples, footer."""
    dtype = _FORMATS[values.dtype.str[1:]]
    parts = [
        stream_header(
            stream,
            kind=kind,
            n_channels=values.shape[1],
            rate=rate,
            dtype=dtype,
            desc=desc,
            name=name,
        )
    ]
    for low in range(0, len(values), per_chunk):
        rows = slice(low, low + per_chunk)
        parts.append(samples(stream, stamps_s[rows], values[rows]))
    return b"".join([*parts, footer(stream)])


def write_xdf(path: Path, *parts: bytes, datetime: str = "") -> Path:
    """The file."""
    path.write_bytes(b"XDF:" + file_header(datetime) + b"".join(parts))
    return path
