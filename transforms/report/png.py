"""A small picture of numbers: one pixel a value, colours from a table."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

# From 0 to 1. One hue that only grows lighter is the same to colour-blind eyes, and what is clean
# is as quiet as the paper.
_COLOURS = "03294a 1d4e75 41769c 78a3c2 b0cbdf e6eff7"
_STEPS = 64


def heat_map(values: npt.NDArray[np.floating]) -> str:
    """Values of 0 to 1 as a data URI of a PNG.

    Args:
      values: (rows, columns), at least one of each; NaN is left transparent.
    """
    level = 1 + np.rint(np.nan_to_num(values.clip(0, 1)) * (_STEPS - 1))
    index = np.where(np.isnan(values), 0, level).astype(np.uint8)
    rows, columns = index.shape
    filtered = np.zeros((rows, columns + 1), np.uint8)  # each row starts with its filter: none
    filtered[:, 1:] = index
    header = struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", b"\0\0\0" + _palette().tobytes()),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(filtered.tobytes(), 9)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _palette() -> npt.NDArray[np.uint8]:
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _COLOURS.split()], float)
    at = np.linspace(0, len(anchors) - 1, _STEPS)
    channels = [np.interp(at, np.arange(len(anchors)), anchors[:, i]) for i in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
