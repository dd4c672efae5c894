"""Rows of `events`: what happened, in one table, sorted by time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from transforms.engine import WINDOW_NS, StreamSpec
from transforms.flag_intervals import FLAGS, Intervals
from transforms.recordings import Notice
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part

ARTIFACT, STREAM, ARRIVAL, WARNING = "artifact", "stream", "arrival", "warning"
"""Categories of events: a flag on a channel; the stream's own continuity; what happened to its
packets on the way; advice to people."""

_FLAG_KINDS = tuple((flag.name or "").lower() for flag in FLAGS)


class EventRows:
    """Collects events column by column."""

    def __init__(self) -> None:
        self._blocks: list[dict[str, pa.Array]] = []

    def add_intervals(self, intervals: Intervals, spec: StreamSpec) -> None:
        """Artifacts: from the start of the first flagged window to the end of the last."""
        if len(intervals) == 0:
            return
        kinds = pa.array(_FLAG_KINDS).take(pa.array(intervals.flag))
        self._blocks.append(
            {
                "start_ns": pa.array(intervals.start * WINDOW_NS),
                "end_ns": pa.array(intervals.stop * WINDOW_NS),
                "category": pa.repeat(ARTIFACT, len(intervals)),
                "kind": kinds,
                "channel": pa.array(spec.channels, pa.string()).take(pa.array(intervals.channel)),
                "detail": pa.nulls(len(intervals), pa.string()),
            }
        )

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
        if not self._blocks:
            return None
        columns = {
            key: pa.concat_arrays([block[key] for block in self._blocks]) for key in self._blocks[0]
        }
        self._blocks = []
        order = pa.array(np.argsort(columns["start_ns"].to_numpy(), kind="stable"))
        columns = {key: column.take(order) for key, column in columns.items()}
        return make_part("events", name, identity, len(order), columns)

    def _add(self, start_ns: int, end_ns: int, category: str, notice: Notice) -> None:
        row = {
            "category": category,
            "kind": notice.kind,
            "channel": notice.channel,
            "detail": notice.detail,
        }
        block = {key: pa.array([value], pa.string()) for key, value in row.items()}
        block |= {"start_ns": pa.array([start_ns]), "end_ns": pa.array([end_ns])}
        self._blocks.append(block)
