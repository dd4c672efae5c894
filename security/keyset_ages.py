"""How long a key has been a keyset's primary, and how much it may have sealed: is it due?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from google.api_core import exceptions
from google.cloud.bigtable.data import Row, SetCell, Table
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    ColumnQualifierRegexFilter,
    FamilyNameRegexFilter,
    RowFilterChain,
)

from schemas.errors import SchemaError
from schemas.keyset_rows import COUNT_FAMILY, KeysetId
from security.errors import KeysetStoreUnavailableError

_DAY_MS = 86_400_000


@dataclasses.dataclass(frozen=True)
class RotationRule:
    """When a subject's keyset gets a new primary key.

    Args:
      after_days: counted from the first time that the rule was applied to the key.
      after_messages: that the key may have sealed, over all workers.
    """

    after_days: float = 365.0
    after_messages: int = 2**29

    def __post_init__(self) -> None:
        if not self.after_days > 0:
            raise SchemaError("after_days", self.after_days, "above 0 days")
        if not self.after_messages > 0:
            raise SchemaError("after_messages", self.after_messages, "above 0 messages")


class KeysetAges:
    """What the table of keysets knows about the use of a key."""

    def __init__(self, table: Table, now_ms: Callable[[], int]):
        self._table, self._now_ms = table, now_ms

    def is_due(self, keyset_id: KeysetId, key_id: int, rule: RotationRule) -> bool:
        """Whether the key is to be replaced; from the first call on its age counts."""
        counted, since = f"{key_id:08x}".encode(), f"since-{key_id:08x}".encode()
        try:
            row = self._table.read_row(keyset_id.row_key, row_filter=_newest(COUNT_FAMILY))
            if int.from_bytes(_value(row, counted), "big") >= rule.after_messages:
                return True
            started = _value(row, since)
            if not started:
                self._start(keyset_id, since)
                return False
        except exceptions.GoogleAPIError as error:
            raise KeysetStoreUnavailableError from error
        return self._now_ms() - int(started) >= rule.after_days * _DAY_MS

    def _start(self, keyset_id: KeysetId, since: bytes) -> None:
        now_ms = self._now_ms()
        self._table.check_and_mutate_row(
            keyset_id.row_key,
            RowFilterChain(filters=[_newest(COUNT_FAMILY), ColumnQualifierRegexFilter(since)]),
            false_case_mutations=SetCell(
                COUNT_FAMILY, since, str(now_ms).encode(), timestamp_micros=now_ms * 1000
            ),
        )


def _newest(family: str) -> RowFilterChain:
    return RowFilterChain(filters=[FamilyNameRegexFilter(family), CellsColumnLimitFilter(1)])


def _value(row: Row | None, qualifier: bytes) -> bytes:
    """Not by `get_cells`: where there is none, its error quotes the row's key."""
    cells = [] if row is None else [cell for cell in row if cell.qualifier == qualifier]
    return bytes(cells[0].value) if cells else b""
