"""Nihon Kohden recordings byte by byte, laid out as MNE reads them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

VERSION = b"EEG-1100C V01.00"


def write_nihon_kohden(
    folder: Path,
    blocks: Sequence[tuple[bytes, np.ndarray]],
    codes: Sequence[int],
    *,
    rate_hz: int = 200,
    names: str | None = None,
    events: Sequence[tuple[str, str]] | None = None,
    stem: str = "made",
) -> Path:
    """Writes blocks of a start (six bytes, decimal) and int16 (n_samples, n_channels).

    Args:
      names: content of the .21E file.
      events: text and hhmmss, each a line of the .LOG file.
    """
    header = bytearray(0x1800)
    header[:16] = header[0x81:0x91] = VERSION
    header[0x91], header[0x17FE] = 1, 1
    control = len(header)
    struct.pack_into("<I", header, 0x92, control)
    table = bytearray(18 + 20 * len(blocks))
    table[17] = len(blocks)
    place = control + len(table)
    body = bytearray()
    for number, (start, stored) in enumerate(blocks):
        struct.pack_into("<I", table, 18 + 20 * number, place + len(body))
        body += _block(start, stored, codes, rate_hz)
    path = folder / f"{stem}.EEG"
    path.write_bytes(bytes(header + table + body))
    if names is not None:
        (folder / f"{stem}.21E").write_text(names, encoding="utf-8")
    if events is not None:
        (folder / f"{stem}.LOG").write_bytes(_log(events))
    return path


def _block(start: bytes, stored: np.ndarray, codes: Sequence[int], rate_hz: int) -> bytes:
    head = bytearray(0x27)
    head[0x14:0x1A] = start
    struct.pack_into("<HI", head, 0x1A, rate_hz | 0xC000, len(stored) * 10 // rate_hz)
    head[0x26] = len(codes)
    channels = b"".join(bytes([code]).ljust(10, b"\0") for code in codes)
    words = np.zeros((len(stored), len(codes) + 1), "<u2")
    words[:, :-1] = stored.astype(np.int32) + 32768
    return bytes(head) + channels + words.tobytes()


def _log(events: Sequence[tuple[str, str]]) -> bytes:
    content = bytearray(0x92 + 20 * 44)
    content[:16] = VERSION
    content[0x91] = 1
    struct.pack_into("<I", content, 0x92, len(content))
    block = bytearray(0x14)
    block[1:17] = VERSION
    block[0x12] = len(events)
    for text, clock in events:
        block += text.encode("utf-8").ljust(20, b"\0") + clock.encode().ljust(25, b"0")
    return bytes(content + block)
