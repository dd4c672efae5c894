"""When live rows were where: rows of `latencies`, and what the job's metrics show."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.archive import EpochPlace
from schemas.traces import add_span
from schemas.window_rows import WINDOWS_PER_S
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import RowToSeal, StageTimes
from transforms.stage_counts import StageCounts
from transforms.table_part import TablePart, make_part

_SECOND_NS = 1_000_000_000
_STAGES = ("device_ns", "received_ns", "published_ns", "windowed_ns", "written_ns")


class Acknowledged:
    """The newest live row of each stream and second of a bundle."""

    def __init__(self) -> None:
        self._times: dict[tuple[EpochPlace, int], StageTimes] = {}
        self._revisions: dict[EpochPlace, int] = {}
        self._traced: dict[str, int] = {}

    def add(self, row: RowToSeal) -> None:
        """A row that is about to be written; those that are not live do not count."""
        if row.times is None or not row.times.windowed_ns:
            return
        if row.times.traceparent:
            self._traced[row.times.traceparent] = row.times.windowed_ns
        key = row.place, row.times.newest_window // WINDOWS_PER_S
        before = self._times.get(key)
        if before is None or before.newest_window <= row.times.newest_window:
            self._times[key] = row.times
            self._revisions[row.place] = row.revision

    def discard(self, row: RowToSeal) -> None:
        """A row that was refused: nobody reads it."""
        if row.times is not None:
            self._traced.pop(row.times.traceparent, None)
            self._times.pop((row.place, row.times.newest_window // WINDOWS_PER_S), None)

    def parts(self, written_ns: int) -> Iterator[TablePart]:
        """A row of `latencies` for each stream and second; tells the metrics too.

        Args:
          written_ns: when Bigtable had acknowledged all of them.
        """
        counts = StageCounts()
        for (place, second), times in self._times.items():
            found = {name: getattr(times, name, written_ns) for name in _STAGES}
            counts.add(found)
            yield _part(place, second, found, times, self._revisions[place])
        counts.tell()
        for traceparent, windowed_ns in self._traced.items():
            add_span("write the row", traceparent, windowed_ns, written_ns)


def _part(
    place: EpochPlace, second: int, found: dict[str, int], times: StageTimes, revision: int
) -> TablePart:
    identity = RowIdentity(
        *(place.tenant, place.subject, place.session, place.stream, place.epoch),
        revision=revision,
        parameter_version=times.parameter_version,
    )
    columns = {name: [time_ns or None] for name, time_ns in found.items()}
    name = f"{place.session}/{place.stream}-e{place.epoch:04d}-{second}-{found['written_ns']}"
    start_ns = {"start_ns": [second * _SECOND_NS]}
    return make_part("latencies", f"{name}.parquet", identity, 1, start_ns | columns)
