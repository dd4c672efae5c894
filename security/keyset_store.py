"""Wrapped keysets in Bigtable: made once, replaced only by whoever saw what is there, erased.

One row a keyset, and in it one version: an older copy would be one more thing to erase. Its cell
time is the keyset's generation in milliseconds, so that a repeated write changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TypeVar

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
from google.cloud.bigtable.data.read_modify_write_rules import IncrementRule
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    ColumnQualifierRegexFilter,
    FamilyNameRegexFilter,
    RowFilterChain,
    ValueRangeFilter,
)

from schemas.errors import SchemaError
from schemas.keyset_rows import (
    COUNT_FAMILY,
    ERASED_COLUMN,
    ERASED_FAMILY,
    KEYSET_FAMILY,
    VERSION_COLUMN,
    WRAPPED_COLUMN,
    KeysetId,
    keyset_of_row,
)
from security.errors import (
    KeysetErasedError,
    KeysetStoreRefusedError,
    KeysetStoreUnavailableError,
)

_MILLISECOND_US = 1000  # the finest cell time that Bigtable keeps
_CURRENT = RowFilterChain(
    filters=[
        FamilyNameRegexFilter(f"{KEYSET_FAMILY}|{ERASED_FAMILY}"),
        CellsColumnLimitFilter(1),
    ]
)
TRANSIENT = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
)
_REFUSED = exceptions.NotFound, exceptions.Forbidden, exceptions.Unauthorized

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class StoredKeyset:
    """What a row holds.

    Args:
      wrapped: the keyset as Cloud KMS wrapped it.
      generation: counts changes, from 1.
      kms_version: the resource name of the key version that wrapped it; for reports.
    """

    wrapped: bytes
    generation: int
    kms_version: str


@dataclasses.dataclass(frozen=True)
class StoreSettings:
    """How patiently the table is asked: seconds for one attempt, and for all of them."""

    attempt_s: float = 5.0
    deadline_s: float = 60.0
    first_delay_s: float = 0.1
    longest_delay_s: float = 5.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not found > 0:
                raise SchemaError(field.name, found, "a number of seconds above 0")


class KeysetStore:
    """The table of wrapped keysets.

    Args:
      table: `schemas.keyset_rows.KEYSETS`. Its application profile must route to one cluster and
        allow single-row transactions; with several clusters two workers could both be first.
    """

    def __init__(self, table: Table, settings: StoreSettings | None = None):
        self._table = table
        self._settings = settings or StoreSettings()

    def read(self, keyset_id: KeysetId) -> StoredKeyset | None:
        """The keyset, or None if there never was one.

        Raises:
          KeysetErasedError: there was one.
          KeysetStoreUnavailableError: nobody can say.
        """
        row = self._call(
            lambda: self._table.read_row(
                keyset_id.row_key,
                row_filter=_CURRENT,
                operation_timeout=self._settings.deadline_s,
                attempt_timeout=self._settings.attempt_s,
            )
        )
        if row is None:
            return None
        stored = _stored_in(row)
        if stored is None:
            raise KeysetErasedError
        return stored

    def create(self, keyset_id: KeysetId, stored: StoredKeyset) -> bool:
        """Writes the first generation, unless there is or ever was a keyset; whether it did.

        False too if an earlier attempt wrote it and its answer was lost: read what is there.
        """
        return not self._call(
            lambda: self._table.check_and_mutate_row(
                keyset_id.row_key,
                FamilyNameRegexFilter(f"{KEYSET_FAMILY}|{ERASED_FAMILY}"),
                false_case_mutations=_cells_of(stored),
                operation_timeout=self._settings.attempt_s,
            )
        )

    def replace(self, keyset_id: KeysetId, old: StoredKeyset, new: StoredKeyset) -> bool:
        """Puts `new` in the place of `old`, which then cannot be read; whether it did.

        False if the row no longer holds exactly `old`, except if it holds `new` already.
        """
        replaced = self._call(
            lambda: self._table.check_and_mutate_row(
                keyset_id.row_key,
                RowFilterChain(
                    filters=[
                        FamilyNameRegexFilter(KEYSET_FAMILY),
                        ColumnQualifierRegexFilter(WRAPPED_COLUMN),
                        ValueRangeFilter(start_value=old.wrapped, end_value=old.wrapped),
                    ]
                ),
                true_case_mutations=[DeleteAllFromFamily(KEYSET_FAMILY), *_cells_of(new)],
                operation_timeout=self._settings.attempt_s,
            )
        )
        return replaced or self.read(keyset_id) == new

    def erase(self, keyset_id: KeysetId, erased_at_ms: int) -> None:
        """Deletes the keyset and marks the row, so that none is made again."""
        erased = SetCell(
            ERASED_FAMILY, ERASED_COLUMN, erased_at_ms, timestamp_micros=erased_at_ms * 1000
        )
        self._call(
            lambda: self._table.mutate_row(
                keyset_id.row_key,
                [DeleteAllFromFamily(KEYSET_FAMILY), DeleteAllFromFamily(COUNT_FAMILY), erased],
                operation_timeout=self._settings.deadline_s,
                attempt_timeout=self._settings.attempt_s,
            )
        )

    def count_messages(self, keyset_id: KeysetId, key_id: int, count: int) -> int:
        """Adds to the messages that a key may have sealed; the sum.

        A repeated attempt counts twice: the sum is never below the truth.
        """
        qualifier = f"{key_id:08x}".encode()
        row = self._call(
            lambda: self._table.read_modify_write_row(
                keyset_id.row_key,
                IncrementRule(COUNT_FAMILY, qualifier, count),
                operation_timeout=self._settings.attempt_s,
            )
        )
        return int.from_bytes(row.get_cells(COUNT_FAMILY, qualifier)[0].value, "big")

    def scan(self, tenant: str) -> Iterator[tuple[KeysetId, StoredKeyset]]:
        """Every keyset of a tenant, in the order of the rows; the erased are left out."""
        prefix = f"{tenant}#".encode()
        after = prefix[:-1] + bytes([prefix[-1] + 1])
        query = ReadRowsQuery(
            row_ranges=RowRange(start_key=prefix, end_key=after), row_filter=_CURRENT
        )
        rows = self._call(
            lambda: self._table.read_rows(
                query,
                operation_timeout=self._settings.deadline_s,
                attempt_timeout=self._settings.attempt_s,
            )
        )
        for row in rows:
            if stored := _stored_in(row):
                yield keyset_of_row(row.row_key), stored

    def _call(self, attempt: Callable[[], T]) -> T:
        return ask_patiently(attempt, self._settings)


def ask_patiently(attempt: Callable[[], T], settings: StoreSettings) -> T:
    """What the table answers, asked again while it is only away.

    Raises:
      KeysetStoreUnavailableError: it did not answer in time.
      KeysetStoreRefusedError: an administrator has to mend it.
    """
    retry = Retry(
        predicate=lambda error: isinstance(error, TRANSIENT),
        initial=settings.first_delay_s,
        maximum=settings.longest_delay_s,
        multiplier=2.0,
        timeout=settings.deadline_s,
    )
    try:
        return retry(attempt)()
    except _REFUSED as error:
        raise KeysetStoreRefusedError from error
    except exceptions.GoogleAPIError as error:
        raise KeysetStoreUnavailableError from error


def _cells_of(stored: StoredKeyset) -> list[Mutation]:
    time_us = stored.generation * _MILLISECOND_US
    return [
        SetCell(KEYSET_FAMILY, WRAPPED_COLUMN, stored.wrapped, timestamp_micros=time_us),
        SetCell(KEYSET_FAMILY, VERSION_COLUMN, stored.kms_version, timestamp_micros=time_us),
    ]


def _stored_in(row: Row) -> StoredKeyset | None:
    """The keyset of a row, or None if it was erased: the mark counts more than a keyset."""
    cells = {(cell.family, cell.qualifier): cell for cell in row}
    wrapped = cells.get((KEYSET_FAMILY, WRAPPED_COLUMN))
    if wrapped is None or (ERASED_FAMILY, ERASED_COLUMN) in cells:
        return None
    version = cells.get((KEYSET_FAMILY, VERSION_COLUMN))
    return StoredKeyset(
        wrapped=wrapped.value,
        generation=wrapped.timestamp_micros // _MILLISECOND_US,
        kms_version="" if version is None else version.value.decode(errors="replace"),
    )
