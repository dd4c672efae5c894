"""A session's folder in the archive of packets, read as one recording."""

from __future__ import annotations

import collections
import dataclasses
import os
from collections.abc import Iterator, Sequence

import numpy as np

from schemas.archive import EpochPlace
from schemas.archive_reader import EpochReader, epoch_folders
from schemas.errors import ArchiveError
from schemas.packet_events import Event, EventKind
from schemas.packet_format import SignalFormat
from transforms.engine import SpecError, StreamSpec
from transforms.recordings.archive.packets import EpochPackets
from transforms.recordings.blocks import Block, block_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import (
    AUTO,
    Marker,
    Notice,
    OpenedRecording,
    RecordingOwner,
    RecordingSettings,
    Run,
    StreamPlan,
)
from transforms.recordings.units import UNIT_UV, engine_factor, unit_of_dimension

READER = "archive"
_JUMP_S = 3600  # the longest pause within an epoch of the engine


def open_archive(path: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices of a session's folder; every packet is opened once.

    Args:
      path: `.../tenant/session`.

    Raises:
      RecordingError: the folder holds no packets of samples that can be used.
    """
    plans: list[StreamPlan] = []
    n_jumps = collections.Counter[str]()  # so far, by stream: each has made its epochs one more
    notices: list[Notice] = []
    events: list[Event] = []
    owners = set[RecordingOwner]()
    for folder in epoch_folders(path):
        try:
            reader = EpochReader(folder)
        except ArchiveError as error:
            notices.append(Notice("archive_damaged", f"{folder.parent.name}: {error}"))
            continue
        packets = EpochPackets(reader)
        stream = reader.place.stream
        plan, more = _plan(packets, reader.place.epoch + n_jumps[stream], settings)
        n_jumps[stream] += more
        plans += [plan] if plan else []
        events += packets.events
        owners.add(_owner(reader.place))
        notices += _notices(packets)
    if not plans:
        told = "; ".join(notice.detail for notice in notices[:3]) or "no packets of samples"
        raise RecordingError(Reason.NO_SIGNAL, told)
    if len(owners) > 1:
        raise RecordingError(Reason.BAD_HEADER, f"packets of {len(owners)} subjects; expected 1")
    return OpenedRecording(
        start_ns=min(plan.spec.start_ns for plan in plans),
        streams=tuple(plans),
        notices=(*notices, *_health(events)),
        markers=_markers(events),
        owner=owners.pop(),
    )


def read_archive_blocks(path: str, plan: StreamPlan) -> Iterator[Block]:
    """All samples of one epoch of a stream, in time order.

    Raises:
      RecordingError: the archive changed after it was opened.
    """
    folder = os.path.join(path, plan.stream, f"{plan.packet_epoch:06d}")
    try:
        packets = EpochPackets(EpochReader(folder))
    except (ArchiveError, OSError) as error:
        raise RecordingError(Reason.UNREADABLE, f"{folder}: {error}") from error
    factors, most = np.array(plan.factors), block_samples(plan)
    first, held = 0, list[np.ndarray]()
    for place, rows in packets.rows():
        n_held = sum(len(part) for part in held)
        if held and (place != first + n_held or n_held >= most):
            yield Block(first, np.concatenate(held) * factors)
            held = []
        first = first if held else place
        held.append(rows)
    if held:
        yield Block(first, np.concatenate(held) * factors)


def _plan(
    packets: EpochPackets, epoch: int, settings: RecordingSettings
) -> tuple[StreamPlan | None, int]:
    """The plan of an epoch, None where it holds no samples; and the new epochs within it.

    Args:
      epoch: by which its rows are stored.
    """
    runs, n_jumps = _runs(packets)
    if packets.first is None:
        return None, 0
    place = packets.reader.place
    spec, factor, unit = _spec(place.stream, packets.first.format, packets.first.start_ns, settings)
    plan = StreamPlan(
        stream=place.stream,
        spec=spec,
        reader=READER,
        source_channels=spec.channels,
        factors=(factor,) * spec.n_channels,
        runs=runs,
        unit=unit,
        epoch=epoch,
        packet_epoch=place.epoch,
    )
    return plan, n_jumps


def _runs(packets: EpochPackets) -> tuple[tuple[Run, ...], int]:
    """Samples without a gap, and the pauses at which the engine will begin a new epoch."""
    runs: list[Run] = []
    n_stored = next_present = n_jumps = 0
    for place, rows in packets.rows():
        last = runs[-1] if runs else Run(-1, 0, 0)
        if place == last.first_sample + last.n_samples:
            runs[-1] = dataclasses.replace(last, n_samples=last.n_samples + len(rows))
        else:
            runs.append(Run(place, n_stored, len(rows)))
        n_stored += len(rows)
        present = place + np.flatnonzero(np.isfinite(rows).any(axis=1))
        if len(present):
            n_jumps += int(present[0]) - next_present > _JUMP_S * packets.sampling_rate
            next_present = int(present[-1]) + 1
    return tuple(runs), n_jumps


def _spec(
    stream: str, format_: SignalFormat, start_ns: int, settings: RecordingSettings
) -> tuple[StreamSpec, float, str | None]:
    """The stream, the factor from the packets' unit to the engine's, and that unit."""
    factor = engine_factor(format_.signal, format_.unit, settings.unit)
    unit = unit_of_dimension(format_.unit)
    if unit is not None and settings.unit in UNIT_UV:
        unit = settings.unit
    if factor is None:
        raise RecordingError(Reason.BAD_STREAM, f"{stream}: no factor for {format_.unit}")
    ranges = [
        None if ends is None else (ends[0] * factor, ends[1] * factor)
        for ends in format_.value_range()
    ]
    try:
        spec = StreamSpec(
            signal=format_.signal if settings.signal == AUTO else settings.signal,
            sampling_rate=format_.sampling_rate,
            channels=format_.channels,
            start_ns=start_ns,
            line_hz=settings.line_hz,
            adc_range=ranges if any(ranges) else None,
        )
    except SpecError as error:
        raise RecordingError(Reason.BAD_STREAM, f"{stream}: {error}") from error
    return spec, factor, unit


def _owner(place: EpochPlace) -> RecordingOwner:
    return RecordingOwner(place.tenant, place.subject, place.session)


def _notices(packets: EpochPackets) -> list[Notice]:
    place = packets.reader.place
    stream = f"{place.stream}, epoch {place.epoch}"
    notices = []
    if damage := packets.reader.damage:
        told = f"{stream}: {len(damage)} parts cannot be read, the first: {damage[0]}"
        notices.append(Notice("archive_damaged", told))
    if packets.left_out:
        told = f"{stream}: {packets.left_out} packets do not fit; {packets.why}"
        notices.append(Notice("packets_left_out", told))
    return notices


def _markers(events: Sequence[Event]) -> tuple[Marker, ...]:
    return tuple(
        Marker(event.time_ns, event.duration_ns, event.description, event.channels)
        for event in sorted(events, key=lambda event: event.time_ns)
        if event.kind is not EventKind.DEVICE_HEALTH
    )


def _health(events: Sequence[Event]) -> list[Notice]:
    """One notice for all readings of a name and a channel: how many, and from what to what."""
    readings = [
        reading
        for event in sorted(events, key=lambda event: event.time_ns)
        if event.kind is EventKind.DEVICE_HEALTH
        for reading in event.readings
    ]
    notices = []
    for name, channel, unit in sorted({(r.name, r.channel, r.unit) for r in readings}):
        values = [
            reading.value
            for reading in readings
            if (reading.name, reading.channel, reading.unit) == (name, channel, unit)
        ]
        numbers = [value for value in values if isinstance(value, float)]
        texts = list(dict.fromkeys(value for value in values if isinstance(value, str)))
        found = [f"{min(numbers):g} to {max(numbers):g} {unit}".strip()] if numbers else []
        told = f"{name}: {', '.join(found + texts[:5])} ({len(values)} readings)"
        notices.append(Notice("device_health", told, channel or None))
    return notices
