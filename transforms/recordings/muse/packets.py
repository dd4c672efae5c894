"""Muse Direct's table with one row for each packet of the headband.

`Timestamp,PacketType,Data`: microseconds since 1970, the kind of packet, and its values in quotes.
Packets of one kind are in order; kinds arrive in bursts after each other.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.muse.layouts import ELECTRODES
from transforms.recordings.plan import Notice
from transforms.recordings.text.stamps import seconds_of_stamps

Float64 = npt.NDArray[np.float64]

_N_ELECTRODES = (4, len(ELECTRODES))
_ACC_AXES = 3
_ARTIFACTS = ("headband_on", "blink", "jaw_clench")  # LibMuse's MuseArtifactPacket


@dataclasses.dataclass(frozen=True, eq=False)
class MusePackets:
    """As `muse_csv.MuseTable` takes them."""

    electrodes: tuple[str, ...]
    eeg_s: Float64
    eeg_uv: Float64
    acc_s: Float64
    acc_g: Float64
    events: tuple[tuple[int, str], ...]
    notices: tuple[Notice, ...]


def read_packets(lines: Iterator[str]) -> MusePackets:
    """All rows after the header.

    Raises:
      RecordingError: a row, except the last, that is no packet.
    """
    rows = _rows(lines)
    eeg = [(stamp, values) for stamp, kind, values in rows if kind == "EEG"]
    acc = [(stamp, values) for stamp, kind, values in rows if kind == "ACCELEROMETER"]
    others = Counter(kind for _, kind, _ in rows)
    left_out = sorted(set(others) - {"EEG", "ACCELEROMETER", "ARTIFACTS"})
    notices = []
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    n_electrodes = len(eeg[0][1]) if eeg else _N_ELECTRODES[0]
    if n_electrodes not in _N_ELECTRODES:
        raise RecordingError(
            Reason.UNREADABLE, f"an EEG packet of {n_electrodes} values; expected 4 or 6"
        )
    return MusePackets(
        electrodes=ELECTRODES[:n_electrodes],
        eeg_s=seconds_of_stamps([stamp for stamp, _ in eeg]),
        eeg_uv=_table([values for _, values in eeg], n_electrodes),
        acc_s=seconds_of_stamps([stamp for stamp, _ in acc]),
        acc_g=_table([values for _, values in acc], _ACC_AXES),
        events=tuple(_events(rows, seconds_of_stamps([stamp for stamp, _ in eeg]))),
        notices=tuple(notices),
    )


def _rows(lines: Iterator[str]) -> list[tuple[str, str, list[float]]]:
    rows: list[tuple[str, str, list[float]]] = []
    bad: RecordingError | None = None
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        if bad is not None:
            raise bad
        stamp, _, rest = line.partition(",")
        kind, _, data = rest.partition(",")
        try:
            values = [float(cell) for cell in data.strip().strip('"').split(",")]
        except ValueError:
            bad = RecordingError(
                Reason.UNREADABLE,
                f"line {number} is {line[:60]!r}; expected a time stamp, a kind of packet and its"
                " numbers in quotes",
            )
            continue
        rows.append((stamp.strip(), kind.strip().upper(), values))
    return rows


def _table(rows: list[list[float]], n_columns: int) -> Float64:
    uneven = next((row for row in rows if len(row) != n_columns), None)
    if uneven is not None:
        raise RecordingError(
            Reason.UNREADABLE, f"a packet of {len(uneven)} values; expected {n_columns}"
        )
    return np.array(rows, dtype=np.float64).reshape(-1, n_columns)


def _events(rows: list[tuple[str, str, list[float]]], eeg_s: Float64) -> Iterator[tuple[int, str]]:
    """Where a blink or a jaw clench begins: (EEG rows of an earlier stamp, its name)."""
    packets = [(stamp, values) for stamp, kind, values in rows if kind == "ARTIFACTS"]
    stamps_s = seconds_of_stamps([stamp for stamp, _ in packets])
    before: tuple[float, ...] = (0.0,) * len(_ARTIFACTS)
    for stamp_s, (_, values) in zip(stamps_s, packets, strict=True):
        now = tuple(values) if len(values) == len(_ARTIFACTS) else before
        for name, was, is_on in zip(_ARTIFACTS, before, now, strict=True):
            if is_on and not was and name != "headband_on":
                yield int(np.searchsorted(eeg_s, stamp_s)), name
        before = now
