"""The two text files of a BrainVision recording, as sections of keys and values.

After "BrainVision Core Data Format 1.0" (Brain Products 2019): lines of INI style, comments begin
with a semicolon, the section [Comment] is free text and comes last.
"""

from __future__ import annotations

import os
import re

from transforms.recordings.errors import Reason, RecordingError

MAX_TEXT_BYTES = 64 << 20
"""A marker file of a day at a thousand markers a minute has 60 MB."""

_FIRST_LINE = re.compile(
    r"Brain ?Vision( Core| V-Amp)? Data( Exchange)? (Header|Marker) File,? Version [12]\.\d"
)
_SECTION = re.compile(r"\[(.+)\]\s*")
_COMMA = "\\1"  # how the format writes a comma within a field

Sections = dict[str, dict[str, str]]


def read_sections(path: str, kind: str) -> tuple[str, Sections]:
    """As `parse_file`, of a file.

    Raises:
      RecordingError: no such file by its first line, or too large to be one.
    """
    size = os.path.getsize(path)
    if size > MAX_TEXT_BYTES:
        raise RecordingError(
            Reason.BAD_HEADER, f"the text {os.path.basename(path)} has {size} bytes; no such text"
        )
    with open(path, "rb") as file:
        return parse_file(file.read(), os.path.basename(path), kind)


def parse_file(content: bytes, name: str, kind: str) -> tuple[str, Sections]:
    """The first line, and per section in lower case its keys in lower case.

    Args:
      name: of the file, for the message.
      kind: Header or Marker.

    Raises:
      RecordingError: no such file by its first line.
    """
    lines = decode(content).splitlines()
    first = lines[0].strip() if lines else ""
    found = _FIRST_LINE.match(first)
    if found is None or found[3] != kind:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"the first line of {name} is {first[:60]!r}; expected 'Brain Vision"
            f" Data Exchange {kind} File Version 1.0' or 2.0",
        )
    return first, parse_sections(lines[1:])


def decode(content: bytes) -> str:
    """UTF-8 if it is that; else the Windows code page of older recorders."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def parse_sections(lines: list[str]) -> Sections:
    """Sections up to [Comment]; of a key that is repeated the first counts."""
    sections: Sections = {}
    current: dict[str, str] = {}
    for line in lines:
        if line.startswith(";") or not line.strip():
            continue
        if section := _SECTION.fullmatch(line):
            name = section[1].strip().lower()
            if name == "comment":
                break
            current = sections.setdefault(name, {})
            continue
        key, equals, value = line.partition("=")
        if equals:
            current.setdefault(key.strip().lower(), value.strip())
    return sections


def fields(value: str) -> list[str]:
    """The fields of an entry; a comma within one is written backslash 1."""
    return [field.strip().replace(_COMMA, ",") for field in value.split(",")]
