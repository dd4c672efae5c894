"""Parts of tables to BigQuery by load jobs, as a Beam step: minutes late, and free of charge."""

from __future__ import annotations

import dataclasses
import logging
import uuid
from collections.abc import Iterable, Iterator

import apache_beam as beam
import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.trigger import AccumulationMode, AfterProcessingTime, Repeatedly
from apache_beam.transforms.window import GlobalWindow, GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

from transforms.batch_records import DeadLetter
from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import REFUSED_FILE, STAGE
from transforms.held_rows import HeldRows
from transforms.load_jobs import FileLoader
from transforms.row_identity import RowIdentity
from transforms.second_rows import Part
from transforms.table_part import TablePart
from transforms.write_tables import parquet_bytes, write_whole

_LOG = logging.getLogger(__name__)

_FILE_BYTES, _FILE_ROWS = 64_000_000, 1_000_000
NOBODY = ("unknown", "unknown")
"""Tenant and subject of a file, which may hold rows of many."""

TableFile = tuple[str, str]
"""Name of the table and path of a Parquet file with rows of it."""


@dataclasses.dataclass(frozen=True)
class LoadSettings:
    """How files are loaded.

    Args:
      folder: for files until they are loaded, local or gs://; BigQuery must be able to read it.
      period_s: between two load jobs of a table; BigQuery takes 1,500 a table and day.
      retry_s: so long an outage holds the worker back.
      run: the same files are loaded again for another run.
    """

    folder: str
    period_s: int = 300
    retry_s: float = 600.0
    run: str = ""

    def __post_init__(self) -> None:
        assert self.period_s > 0, self.period_s


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class LoadTables(beam.PTransform):
    """TablePart to rows of BigQuery; returns the files that will never be loaded (DeadLetter).

    Files have names of their own: an attempt that the runner repeats leaves files that no job
    loads, which a rule of the folder's life cycle should remove after some days.
    """

    address: BigQueryAddress
    settings: LoadSettings

    def expand(self, parts: PCollection[TablePart]) -> PCollection[DeadLetter]:
        """Only the paths wait for their load job: features are too many to be shuffled."""
        files = parts | "StageFiles" >> beam.ParDo(_StageFn(self.settings.folder))
        return files | "LoadFiles" >> LoadFiles(self.address, self.settings)


@dataclasses.dataclass
class LoadFiles(beam.PTransform):
    """TableFile to rows of BigQuery, one load job a table and period; files loaded are deleted."""

    address: BigQueryAddress
    settings: LoadSettings
    keeps_files: bool = False

    def expand(self, files: PCollection[TableFile]) -> PCollection[DeadLetter]:
        """The groups are what a retry sees again, so that it asks for the same job."""
        load = beam.ParDo(_LoadFn(self.address, self.settings, self.keeps_files))
        # In a job that ends, all files of a table are one group; else the clock makes the groups.
        waits = _at_the_end() if files.is_bounded else _every(self.settings.period_s)
        return (
            files
            | "WaitForOthers" >> waits
            | "GroupByTable" >> beam.GroupByKey()
            | "RunLoadJob" >> load.with_output_types(DeadLetter)
        )


@dataclasses.dataclass
class LoadWrittenFiles(beam.PTransform):
    """Paths `<folder>/<table>/...` of `WriteTables` to rows of BigQuery; the files stay."""

    address: BigQueryAddress
    settings: LoadSettings

    def expand(self, paths: PCollection[str]) -> PCollection[DeadLetter]:
        """One load job a table, once all files are written."""
        named = beam.Map(_table_of, self.settings.folder).with_output_types(TableFile)
        load = LoadFiles(self.address, self.settings, keeps_files=True)
        return paths | "NameTable" >> named | "LoadFiles" >> load


def _table_of(path: str, folder: str) -> TableFile:
    below = path[len(FileSystems.join(folder, "")) :].lstrip("/")
    return below.split("/")[0], path


def _at_the_end() -> beam.WindowInto:
    return beam.WindowInto(GlobalWindows())


def _every(period_s: int) -> beam.WindowInto:
    return beam.WindowInto(
        GlobalWindows(),
        trigger=Repeatedly(AfterProcessingTime(period_s)),
        accumulation_mode=AccumulationMode.DISCARDING,
    )


class _StageFn(beam.DoFn):
    """One file a table and bundle, or more where they become large."""

    def __init__(self, folder: str):
        self._folder = folder

    def start_bundle(self) -> None:
        self._held = HeldRows(_FILE_BYTES, _FILE_ROWS)

    def process(self, part: Part) -> Iterator[TableFile]:
        Metrics.counter(STAGE, f"rows-{part.table}").inc(part.n_rows)
        for full in self._held.add(part):
            yield self._staged(*full)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for full in self._held.flush():
            yield WindowedValue(self._staged(*full), window.max_timestamp(), (window,))

    def _staged(self, table: str, rows: pa.Table) -> TableFile:
        name = f"{uuid.uuid4().hex}.parquet"
        path = FileSystems.join(self._folder, table, name)
        write_whole(path, parquet_bytes(TablePart(table, name, rows.combine_chunks())))
        Metrics.counter(STAGE, f"files-{table}").inc()
        return table, path


class _LoadFn(beam.DoFn):
    def __init__(self, address: BigQueryAddress, settings: LoadSettings, keeps_files: bool):
        self._address, self._settings, self._keeps_files = address, settings, keeps_files

    def setup(self) -> None:
        self._loader = FileLoader(self._address, self._settings.retry_s, self._settings.run)

    def teardown(self) -> None:
        self._loader.close()

    def process(self, group: tuple[str, Iterable[str]]) -> Iterator[DeadLetter]:
        table, paths = group[0], sorted(set(group[1]))
        refused = self._loader.load(table, paths)
        Metrics.counter(STAGE, f"loaded-{table}").inc(len(paths) - len(refused))
        for one in refused:
            Metrics.counter(STAGE, f"rejected-{REFUSED_FILE}").inc()
            _LOG.warning("a file of table %s cannot be loaded", table)
            yield DeadLetter(one.path, STAGE, REFUSED_FILE, one.message, RowIdentity(*NOBODY, None))
        if not self._keeps_files:
            kept = {one.path for one in refused}
            _delete([path for path in paths if path not in kept])


def _delete(paths: list[str]) -> None:
    """What is loaded is in the way only of people who look: no reason to fail, or to load again."""
    try:
        FileSystems.delete(paths)
    except BeamIOError as error:
        _LOG.info(
            "%d of %d loaded files were gone before", len(error.exception_details or ()), len(paths)
        )
