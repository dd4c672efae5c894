"""A session's folder in the archive of packets, read as one recording."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence

import numpy as np

from schemas.archive import JUMP_EPOCHS, EpochPlace
from schemas.archive_reader import EpochReader, epoch_folders
from schemas.errors import ArchiveError
from schemas.packet_events import Event, EventKind
from transforms.recordings.archive.packets import EpochPackets
from transforms.recordings.archive.stream_spec import stream_of_format
from transforms.recordings.blocks import Block, block_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import (
    ArchiveFence,
    Marker,
    Notice,
    OpenedRecording,
    RecordingOwner,
    RecordingSettings,
    Run,
    StreamPlan,
)

READER = "archive"


def open_archive(path: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices of a session's folder; every packet is opened once.

    Args:
      path: `.../tenant/session`.

    Raises:
      RecordingError: the folder holds no packets of samples that can be used, or is not one that
        the job may open.
      SealError: keys that only an administrator, or time, can mend.
    """
    plans: list[StreamPlan] = []
    notices: list[Notice] = []
    events: list[Event] = []
    owners = set[RecordingOwner]()
    n_closed = 0
    for folder in epoch_folders(path):
        try:
            reader = EpochReader(folder)
        except ArchiveError as error:
            notices.append(Notice("archive_damaged", f"{folder.parent.name}: {error}"))
            continue
        _check_fence(reader.place, settings.owner)  # before a packet is opened
        packets = EpochPackets(reader, settings.vault)
        plan = _plan(packets, settings)
        plans += [plan] if plan else []
        events += packets.events
        owners.add(_owner(reader.place))
        notices += _notices(packets)
        n_closed += packets.n_closed
    if not plans:
        told = "; ".join(notice.detail for notice in notices[:3]) or "no packets of samples"
        raise RecordingError(Reason.NOT_OPENED if n_closed else Reason.NO_SIGNAL, told)
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
    vault = plan.settings.vault if plan.settings else None
    try:
        packets = EpochPackets(EpochReader(folder), vault)
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


def _plan(packets: EpochPackets, settings: RecordingSettings) -> StreamPlan | None:
    """The plan of an epoch, None where it holds no samples."""
    runs = _runs(packets)
    if packets.first is None:
        return None
    place = packets.reader.place
    spec, factor, unit = stream_of_format(
        place.stream, packets.first.format, packets.first.start_ns, settings
    )
    return StreamPlan(
        stream=place.stream,
        spec=spec,
        reader=READER,
        source_channels=spec.channels,
        factors=(factor,) * spec.n_channels,
        runs=runs,
        unit=unit,
        settings=settings,
        epoch=place.epoch,
        packet_epoch=place.epoch,
        jump_epochs=JUMP_EPOCHS,
    )


def _runs(packets: EpochPackets) -> tuple[Run, ...]:
    """Samples without a gap."""
    runs: list[Run] = []
    n_stored = 0
    for place, rows in packets.rows():
        last = runs[-1] if runs else Run(-1, 0, 0)
        if place == last.first_sample + last.n_samples:
            runs[-1] = dataclasses.replace(last, n_samples=last.n_samples + len(rows))
        else:
            runs.append(Run(place, n_stored, len(rows)))
        n_stored += len(rows)
    return tuple(runs)


def _check_fence(place: EpochPlace, fence: ArchiveFence | None) -> None:
    """An archive says whose it is: a job for one tenant computes no other's by mistake."""
    if fence is None:
        return
    if place.tenant != fence.tenant:
        told = f"of tenant {place.tenant}, and the job is for {fence.tenant}"
        raise RecordingError(Reason.FOREIGN, f"{told}: name it by --tenant, or give --any-tenant")
    if fence.subject not in (None, place.subject):
        told = "of another subject than the job was launched for: correct --subject"
        raise RecordingError(Reason.FOREIGN, f"{told}, or leave it out")


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
