"""What stands beside a Nihon Kohden recording: names of electrodes (.21E) and events (.LOG)."""

from __future__ import annotations

import dataclasses
import os
import struct
from fractions import Fraction

from transforms.recordings.nihon_kohden.blocks import VERSIONS

_ENCODINGS = ("utf-8", "cp932", "latin-1")  # the last one never fails
_MAX_BYTES = 1 << 24
_EVENT_BYTES = 45
_FRACTIONS = 22  # so many blocks after the events are their fractions of a second
_SECTIONS = ("[ELECTRODE]", "[REFERENCE]")


def _numbered(name: str, first: int, last: int, width: int = 1) -> list[str]:
    return [f"{name}{number:0{width}}" for number in range(first, last + 1)]


# By code; of inputs that the montage's own file does not name.
_NAMES = [
    *("FP1", "FP2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "F7", "F8"),
    *("T3", "T4", "T5", "T6", "FZ", "CZ", "PZ", "E", "PG1", "PG2", "A1", "A2", "T1", "T2"),
    *_numbered("X", 1, 11),
    *_numbered("NA", 1, 5),
    *_numbered("DC", 1, 32, width=2),
    *("BN1", "BN2", "Mark1", "Mark2"),
    *_numbered("NA", 6, 27),
    *("X12/BP1", "X13/BP2", "X14/BP3", "X15/BP4"),
    *_numbered("X", 16, 165),
    *("NA28", "Z"),
]


@dataclasses.dataclass(frozen=True)
class NihonKohdenEvent:
    """One line of the log; seconds since the recording began."""

    onset_s: Fraction
    text: str


def electrode_names(path: str) -> dict[int, str]:
    """Names by code; `path` is that of the .EEG file."""
    names = dict(enumerate(_NAMES))
    content = _beside(path, ".21e")
    inside = False
    for line in (line.strip() for line in _decoded(content or b"").splitlines()):
        if line.startswith("["):
            inside = line.upper() in _SECTIONS
            continue
        code, sign, name = line.partition("=")
        if inside and sign and name.strip() and code.strip().isdecimal() and len(code) < 10:
            names[int(code)] = name.strip()
    return names


def read_log(path: str) -> tuple[NihonKohdenEvent, ...] | None:
    """The events beside an .EEG file; None where there is no log that we can read."""
    content = _beside(path, ".log")
    if content is None or len(content) < 0x92 or content[:16] not in VERSIONS:
        return None
    n_blocks = content[0x91]
    events = []
    for block in range(n_blocks):
        lines = _lines(content, block)
        finer = _lines(content, block + _FRACTIONS) if n_blocks < _FRACTIONS else []
        if len(finer) != len(lines):
            finer = [b""] * len(lines)
        events += [_event(line, fine) for line, fine in zip(lines, finer, strict=True)]
    return tuple(event for event in events if event is not None)


def _lines(content: bytes, block: int) -> list[bytes]:
    entry = content[0x92 + 20 * block :][:4]
    place = struct.unpack("<I", entry)[0] if len(entry) == 4 else 0
    if place == 0 or place + 0x14 > len(content):
        return []
    n_lines, first = content[place + 0x12], place + 0x14
    lines = [content[first + _EVENT_BYTES * i :][:_EVENT_BYTES] for i in range(n_lines)]
    return [line for line in lines if len(line) == _EVENT_BYTES]


def _event(line: bytes, fine: bytes) -> NihonKohdenEvent | None:
    """20 characters of text, hhmmss; the finer line goes on with 20 more, and has microseconds."""
    clock = line[20:26]
    if not clock.isdigit():
        return None
    hours, minutes, seconds = int(clock[:2]), int(clock[2:4]), int(clock[4:])
    onset_s = Fraction(3600 * hours + 60 * minutes + seconds)
    text = line[:20]
    if fine[24:30].isdigit():
        text += fine[:20]
        onset_s += Fraction(int(fine[24:30]), 1_000_000)
    return NihonKohdenEvent(onset_s, _decoded(text.rstrip(b"\x00")).replace("\x00", "").strip())


def _beside(path: str, extension: str) -> bytes | None:
    """The file of the same name; its extension is written in either case."""
    folder, own = os.path.split(path)
    wanted = os.path.splitext(own)[0].lower() + extension
    for name in sorted(os.listdir(folder or ".")):
        if name.lower() == wanted:
            with open(os.path.join(folder, name), "rb") as file:
                return file.read(_MAX_BYTES)
    return None


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""
