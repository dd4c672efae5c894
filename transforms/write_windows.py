"""Rows to sealed cells in Bigtable, as a Beam step."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.shared import Shared
from apache_beam.utils.windowed_value import WindowedValue

from transforms.batch_records import DeadLetter
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import RowToSeal
from transforms.sealed_store import SealedStore, StoreAddress
from transforms.sealed_writer import RefusedRow, SealedWriter, WriterSettings

_LOG = logging.getLogger(__name__)

STAGE = "WriteSealedRows"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteSealedRows(beam.PTransform):
    """RowToSeal to sealed cells; returns what will never be stored (DeadLetter).

    Every cell has its place and its time from its content: a repeated bundle rewrites the same
    cells, under other nonces, and readers see each once.
    """

    address: StoreAddress
    settings: WriterSettings = dataclasses.field(default_factory=WriterSettings)

    def expand(self, rows: PCollection[RowToSeal]) -> PCollection[DeadLetter]:
        """Sealed in the step that writes: nothing in the clear is handed on."""
        write = beam.ParDo(_WriteFn(self.address, self.settings))
        return rows | "SealAndWrite" >> write.with_output_types(DeadLetter)


class _WriteFn(beam.DoFn):
    def __init__(self, address: StoreAddress, settings: WriterSettings):
        self._address, self._settings = address, settings
        self._shared = Shared()  # one cache of keys a process, however many threads

    def setup(self) -> None:
        self._store = self._shared.acquire(lambda: SealedStore(self._address))

    def start_bundle(self) -> None:
        self._writer = SealedWriter(self._store, self._settings)
        self._told: set[tuple[str, str]] = set()

    def process(self, row: RowToSeal) -> Iterator[DeadLetter]:
        Metrics.counter(STAGE, f"rows-{row.table.table_id}").inc()
        Metrics.counter(STAGE, f"bytes-{row.table.table_id}").inc(row.n_bytes)
        yield from self._letters(self._writer.add(row))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for letter in self._letters(self._writer.flush()):
            yield WindowedValue(letter, window.max_timestamp(), (window,))

    def _letters(self, refused: Iterable[RefusedRow]) -> Iterator[DeadLetter]:
        """One a recording and reason, not one a row: the recording is what can be replayed."""
        for one in refused:
            Metrics.counter(STAGE, f"rejected-{one.reason}").inc()
            if (one.row.path, one.reason) in self._told:
                continue
            self._told.add((one.row.path, one.reason))
            yield _letter(one)


def _letter(one: RefusedRow) -> DeadLetter:
    place = one.row.place
    _LOG.warning("rows of tenant %s are not stored: %s", place.tenant, one.reason)
    identity = RowIdentity(
        *(place.tenant, place.subject, place.session, place.stream, place.epoch),
        revision=one.row.revision,
    )
    return DeadLetter(one.row.path, STAGE, one.reason, one.message, identity)
