"""The markers of a BrainVision recording (.vmrk, .amrk), and where its samples belong in time.

Each unbroken piece of a recording begins with a marker "New Segment", which may carry a date: that
of the first is the recording's start, and those of the others tell how long the pauses were.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from fractions import Fraction

from transforms.recordings.brainvision.text import fields, read_sections
from transforms.recordings.pauses import ASSUMED_S, Pause, notices_of
from transforms.recordings.plan import Marker, Notice, Run
from transforms.recordings.times import SECOND_NS, date_ns, sample_ns

NEW_SEGMENT = "New Segment"


@dataclasses.dataclass(frozen=True)
class BrainvisionMarker:
    """One entry.

    Attributes:
      sample: place in the file, from 0.
      n_samples: its length; 0 and 1: a moment.
      channel: from 0; None: all of them.
      date_ns: nanoseconds since 1970; None where the entry has no valid date.
    """

    kind: str
    text: str
    sample: int
    n_samples: int
    channel: int | None
    date_ns: int | None


def read_brainvision_markers(path: str) -> tuple[list[BrainvisionMarker], list[Notice]]:
    """All entries in the order of the file; a notice tells of those that make no sense.

    Raises:
      RecordingError: it is no marker file.
    """
    _, sections = read_sections(path, "Marker")
    markers, unreadable = [], []
    for key, value in sections.get("marker infos", {}).items():
        marker = _parse(value)
        if marker is None:
            unreadable.append(key)
        else:
            markers.append(marker)
    if not unreadable:
        return markers, []
    detail = f"{len(unreadable)} entries of the marker file make no sense: " + ", ".join(
        unreadable[:5]
    )
    return markers, [Notice("reader_warning", detail)]


def _parse(value: str) -> BrainvisionMarker | None:
    kind, text, *numbers = fields(value)[:6] + [""] * (6 - len(fields(value)))
    position, size, channel, date = numbers
    if not (position.isdecimal() and len(position) < 16):
        return None
    length = int(size) if size.isdecimal() and len(size) < 16 else 0
    number = int(channel) if channel.isdecimal() and len(channel) < 6 else 0
    return BrainvisionMarker(
        kind=kind,
        text=text,
        sample=max(0, int(position) - 1),  # counted from 1
        n_samples=length,
        channel=number - 1 if number else None,
        date_ns=_date_ns(date),
    )


def _date_ns(date: str) -> int | None:
    """From YYYYMMDDhhmmssuuuuuu, taken for UTC: the file names no zone."""
    if len(date) != 20 or not date.isdecimal():
        return None
    try:
        found = datetime.datetime.strptime(date, "%Y%m%d%H%M%S%f").replace(tzinfo=datetime.UTC)
        return date_ns(found)
    except ValueError:  # zeros, where the recorder did not know
        return None


def place_segments(
    markers: Sequence[BrainvisionMarker], n_samples: int, rate_hz: Fraction
) -> tuple[int | None, tuple[Run, ...], list[Notice]]:
    """Start of the recording (None: unknown), its runs, and what could not be placed.

    A segment without a date, or with one before the segment in front has ended, follows after a
    pause of `ASSUMED_S`: that it did not follow at once is all that is known.
    """
    segments = {m.sample: m.date_ns for m in markers if m.kind == NEW_SEGMENT}
    inner = sorted((row, date) for row, date in segments.items() if 0 < row < n_samples)
    start_ns = segments.get(0)
    runs: list[Run] = []
    unplaced, first, low = [], 0, 0
    for row, date in inner:
        runs.append(Run(first, low, row - low))
        follows = first + row - low
        place = _place(date, start_ns, rate_hz)
        if place is None or place < follows:
            unplaced.append(Pause(row / rate_hz, None))
            place = follows + max(1, round(ASSUMED_S * rate_hz))
        first, low = place, row
    runs.append(Run(first, low, n_samples - low))
    return start_ns, _joined(runs), notices_of(unplaced)


def _place(date: int | None, start_ns: int | None, rate_hz: Fraction) -> int | None:
    if date is None or start_ns is None:
        return None
    return round((date - start_ns) * rate_hz / SECOND_NS)


def _joined(runs: Sequence[Run]) -> tuple[Run, ...]:
    joined = [runs[0]]
    for run in runs[1:]:
        last = joined[-1]
        if run.first_sample == last.first_sample + last.n_samples:
            joined[-1] = Run(last.first_sample, last.file_sample, last.n_samples + run.n_samples)
        else:
            joined.append(run)
    return tuple(joined)


def event_markers(
    markers: Sequence[BrainvisionMarker],
    runs: Sequence[Run],
    names: Sequence[str],
    start_ns: int,
    rate_hz: Fraction,
) -> tuple[Marker, ...]:
    """All entries but the segments, described as "Type/Description", as MNE does."""
    return tuple(
        Marker(
            start_ns=sample_ns(start_ns, stream_sample(runs, marker.sample), rate_hz),
            duration_ns=sample_ns(0, marker.n_samples if marker.n_samples > 1 else 0, rate_hz),
            description=f"{marker.kind}/{marker.text}",
            channels=_channel_names(marker.channel, names),
        )
        for marker in markers
        if marker.kind != NEW_SEGMENT
    )


def stream_sample(runs: Sequence[Run], row: int) -> int:
    """Where a row of the file belongs in the stream."""
    run = max((r for r in runs if r.file_sample <= row), key=lambda r: r.file_sample)
    return run.first_sample + row - run.file_sample


def _channel_names(channel: int | None, names: Sequence[str]) -> tuple[str, ...]:
    return () if channel is None or channel >= len(names) else (names[channel],)
