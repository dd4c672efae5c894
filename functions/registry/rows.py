"""Single rows of the registry's table, changed only by whoever saw what was there.

Bigtable makes one row's change atomic and nothing more, so everything that must agree is in one
row, and what spans rows is done in an order in which stopping half-way does no harm.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud.bigtable.data import (
    DeleteAllFromFamily,
    Mutation,
    ReadRowsQuery,
    Row,
    RowRange,
    SetCell,
    Table,
)
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    ColumnQualifierRegexFilter,
    FamilyNameRegexFilter,
    RowFilter,
    RowFilterChain,
    ValueRangeFilter,
)

from functions.registry.errors import RegistryConflictError, RegistryUnavailableError
from schemas.errors import SchemaError
from schemas.registry_rows import (
    CONTENT_COLUMN,
    INDEX_FAMILY,
    ROW_FAMILY,
    STATUS_COLUMN,
    STREAM_FAMILY,
    VERSION_COLUMN,
    decode_content,
    encode_content,
    family_of,
)

_TRANSIENT = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
)
_NEWEST = CellsColumnLimitFilter(1)
_MARK_BYTES = 8
_CHANGES = 20  # attempts of one change against others that are quicker

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class StoredRow:
    """What a row holds.

    Args:
      mark: its version and who wrote it: no two writes have the same.
      content: of JSON's types.
      streams: qualifiers of the columns in the family of streams.
    """

    mark: bytes
    content: dict[str, Any]
    streams: tuple[bytes, ...] = ()

    @property
    def version(self) -> int:
        """Counts the row's changes, from 1."""
        return int(self.mark.partition(b".")[0])


@dataclasses.dataclass(frozen=True)
class Patience:
    """Seconds for one attempt, and for all of them: a device waits for the answer."""

    attempt_s: float = 3.0
    deadline_s: float = 10.0


class RegistryRows:
    """The registry's table. Safe to share between threads.

    Args:
      table: `schemas.registry_rows.REGISTRY`. Its application profile must route to one cluster
        and allow single-row transactions; with several clusters two could both be first.
    """

    def __init__(self, table: Table, patience: Patience | None = None):
        self._table = table
        self._patience = patience or Patience()

    def read(self, row_key: bytes) -> StoredRow | None:
        """The row, or None.

        Raises:
          RegistryUnavailableError: nobody can say.
        """
        row = self._read(row_key)
        return None if row is None else _stored_in(row)

    def create(self, row_key: bytes, content: dict[str, Any], *, status: str = "") -> StoredRow:
        """Writes the row unless there is one; what it holds then, ours or another's."""
        mark = _mark(1)
        created = not self._check(
            row_key,
            FamilyNameRegexFilter(family_of(row_key)),
            otherwise=_cells(row_key, mark, content, status),
        )
        if created:
            return StoredRow(mark, content)
        found = self.read(row_key)
        if found is None:  # it was deleted by age in between
            raise RegistryConflictError
        return found

    def replace(
        self, row_key: bytes, old: StoredRow, content: dict[str, Any], *, status: str = ""
    ) -> bool:
        """Puts content in the place of what was read; whether it did.

        True also if it was written by an attempt whose answer was lost.
        """
        mark = _mark(old.version + 1)
        family = family_of(row_key)
        cells = [DeleteAllFromFamily(family), *_cells(row_key, mark, content, status)]
        if self._check(row_key, _cell_is(family, VERSION_COLUMN, old.mark), then=cells):
            return True
        found = self.read(row_key)
        return found is not None and found.mark == mark

    def change(
        self,
        row_key: bytes,
        edit: Callable[[StoredRow], dict[str, Any] | None],
        *,
        missing: type[Exception],
    ) -> StoredRow:
        """Edits a row, again if others were quicker.

        Args:
          edit: the new content from what is there, or None to leave it; may raise, and may be
            called more than once.
          missing: raised where there is no such row.

        Returns:
          What was there when it was edited, or left.
        """
        for _ in range(_CHANGES):
            found = self.read(row_key)
            if found is None:
                raise missing
            content = edit(found)
            if content is None or self.replace(
                row_key, found, content, status=content.get("status", "")
            ):
                return found
            time.sleep(secrets.randbelow(20) / 1000)  # or two that race may race on and on
        raise RegistryConflictError

    def note_stream(self, row_key: bytes, qualifier: bytes, status: str) -> bool:
        """Adds a column to the row while it has that status; whether it had."""
        noted = SetCell(STREAM_FAMILY, qualifier, b"", timestamp_micros=0)
        return self._check(
            row_key, _cell_is(ROW_FAMILY, STATUS_COLUMN, status.encode()), then=[noted]
        )

    def set_index(self, row_key: bytes) -> None:
        """Writes a row that says nothing but its key and when it was written."""
        self._mutate(row_key, SetCell(INDEX_FAMILY, b"", b"", timestamp_micros=_now_us()))

    def index_age_s(self, row_key: bytes, now_ns: int) -> float:
        """How long ago such a row was written last; 0 if there is none."""
        row = self._read(row_key)
        return 0.0 if row is None else now_ns / 1e9 - row[0].timestamp_micros / 1e6

    def delete_index(self, row_key: bytes) -> None:
        """Takes such a row away."""
        self._mutate(row_key, DeleteAllFromFamily(INDEX_FAMILY))

    def _mutate(self, row_key: bytes, mutation: Mutation) -> None:
        self._ask(
            lambda: self._table.mutate_row(
                row_key,
                mutation,
                operation_timeout=self._patience.deadline_s,
                attempt_timeout=self._patience.attempt_s,
            )
        )

    def keys(self, prefix: bytes, limit: int, after: bytes = b"") -> list[bytes]:
        """The first keys that begin with a prefix, behind another of them."""
        end = prefix[:-1] + bytes([prefix[-1] + 1])
        inclusive = not after
        ranges = RowRange(start_key=after or prefix, end_key=end, start_is_inclusive=inclusive)
        query = ReadRowsQuery(row_ranges=ranges, row_filter=_NEWEST, limit=limit)
        rows = self._ask(
            lambda: self._table.read_rows(
                query,
                operation_timeout=self._patience.deadline_s,
                attempt_timeout=self._patience.attempt_s,
            )
        )
        return [row.row_key for row in rows]

    def _read(self, row_key: bytes) -> Row | None:
        return self._ask(
            lambda: self._table.read_row(
                row_key,
                row_filter=_NEWEST,
                operation_timeout=self._patience.deadline_s,
                attempt_timeout=self._patience.attempt_s,
            )
        )

    def _check(
        self,
        row_key: bytes,
        predicate: RowFilter,
        *,
        then: Sequence[Mutation] | None = None,
        otherwise: Sequence[Mutation] | None = None,
    ) -> bool:
        return self._ask(
            lambda: self._table.check_and_mutate_row(
                row_key,
                predicate,
                true_case_mutations=list(then) if then else None,
                false_case_mutations=list(otherwise) if otherwise else None,
                operation_timeout=self._patience.attempt_s,
            )
        )

    def _ask(self, attempt: Callable[[], T]) -> T:
        retry = Retry(
            predicate=lambda error: isinstance(error, _TRANSIENT),
            initial=0.05,
            maximum=1.0,
            multiplier=2.0,
            timeout=self._patience.deadline_s,
        )
        try:
            return retry(attempt)()
        except exceptions.GoogleAPIError as error:
            raise RegistryUnavailableError from error


def _cell_is(family: str, column: bytes, value: bytes) -> RowFilter:
    return RowFilterChain(
        filters=[
            FamilyNameRegexFilter(family),
            ColumnQualifierRegexFilter(column),
            _NEWEST,
            ValueRangeFilter(start_value=value, end_value=value),
        ]
    )


def _now_us() -> int:
    """Of a cell: what deletes by age counts from it, what is read never depends on it."""
    return time.time_ns() // 1_000_000 * 1000


def _mark(version: int) -> bytes:
    return f"{version}.{secrets.token_hex(_MARK_BYTES)}".encode()


def _cells(row_key: bytes, mark: bytes, content: dict[str, Any], status: str) -> list[Mutation]:
    now_us = _now_us()
    cells = {VERSION_COLUMN: mark, CONTENT_COLUMN: encode_content(content)}
    if status:
        cells[STATUS_COLUMN] = status.encode()
    return [
        SetCell(family_of(row_key), column, value, timestamp_micros=now_us)
        for column, value in cells.items()
    ]


def _stored_in(row: Row) -> StoredRow | None:
    cells = {(cell.family, cell.qualifier): cell.value for cell in row}
    family = family_of(row.row_key)
    mark, content = cells.get((family, VERSION_COLUMN)), cells.get((family, CONTENT_COLUMN))
    if mark is None or content is None:  # being deleted by age
        return None
    streams = tuple(sorted(name for family, name in cells if family == STREAM_FAMILY))
    try:
        return StoredRow(mark, decode_content(content), streams)
    except SchemaError as error:  # our own row, so not the caller's fault
        raise RegistryUnavailableError from error
