"""What the sidecars of a BIDS dataset say of a recording, and the recording with it.

What they say of channels is used while the file is opened (kinds decide what becomes a stream);
events, positions and warnings are added afterwards.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any

from transforms.recordings.bids.names import BidsName, parse_bids_name
from transforms.recordings.bids.tables import Row, read_json, read_tsv
from transforms.recordings.plan import (
    ChannelFact,
    Marker,
    Notice,
    OpenedRecording,
    Position,
    RecordingSettings,
    StreamPlan,
)
from transforms.recordings.times import SECOND_NS

_SIGNAL_OF_TYPE = {
    "EEG": "eeg",
    "EOG": "eeg",
    "HEOG": "eeg",
    "VEOG": "eeg",
    "ECOG": "ecog",
    "SEEG": "ecog",
    "DBS": "lfp",
    "ECG": "ecg",
    "EMG": "emg",
    "ACCEL": "acc",
    "ACC": "acc",
}
_METRES = {"m": 1.0, "mm": 1e-3, "cm": 1e-2}
_MAINS_HZ = (50, 60)
_MAX_RATE_HZ = 1e9


@dataclasses.dataclass(frozen=True)
class BidsSidecars:
    """Their content, the nearest of each kind.

    Attributes:
      participants, channels, events, electrodes: rows by column name.
      facts: of the JSON files of the recording, the nearest last.
      unit_of_positions: `m`, `cm` or `mm`; empty: unknown.
      notices: files that cannot be read.
    """

    subject: str | None = None
    participants: tuple[Row, ...] = ()
    channels: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()
    electrodes: tuple[Row, ...] = ()
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    unit_of_positions: str = ""
    notices: tuple[Notice, ...] = ()


def read_sidecars(recording: str, paths: Sequence[str]) -> BidsSidecars:
    """Reads the sidecars of a recording.

    Args:
      recording: its name.
      paths: local, from the root of the dataset to the recording's folder.
    """
    name = parse_bids_name(recording)
    tables: dict[str, tuple[Row, ...]] = {}
    facts, coordinates, notices = dict[str, Any](), dict[str, Any](), []
    for path in paths:
        sidecar = parse_bids_name(os.path.basename(path))
        try:
            if sidecar is None:
                continue
            if sidecar.extension == ".tsv":
                tables[sidecar.suffix] = read_tsv(path)
            elif sidecar.suffix == "coordsystem":
                coordinates = read_json(path)
            else:
                facts |= read_json(path)
        except ValueError as error:
            notices.append(
                Notice("sidecar_unreadable", f"{os.path.basename(path)} is left aside: {error}")
            )
    return BidsSidecars(
        subject=_subject(name),
        participants=tables.get("participants", ()),
        channels=tables.get("channels", ()),
        events=tables.get("events", ()),
        electrodes=tables.get("electrodes", ()),
        facts=facts,
        unit_of_positions=_unit_of_positions(coordinates),
        notices=tuple(notices),
    )


def _subject(name: BidsName | None) -> str | None:
    label = None if name is None else name.entities.get("sub")
    return None if label is None else f"sub-{label}"


def _unit_of_positions(coordinates: dict[str, Any]) -> str:
    keys = ("EEGCoordinateUnits", "iEEGCoordinateUnits", "EMGCoordinateUnits")
    return next((str(coordinates[key]) for key in keys if key in coordinates), "")


def settings_with(settings: RecordingSettings, sidecars: BidsSidecars) -> RecordingSettings:
    """Settings that open the recording as its sidecars say."""
    channels = tuple(
        ChannelFact(row["name"], _signal(row["type"]), row.get("units") or None)
        for row in sidecars.channels
        if row.get("name") and row.get("type")
    )
    mains = sidecars.facts.get("PowerLineFrequency")
    if settings.line_hz_from_file and mains in _MAINS_HZ:
        settings = dataclasses.replace(settings, line_hz=int(mains))
    return dataclasses.replace(settings, channels=channels)


def _signal(channel_type: str) -> str | None:
    return _SIGNAL_OF_TYPE.get(channel_type.upper())


def recording_with(opened: OpenedRecording, sidecars: BidsSidecars) -> OpenedRecording:
    """The opened recording with events, positions and warnings of its sidecars.

    A table of events is the dataset's own account of them: where there is one, it takes the place
    of the markers in the file.
    """
    notices = [*opened.notices, *sidecars.notices, *_bad_channels(opened, sidecars)]
    notices += _rate_notices(opened, sidecars) + _participant_notices(sidecars)
    markers, unplaced = _markers(opened.start_ns, sidecars.events)
    if unplaced:
        detail = f"{unplaced} rows of the table of events have no onset and are left out"
        notices.append(Notice("sidecar_unreadable", detail))
    positions = _positions(sidecars)
    return dataclasses.replace(
        opened,
        streams=tuple(_placed(plan, positions) for plan in opened.streams),
        notices=tuple(notices),
        markers=markers if sidecars.events else opened.markers,
        subject=sidecars.subject,
    )


def _bad_channels(opened: OpenedRecording, sidecars: BidsSidecars) -> list[Notice]:
    read = {name for plan in opened.streams for name in plan.spec.channels}
    return [
        Notice("bad_channel", row.get("status_description") or "so the table says", row["name"])
        for row in sidecars.channels
        if row.get("status", "").lower() == "bad" and row.get("name") in read
    ]


def _rate_notices(opened: OpenedRecording, sidecars: BidsSidecars) -> list[Notice]:
    said = sidecars.facts.get("SamplingFrequency")
    if not isinstance(said, int | float) or not 0 < said < _MAX_RATE_HZ:
        return []
    rates = {plan.spec.sampling_rate_hz for plan in opened.streams}
    if any(math.isclose(rate, said, rel_tol=1e-4) for rate in rates):
        return []
    found = ", ".join(f"{rate:g}" for rate in sorted(rates))
    detail = f"SamplingFrequency is {said:g} Hz beside the file, in which it is {found} Hz"
    return [Notice("sidecar_disagrees", f"{detail}; the file counts")]


def _participant_notices(sidecars: BidsSidecars) -> list[Notice]:
    """Whether the subject is one of the dataset's participants.

    What else the table says of them (age, sex, diagnosis) is not taken over: it would stand beside
    their signals in tables that many may read.
    """
    listed = {row.get("participant_id") for row in sidecars.participants}
    if not listed or sidecars.subject in listed:
        return []
    detail = f"participants.tsv does not list {sidecars.subject}"
    return [Notice("sidecar_disagrees", detail)]


def _markers(start_ns: int, rows: Sequence[Row]) -> tuple[tuple[Marker, ...], int]:
    markers = []
    for row in rows:
        onset, duration = _number(row.get("onset")), _number(row.get("duration"))
        if onset is None:
            continue
        text = next((row[key] for key in ("trial_type", "value") if row.get(key)), "event")
        markers.append(
            Marker(
                start_ns=start_ns + round(onset * SECOND_NS),
                duration_ns=round(max(duration or 0.0, 0.0) * SECOND_NS),
                description=text,
            )
        )
    return tuple(markers), len(rows) - len(markers)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def _positions(sidecars: BidsSidecars) -> dict[str, Position]:
    metres = _METRES.get(sidecars.unit_of_positions)
    positions = {}
    for row in sidecars.electrodes:
        x, y, z = (_number(row.get(axis)) for axis in ("x", "y", "z"))
        if metres is not None and x is not None and y is not None and z is not None:
            positions[row.get("name", "")] = (x * metres, y * metres, z * metres)
    return positions


def _placed(plan: StreamPlan, positions: dict[str, Position]) -> StreamPlan:
    placed = tuple(positions.get(name) for name in plan.spec.channels)
    return dataclasses.replace(plan, positions=placed) if any(placed) else plan
