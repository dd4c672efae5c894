"""The table of events at the end of a GDF file, and what its codes mean."""

from __future__ import annotations

import dataclasses
import os
import struct
from fractions import Fraction

import numpy as np

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif.opener import exact_rate
from transforms.recordings.gdf.header import CHANNEL_BYTES, FIXED_BYTES, GdfHeader

NEW_SEGMENT = 0x7FFE
SPARSE_VALUE = 0x7FFF
_END = 0x8000  # added to a code where the event ends

_TABLE_HEAD_BYTES = 8
_HAS_DURATIONS, _HAS_TIMES = 2, 4
_CODE_NAMES_TAG = 1

# The codes of brain-computer interface experiments, in our own words (Schloegl 2006).
NAMES = {
    0x0101: "artifact: eye",
    0x0102: "artifact: heart",
    0x0103: "artifact: muscle",
    0x0104: "artifact: movement",
    0x0105: "artifact: electrode",
    0x0107: "artifact: mains",
    0x0114: "eyes open",
    0x0115: "eyes closed",
    0x0300: "trial start",
    0x0301: "cue: left hand",
    0x0302: "cue: right hand",
    0x0303: "cue: foot",
    0x0304: "cue: tongue",
    0x0306: "cue: down",
    0x0309: "cue: left",
    0x030C: "cue: up",
    0x030D: "feedback, continuous",
    0x030E: "feedback, discrete",
    0x030F: "cue: unknown class",
    0x0311: "beep",
    0x0312: "cross on screen",
    0x0313: "flash",
    0x0381: "hit",
    0x0382: "miss",
    0x03FF: "trial rejected",
    0x0430: "eyes closed",
    0x043F: "eyes open",
    0x0439: "blink",
}


@dataclasses.dataclass(frozen=True)
class GdfEvent:
    """One event.

    Attributes:
      onset_s, duration_s: exact, since the first sample.
      channel: its number in the header, None for all.
    """

    onset_s: Fraction
    duration_s: Fraction
    code: int
    channel: int | None


def read_gdf_events(path: str, header: GdfHeader) -> tuple[GdfEvent, ...]:
    """All events but values of channels that are sampled at odd times; none if there is no table.

    Raises:
      RecordingError: the table is longer than the file.
    """
    place = header.header_bytes + header.data_bytes
    left_bytes = os.path.getsize(path) - place
    if left_bytes < _TABLE_HEAD_BYTES or header.unclosed:
        return ()
    with open(path, "rb") as file:
        file.seek(place)
        head = file.read(_TABLE_HEAD_BYTES)
        mode, n_events, rate_hz = _table_head(head, header)
        wide = bool(mode & _HAS_DURATIONS)
        row_bytes = 6 + 6 * wide + 8 * bool(mode & _HAS_TIMES)
        if n_events * row_bytes > left_bytes - _TABLE_HEAD_BYTES:
            raise RecordingError(
                Reason.TRUNCATED,
                f"the table of {n_events} events has {n_events * row_bytes} bytes; the file has"
                f" {left_bytes - _TABLE_HEAD_BYTES} left for it: copy it again",
            )
        places = np.frombuffer(file.read(4 * n_events), "<u4").tolist()
        codes = np.frombuffer(file.read(2 * n_events), "<u2").tolist()
        channels = np.frombuffer(file.read(2 * n_events), "<u2").tolist() if wide else []
        lengths = np.frombuffer(file.read(4 * n_events), "<u4").tolist() if wide else []
    events = []
    for i, code in enumerate(codes):
        if code == SPARSE_VALUE:
            continue
        channel = channels[i] - 1 if wide and channels[i] else None
        onset_s = (places[i] - 1) / rate_hz  # counted from 1
        length_s = lengths[i] / rate_hz if wide else Fraction(0)
        events.append(GdfEvent(onset_s, length_s, code, channel))
    return tuple(events)


def _table_head(head: bytes, header: GdfHeader) -> tuple[int, int, Fraction]:
    """Mode, number of events, and samples a second in which they are placed."""
    fastest_hz = max(header.rate_hz(channel) for channel in header.channels)
    if header.version < 1.94:
        rate_hz = Fraction(int.from_bytes(head[1:4], "little"))
        n_events = int.from_bytes(head[4:8], "little")
    else:
        n_events = int.from_bytes(head[1:4], "little")
        (stored_hz,) = struct.unpack("<f", head[4:8])
        rate_hz = exact_rate(stored_hz) if 1e-3 < stored_hz < 1e9 else Fraction(0)
    return head[0], n_events, rate_hz if rate_hz > 0 else fastest_hz


def describe_event(code: int, own_names: dict[int, str]) -> str:
    """The code as it is written in the tables, and its name if there is one.

    >>> describe_event(0x0301, {})
    '0x0301 cue: left hand'
    """
    kind = code & ~_END
    name = own_names.get(kind) or NAMES.get(kind, "")
    end = "end of " if code & _END else ""
    return f"0x{code:04x} {end}{name}" if name else f"0x{code:04x}"


def read_own_names(path: str, header: GdfHeader) -> dict[int, str]:
    """Names that the file gives to the codes from 1 to 255, in a tagged field of its header."""
    place = FIXED_BYTES + CHANNEL_BYTES * len(header.channels)
    if header.version < 2.1 or header.header_bytes - place < 4:
        return {}
    with open(path, "rb") as file:
        file.seek(place)
        fields = file.read(header.header_bytes - place)
    at = 0
    while at + 4 <= len(fields) and fields[at]:
        length = int.from_bytes(fields[at + 1 : at + 4], "little")
        if fields[at] == _CODE_NAMES_TAG:
            names = fields[at + 4 : at + 4 + length].split(b"\x00")
            # The name of code 0 is always empty.
            told = enumerate(name.decode("utf-8", errors="replace") for name in names[:256])
            return {code: name for code, name in told if code and name}
        at += 4 + length
    return {}
