"""What the columns of a Muse CSV are: it was written by one of several programs.

- muse-lsl (and other tools on LSL): `timestamps,TP9,AF7,AF8,TP10[,Right AUX][,Marker0 ...]`.
- Mind Monitor: `TimeStamp,...,RAW_TP9,...,Accelerometer_X,...,Elements`: blinks, jaw clenches and
  markers are texts in Elements, in rows of their own.
- Muse Direct, one column a value: `timestamps,eeg_1,...,acc_1,...,blink,jaw_clench,...`: a row
  holds the values of one kind of packet, the other cells are empty.
- Muse Direct, one row a packet: `Timestamp,PacketType,Data`: see muse_packets.py.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from transforms.recordings.errors import Reason, RecordingError

ELECTRODES = ("TP9", "AF7", "AF8", "TP10", "AUX_L", "AUX_R")
"""The order of LibMuse's EEG1 to EEG4, AUX_LEFT and AUX_RIGHT."""

_TIMES = {"timestamps", "timestamp", "ts", "time"}
_EARS_AND_FOREHEAD = {"tp9", "af7", "af8", "tp10", "fp1", "fp2", "fpz", "left aux", "right aux"}
_AXES = ("accelerometer_x", "accelerometer_y", "accelerometer_z"), ("acc_1", "acc_2", "acc_3")
_EVENTS = {"blink", "jaw_clench"}
_TEXTS = {"elements", "note"}

MUSE_LSL, MIND_MONITOR, MUSE_DIRECT = "muse-lsl", "Mind Monitor", "Muse Direct"


@dataclasses.dataclass(frozen=True)
class MuseLayout:
    """Places of the columns of a table with one row for each moment.

    Attributes:
      program: that wrote it.
      eeg: (place, name of the electrode).
      acc: places of x, y and z; empty where there are none.
      codes: (place, name) of columns with a number at an event, 0 or empty elsewhere.
      texts: places of columns with a text at an event.
      left_out: names of all other columns.
    """

    program: str
    time: int
    eeg: tuple[tuple[int, str], ...]
    acc: tuple[int, ...]
    codes: tuple[tuple[int, str], ...]
    texts: tuple[int, ...]
    left_out: tuple[str, ...]


def is_packet_header(names: Sequence[str]) -> bool:
    """Whether it is Muse Direct's table with one row for each packet."""
    return [name.lower() for name in names[:3]] == ["timestamp", "packettype", "data"]


def muse_layout(names: Sequence[str]) -> MuseLayout:
    """The layout that a header line names.

    Raises:
      RecordingError: there is no time column, or no electrode.
    """
    lower = [name.lower() for name in names]
    times = [place for place, name in enumerate(lower) if name in _TIMES]
    eeg, program = _eeg(lower, names)
    if not times or not eeg:
        raise RecordingError(
            Reason.BAD_HEADER,
            "the first line names no " + ("time column" if eeg else "electrode") + "; expected"
            " timestamps,TP9,... or TimeStamp,...,RAW_TP9,... or timestamps,eeg_1,...",
        )
    acc: tuple[int, ...] = ()
    for axes in _AXES:
        if all(axis in lower for axis in axes):
            acc = tuple(lower.index(axis) for axis in axes)
    codes = tuple(
        (place, names[place])
        for place, name in enumerate(lower)
        if re.fullmatch(r"marker\d*|stim", name) or name in _EVENTS
    )
    texts = tuple(place for place, name in enumerate(lower) if name in _TEXTS)
    used = {times[0], *(p for p, _ in eeg), *acc, *(p for p, _ in codes), *texts}
    return MuseLayout(
        program=program,
        time=times[0],
        eeg=eeg,
        acc=acc,
        codes=codes,
        texts=texts,
        left_out=tuple(name for place, name in enumerate(names) if name and place not in used),
    )


def _eeg(lower: Sequence[str], names: Sequence[str]) -> tuple[tuple[tuple[int, str], ...], str]:
    raw = [(p, names[p][4:]) for p, name in enumerate(lower) if name.startswith("raw_")]
    if raw:
        raw += [(p, names[p]) for p, name in enumerate(lower) if name.startswith("aux")]
        return tuple(raw), MIND_MONITOR
    numbered = [
        (place, ELECTRODES[int(name[4:]) - 1])
        for place, name in enumerate(lower)
        if re.fullmatch(r"eeg_[1-6]", name)
    ]
    if numbered:
        return tuple(numbered), MUSE_DIRECT
    named = [(p, names[p]) for p, name in enumerate(lower) if name in _EARS_AND_FOREHEAD]
    return tuple(named), MUSE_LSL
