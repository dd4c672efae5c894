"""Parts of tables to BigQuery, each table by the way that suits it, as one Beam step."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.errors import SchemaError
from transforms.batch_records import DeadLetter
from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import RowWriterSettings
from transforms.load_tables import LoadSettings, LoadTables
from transforms.table_part import TABLES, TablePart
from transforms.write_rows import WriteRows
from transforms.write_tables import WriteTables

LOGS = ("features",)
"""Tables of so many rows that streaming them would cost more than storing them."""


class WriteMethod(enum.StrEnum):
    """How rows come into a table."""

    STORAGE_WRITE = "storage_write"
    """Within a second, by the Storage Write API; costs by the byte."""
    STREAMING_INSERTS = "streaming_inserts"
    """Within a second, by insertAll; costs twice as much, and drops most repeats by itself."""
    LOAD_JOBS = "load_jobs"
    """Every few minutes, by files and load jobs; costs nothing."""
    FILES = "files"
    """Parquet files only: no BigQuery."""
    NONE = "none"
    """Nowhere."""


@dataclasses.dataclass(frozen=True)
class BigQuerySettings:
    """Where and how each table is written.

    Args:
      address: None where no table is written to BigQuery.
      rows: the method of every table but the logs.
      logs: the method of `LOGS`.
      folder: for `load_jobs` and `files`, local or gs://.
      load_period_s: between two load jobs of a table.
    """

    address: BigQueryAddress | None
    rows: WriteMethod = WriteMethod.STORAGE_WRITE
    logs: WriteMethod = WriteMethod.LOAD_JOBS
    folder: str = ""
    load_period_s: int = 300
    writer: RowWriterSettings = dataclasses.field(default_factory=RowWriterSettings)

    def __post_init__(self) -> None:
        needs_folder = {WriteMethod.LOAD_JOBS, WriteMethod.FILES}
        if not self.folder and needs_folder & {self.rows, self.logs}:
            raise SchemaError("folder", self.folder, "a folder for the files of tables")
        without = {WriteMethod.FILES, WriteMethod.NONE}
        if self.address is None and {self.rows, self.logs} - without:
            raise SchemaError("address", None, "BigQuery's, or the methods files or none")

    def methods(self) -> Mapping[str, WriteMethod]:
        """The method of every table, by its name."""
        return {name: self.logs if name in LOGS else self.rows for name in TABLES}


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteBigQuery(beam.PTransform):
    """TablePart to tables; returns what will never be stored there (DeadLetter).

    Rows are appended at least once. The views show each once, from its highest revision.
    """

    settings: BigQuerySettings

    def expand(self, parts: PCollection[TablePart]) -> PCollection[DeadLetter]:
        """One branch for each method in use."""
        methods = self.settings.methods()
        letters = [
            parts
            | f"Take_{method}" >> beam.Filter(_goes_by, method.value, dict(methods))
            | f"Write_{method}" >> self._write(method)
            for method in sorted(set(methods.values()))
        ]
        return letters | "Refused" >> beam.Flatten(pipeline=parts.pipeline)

    def _write(self, method: WriteMethod) -> beam.PTransform:
        settings = self.settings
        if method is WriteMethod.FILES:
            return _WriteFiles(settings.folder)
        if method is WriteMethod.NONE or settings.address is None:
            return beam.FlatMap(lambda part: ()).with_output_types(DeadLetter)
        if method is WriteMethod.LOAD_JOBS:
            load = LoadSettings(settings.folder, settings.load_period_s, settings.writer.retry_s)
            return LoadTables(settings.address, load)
        appends = method is WriteMethod.STORAGE_WRITE
        return WriteRows(settings.address, appends, settings.writer)


@dataclasses.dataclass
class _WriteFiles(beam.PTransform):
    folder: str

    def expand(self, parts: PCollection[TablePart]) -> PCollection[DeadLetter]:
        paths = parts | "WriteTables" >> WriteTables(self.folder)
        return paths | "RefuseNone" >> beam.FlatMap(lambda path: ()).with_output_types(DeadLetter)


def _goes_by(part: TablePart, method: str, methods: Mapping[str, WriteMethod]) -> bool:
    return methods[part.table].value == method
