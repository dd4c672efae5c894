"""Rows sealed and written in batches: patient with an outage, and exact about what is refused."""

from __future__ import annotations

import dataclasses

from google.api_core import exceptions
from google.cloud.bigtable.data import RowMutationEntry, SetCell
from google.cloud.bigtable.data.exceptions import FailedMutationEntryError, MutationsExceptionGroup

from schemas.bigtable_tables import BigtableTable
from security.errors import KeysetErasedError
from transforms.patience import patiently
from transforms.rows_to_seal import RowToSeal, cell_context
from transforms.sealed_store import SealedStore

_TRANSIENT = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
)
_REFUSED = (exceptions.InvalidArgument, exceptions.OutOfRange)
"""What no retry mends, and no administrator: the row itself is wrong."""


@dataclasses.dataclass(frozen=True)
class WriterSettings:
    """How rows are written.

    Args:
      retry_s: so long an outage of Bigtable or of the keys holds the worker back; then it raises,
        and the runner repeats the bundle.
      attempt_s: for one request.
      batch_bytes: of sealed cells in one request, about.
      batch_rows: at most.
    """

    retry_s: float = 600.0
    attempt_s: float = 60.0
    batch_bytes: int = 16_000_000
    batch_rows: int = 100


class RowsNotWrittenError(RuntimeError):
    """Bigtable took no rows for as long as we may wait."""

    def __init__(self, table: str, n_rows: int, problem: str):
        super().__init__(table, n_rows, problem)
        self.table, self.n_rows, self.problem = table, n_rows, problem

    def __str__(self) -> str:
        return f"{self.n_rows} rows were not written to table {self.table}: {self.problem}"


@dataclasses.dataclass(frozen=True)
class RefusedRow:
    """A row that will never be stored.

    Args:
      reason: `erased_subject` or `refused_row`.
    """

    row: RowToSeal
    reason: str
    message: str


class SealedWriter:
    """Seals rows as they come and writes them in batches; keeps nothing after `flush`."""

    def __init__(self, store: SealedStore, settings: WriterSettings | None = None):
        self._store = store
        self._settings = settings or WriterSettings()
        self._held: list[tuple[RowToSeal, RowMutationEntry]] = []
        self._held_bytes = 0

    def add(self, row: RowToSeal) -> list[RefusedRow]:
        """Seals a row; what it returns will never be stored.

        Raises:
          SealError: nobody but an administrator can mend it, or an outage took too long.
          RowsNotWrittenError: an outage took too long.
        """
        try:
            entry = self._sealed(row)
        except KeysetErasedError as error:
            return [RefusedRow(row, "erased_subject", str(error))]
        refused = []
        if self._held and self._held_bytes + row.n_bytes > self._settings.batch_bytes:
            refused = self.flush()
        self._held.append((row, entry))
        self._held_bytes += row.n_bytes
        if len(self._held) >= self._settings.batch_rows:
            refused += self.flush()
        return refused

    def flush(self) -> list[RefusedRow]:
        """Writes what is held; raises as `add` does."""
        held, self._held, self._held_bytes = self._held, [], 0
        refused = []
        for table in {row.table for row, _ in held}:
            rows = [(row, entry) for row, entry in held if row.table == table]
            refused += self._write(table, rows)
        return refused

    def _sealed(self, row: RowToSeal) -> RowMutationEntry:
        time_us = row.cell_time_us
        messages = [
            (
                cell.content,
                cell_context(row.place, row.row_key, cell.family, cell.qualifier, time_us),
            )
            for cell in row.cells
        ]
        sealed = patiently(
            lambda: self._store.vault.sealer.seal_all(messages), self._settings.retry_s
        )
        return RowMutationEntry(
            row.row_key,
            [
                SetCell(cell.family, cell.qualifier, content, timestamp_micros=time_us)
                for cell, content in zip(row.cells, sealed, strict=True)
            ],
        )

    def _write(
        self, table: BigtableTable, rows: list[tuple[RowToSeal, RowMutationEntry]]
    ) -> list[RefusedRow]:
        failures = self._failures(table, [entry for _, entry in rows])
        problems = {place: error for place, error in failures if not _is_refusal(error)}
        if problems:
            problem = repr(next(iter(problems.values())))
            raise RowsNotWrittenError(table.table_id, len(problems), problem)
        refused = [(*rows[place], error) for place, error in failures]
        if len(rows) == 1:
            return [RefusedRow(row, "refused_row", str(error)) for row, _, error in refused]
        # One wrong row may have the whole request refused: each by itself.
        again = [self._write(table, [(row, entry)]) for row, entry, _ in refused]
        return [one for some in again for one in some]

    def _failures(
        self, table: BigtableTable, entries: list[RowMutationEntry]
    ) -> list[tuple[int, BaseException]]:
        try:
            self._store.table(table).bulk_mutate_rows(
                entries,
                operation_timeout=self._settings.retry_s,
                attempt_timeout=min(self._settings.attempt_s, self._settings.retry_s),
                retryable_errors=_TRANSIENT,
            )
        except MutationsExceptionGroup as group:
            return [
                (error.index, error.__cause__ or error)
                for error in group.exceptions
                if isinstance(error, FailedMutationEntryError) and error.index is not None  # all
            ]
        return []


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, _REFUSED)
