"""Parts of tables to BigQuery within a second, as a Beam step: appended or inserted row by row."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.shared import Shared
from apache_beam.utils.windowed_value import WindowedValue

from transforms.append_rows import RowAppender
from transforms.batch_records import DeadLetter
from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import STAGE, RowRefusal, RowWriterSettings, letter_of_row
from transforms.held_rows import HeldRows, TableRows
from transforms.insert_rows import RowInserter
from transforms.second_rows import Part
from transforms.table_part import TABLES, TablePart

_LOG = logging.getLogger(__name__)


class RowWriter(Protocol):
    """Stores rows now."""

    def write(self, table_id: str, rows: pa.Table) -> list[RowRefusal]:
        """Stores the rows, but for those that it returns."""

    def close(self) -> None:
        """Ends the connections."""


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteRows(beam.PTransform):
    """TablePart to rows of BigQuery; returns what will never be stored (DeadLetter).

    At least once: a repeated bundle stores its rows again, and the views show each once.
    """

    address: BigQueryAddress
    appends: bool  # by the Storage Write API; else streaming inserts
    settings: RowWriterSettings = dataclasses.field(default_factory=RowWriterSettings)

    def expand(self, parts: PCollection[TablePart]) -> PCollection[DeadLetter]:
        """One request a table and bundle, if it fits: people wait for these rows."""
        write = beam.ParDo(_WriteFn(self.address, self.appends, self.settings))
        return parts | "StoreRows" >> write.with_output_types(DeadLetter)


class BundleRows:
    """The rows of a bundle, by table, until they fill a request or the bundle ends."""

    def __init__(self, writer: RowWriter, settings: RowWriterSettings):
        self._writer = writer
        self._held = HeldRows(settings.batch_bytes, settings.batch_rows)

    def add(self, part: Part) -> Iterator[DeadLetter]:
        """Takes a part; yields what will never be stored.

        Raises:
          RowsNotStoredError: an outage took too long, or an administrator must mend it.
        """
        yield from self._write(self._held.add(part))

    def flush(self) -> Iterator[DeadLetter]:
        """Writes what is held; raises as `add` does."""
        yield from self._write(self._held.flush())

    def _write(self, full: Iterable[TableRows]) -> Iterator[DeadLetter]:
        for table, held in full:
            rows = with_time_of_writing(held, time.time_ns())
            table_id = TABLES[table].table_id
            for refusal in self._writer.write(table_id, rows):
                yield letter_of_row(table_id, rows, refusal)


def with_time_of_writing(rows: pa.Table, now_ns: int) -> pa.Table:
    """`written_ns` where the row tells when it was computed: somebody waits for it."""
    if "written_ns" not in rows.column_names:
        return rows
    was_written, was_windowed = rows["written_ns"], pc.is_valid(rows["windowed_ns"])
    sets = pc.and_(was_windowed, pc.is_null(was_written))
    written = pc.if_else(sets, pa.scalar(now_ns, pa.int64()), was_written)
    place = rows.column_names.index("written_ns")
    return rows.set_column(place, rows.schema.field(place), written)


class _WriteFn(beam.DoFn):
    def __init__(self, address: BigQueryAddress, appends: bool, settings: RowWriterSettings):
        self._address, self._appends, self._settings = address, appends, settings
        self._shared = Shared()  # one writer a process, however many threads

    def setup(self) -> None:
        self._writer = self._shared.acquire(self._connected)

    def _connected(self) -> RowWriter:
        kind = RowAppender if self._appends else RowInserter
        return kind(self._address, self._settings)

    def start_bundle(self) -> None:
        self._rows = BundleRows(self._writer, self._settings)

    def process(self, part: Part) -> Iterator[DeadLetter]:
        Metrics.counter(STAGE, f"rows-{part.table}").inc(part.n_rows)
        yield from _told(self._rows.add(part))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for letter in _told(self._rows.flush()):
            yield WindowedValue(letter, window.max_timestamp(), (window,))


def _told(letters: Iterable[DeadLetter]) -> Iterator[DeadLetter]:
    for letter in letters:
        Metrics.counter(STAGE, f"rejected-{letter.reason}").inc()
        _LOG.warning("a row of tenant %s is not stored: %s", letter.identity.tenant, letter.reason)
        yield letter
