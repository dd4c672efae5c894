"""A small picture of numbers: one pixel a value, colours from a palette."""

from __future__ import annotations

import base64
import dataclasses
import struct
import zlib

import numpy as np
import numpy.typing as npt

_STEPS = 64


@dataclasses.dataclass(frozen=True)
class Palette:
    """Colours from 0 to 1, evenly spaced, blended between: `rrggbb rrggbb ...`."""

    anchors: str

    def table(self) -> npt.NDArray[np.uint8]:
        """(64, 3) red, green and blue."""
        anchors = np.array([list(bytes.fromhex(colour)) for colour in self.anchors.split()], float)
        at = np.linspace(0, len(anchors) - 1, _STEPS)
        parts = [np.interp(at, np.arange(len(anchors)), anchors[:, i]) for i in range(3)]
        return np.rint(np.stack(parts, axis=1)).astype(np.uint8)

    def colour(self, value: float) -> str:
        """The colour of a value between 0 and 1, as in style sheets."""
        return "#" + self.table()[round(float(value) * (_STEPS - 1))].tobytes().hex()

    def gradient(self) -> str:
        """The scale from left to right, as in style sheets."""
        return f"linear-gradient(90deg, {', '.join(f'#{c}' for c in self.anchors.split())})"


# Each grows lighter all the way, which is the same to colour-blind eyes.
QUALITY = Palette("03294a 1d4e75 41769c 78a3c2 b0cbdf e6eff7")  # the clean is as quiet as the paper
POWER = Palette("0a0b33 2a2f86 2b6ca3 3ba08f 8fc861 e6dd5a fffbd0")
# Blue and orange are told apart by all eyes; the middle is nothing.
CHANGE = Palette("123a7a 4a7fc1 a9c8e8 f7f7f7 f3c08a d67b22 7d3c00")


def picture(values: npt.NDArray[np.floating], palette: Palette) -> str:
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
        (b"PLTE", b"\0\0\0" + palette.table().tobytes()),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(filtered.tobytes(), 9)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
