"""Rows to sealed cells in Bigtable, as a Beam step."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.shared import Shared
from apache_beam.utils.windowed_value import WindowedValue

from schemas.archive import EpochPlace
from schemas.traces import NOWHERE, collect_spans
from transforms.batch_records import DeadLetter
from transforms.latencies import Acknowledged
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import RowToSeal
from transforms.sealed_store import SealedStore, StoreAddress
from transforms.sealed_writer import RefusedRow, SealedWriter, WriterSettings

_LOG = logging.getLogger(__name__)

STAGE = "WriteSealedRows"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteSealedRows(beam.PTransform):
    """RowToSeal to sealed cells; what will never be stored goes to `refused` (DeadLetter).

    Every cell has its place and its time from its content: a repeated bundle rewrites the same
    cells, under other nonces, and readers see each once. All rows of a bundle are written when it
    ends, so a live row waits for none. Of live rows, the times of every stage go to `latencies`
    (TablePart) after Bigtable has acknowledged them.

    Args:
      clock: nanoseconds since 1970.
      traces: where spans of posts that ask for it go: `schemas.traces.EXPORTERS`.
    """

    address: StoreAddress
    settings: WriterSettings = dataclasses.field(default_factory=WriterSettings)
    clock: Callable[[], int] = time.time_ns
    traces: str = NOWHERE

    def expand(self, rows: PCollection[RowToSeal]) -> DoOutputsTuple:
        """Sealed in the step that writes: nothing in the clear is handed on."""
        write = beam.ParDo(_WriteFn(self.address, self.settings, self.clock, self.traces))
        return rows | "SealAndWrite" >> write.with_output_types(DeadLetter).with_outputs(
            "latencies", main="refused"
        )


class _WriteFn(beam.DoFn):
    def __init__(
        self,
        address: StoreAddress,
        settings: WriterSettings,
        clock: Callable[[], int],
        traces: str = NOWHERE,
    ):
        self._address, self._settings, self._clock = address, settings, clock
        self._traces = traces
        self._shared = Shared()  # one cache of keys a process, however many threads

    def setup(self) -> None:
        collect_spans(self._traces, "stream")
        self._store = self._shared.acquire(lambda: SealedStore(self._address))

    def start_bundle(self) -> None:
        self._writer = SealedWriter(self._store, self._settings)
        self._told: set[tuple[EpochPlace | str, str]] = set()
        self._live = Acknowledged()

    def process(self, row: RowToSeal) -> Iterator[DeadLetter]:
        Metrics.counter(STAGE, f"rows-{row.table.table_id}").inc()
        Metrics.counter(STAGE, f"bytes-{row.table.table_id}").inc(row.n_bytes)
        self._live.add(row)
        yield from self._letters(self._writer.add(row))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for letter in self._letters(self._writer.flush()):
            yield _in_global_window(letter)
        for part in self._live.parts(self._clock()):
            yield _in_global_window(TaggedOutput("latencies", part))

    def _letters(self, refused: Iterable[RefusedRow]) -> Iterator[DeadLetter]:
        """One a recording or live epoch and reason, not one a row: that is what is run again."""
        for one in refused:
            Metrics.counter(STAGE, f"rejected-{one.reason}").inc()
            self._live.discard(one.row)
            told = one.row.path or one.row.place, one.reason
            if told in self._told:
                continue
            self._told.add(told)
            yield _letter(one)


def _in_global_window(value: Any) -> Any:
    window = GlobalWindow()
    if isinstance(value, TaggedOutput):
        inner = WindowedValue(value.value, window.max_timestamp(), (window,))
        return TaggedOutput(value.tag, inner)
    return WindowedValue(value, window.max_timestamp(), (window,))


def _letter(one: RefusedRow) -> DeadLetter:
    place = one.row.place
    _LOG.warning("rows of tenant %s are not stored: %s", place.tenant, one.reason)
    identity = RowIdentity(
        *(place.tenant, place.subject, place.session, place.stream, place.epoch),
        revision=one.row.revision,
    )
    return DeadLetter(one.row.path, STAGE, one.reason, one.message, identity)
