"""What a file says besides its samples: events, markers, and its streams as tasks."""

from __future__ import annotations

from collections.abc import Iterator

from transforms.batch_records import OpenedFile, StreamTask
from transforms.event_rows import EventRows
from transforms.recordings.times import sample_ns
from transforms.table_part import TablePart, make_part, part_name


def describe_session(opened: OpenedFile) -> Iterator[TablePart]:
    """Its notices as events, and its annotations as markers; nothing where there are none."""
    recording, identity = opened.recording, opened.identity
    name = part_name(identity, 0)
    events = EventRows()
    end_ns = max(
        sample_ns(
            plan.spec.start_ns,
            plan.runs[-1].first_sample + plan.runs[-1].n_samples,
            plan.spec.sampling_rate,
        )
        for plan in recording.streams
    )
    events.add_notices(recording.notices, recording.start_ns, end_ns)
    part = events.part(identity, name)
    if part is not None:
        yield part
    markers = sorted(recording.markers, key=lambda marker: marker.start_ns)
    if markers:
        columns = {
            "start_ns": [marker.start_ns for marker in markers],
            "duration_ns": [marker.duration_ns for marker in markers],
            "description": [marker.description for marker in markers],
            "channels": [list(marker.channels) for marker in markers],
        }
        yield make_part("markers", name, identity, len(markers), columns)


def list_streams(opened: OpenedFile) -> Iterator[StreamTask]:
    """One task for each stream, so that the streams of a file can be computed apart."""
    for plan in opened.recording.streams:
        yield StreamTask(
            path=opened.path,
            size_bytes=opened.size_bytes,
            identity=opened.identity,
            plan=plan,
            notices=opened.recording.notices,
            markers=opened.recording.markers,
            files=opened.files,
        )
