"""Rows of `events`: what happened, in one table, sorted by time."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.engine import WINDOW_NS, StreamSpec
from transforms.flag_intervals import FLAGS, Intervals
from transforms.recordings import Notice
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part

ARTIFACT, STREAM, ARRIVAL, WARNING = "artifact", "stream", "arrival", "warning"
"""Categories of events: a flag on a channel; the stream's own continuity; what happened to its
packets on the way; advice to people."""

_COLUMNS = ("start_ns", "end_ns", "category", "kind", "channel", "detail")
_Row = tuple[int, int, str, str, str | None, str | None]
_FLAG_KINDS = tuple((flag.name or "").lower() for flag in FLAGS)


class EventRows:
    """Collects events, few as they are; sorted by time they are Arrow only in the end."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []

    def add_intervals(self, intervals: Intervals, spec: StreamSpec) -> None:
        """Artifacts: from the start of the first flagged window to the end of the last."""
        if len(intervals) == 0:
            return
        columns = intervals.flag, intervals.channel, intervals.start, intervals.stop
        for flag, channel, start, stop in zip(*(c.tolist() for c in columns), strict=True):
            times = start * WINDOW_NS, stop * WINDOW_NS
            self._rows.append((*times, ARTIFACT, _FLAG_KINDS[flag], spec.channels[channel], None))

    def add_gaps(self, gaps: Sequence[tuple[int, int]], spec: StreamSpec) -> None:
        """Samples missing on all channels, (first, after the last) counted since the epoch."""
        for first, stop in gaps:
            start_ns = sample_ns(spec.start_ns, first, spec.sampling_rate)
            end_ns = sample_ns(spec.start_ns, stop, spec.sampling_rate)
            self._add(start_ns, end_ns, STREAM, Notice("gap", f"{stop - first} samples"))

    def add_restart(self, start_ns: int, detail: str) -> None:
        """A new epoch of the stream."""
        self._add(start_ns, start_ns, STREAM, Notice("restart", detail))

    def add_arrival(self, kind: str, start_ns: int, end_ns: int, detail: str) -> None:
        """What happened to packets on their way; one of `ARRIVAL_KINDS`."""
        self._add(start_ns, end_ns, ARRIVAL, Notice(kind, detail))

    def add_notices(self, notices: Sequence[Notice], start_ns: int, end_ns: int) -> None:
        """Advice about the whole interval."""
        for notice in notices:
            self._add(start_ns, end_ns, WARNING, notice)

    def part(self, identity: RowIdentity, name: str) -> TablePart | None:
        """All events since the last call, or None."""
        if not self._rows:
            return None
        rows, self._rows = sorted(self._rows, key=lambda row: row[0]), []
        columns = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        return make_part("events", name, identity, len(rows), columns)

    def _add(self, start_ns: int, end_ns: int, category: str, notice: Notice) -> None:
        row = start_ns, end_ns, category, notice.kind, notice.channel, notice.detail
        self._rows.append(row)
