"""Rows of many parts until they fill a request or a file: one Arrow table of each table's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pyarrow as pa

from transforms.second_rows import Part, SecondRows, seconds_table

_MOST_SECONDS = 1000  # parts, which are no Arrow yet

TableRows = tuple[str, pa.Table]
"""Name of the table and rows of it."""


@dataclasses.dataclass
class _Held:
    rows: list[pa.Table] = dataclasses.field(default_factory=list)
    n_rows: int = 0
    n_bytes: int = 0


class HeldRows:
    """Hands rows on when the next would not fit beside them.

    Args:
      most_bytes: about; more only where a single row is larger.
      most_rows: at most.
    """

    def __init__(self, most_bytes: int, most_rows: int):
        self._most_bytes, self._most_rows = most_bytes, most_rows
        self._held: dict[str, _Held] = {}
        self._seconds: list[SecondRows] = []
        self._seconds_bytes = 0

    def add(self, part: Part) -> Iterator[TableRows]:
        """Takes a part; yields what is full."""
        if isinstance(part, SecondRows):
            self._seconds.append(part)
            self._seconds_bytes += part.n_bytes
            too_many = len(self._seconds) >= min(_MOST_SECONDS, self._most_rows)
            if too_many or self._seconds_bytes >= self._most_bytes:
                yield from self._join_seconds()
        else:
            yield from self._add(part.table, part.rows)

    def flush(self) -> Iterator[TableRows]:
        """Yields all that is held."""
        yield from self._join_seconds()
        for table in list(self._held):
            yield table, self._taken(table)

    def _join_seconds(self) -> Iterator[TableRows]:
        """One Arrow table of the seconds of all streams: one each would cost more than they do."""
        seconds, self._seconds, self._seconds_bytes = self._seconds, [], 0
        if seconds:
            yield from self._add(SecondRows.table, seconds_table(seconds))

    def _add(self, table: str, rows: pa.Table) -> Iterator[TableRows]:
        n_bytes = rows.nbytes  # slow to ask for
        row_bytes = max(1, n_bytes // max(1, len(rows)))
        size = max(1, min(self._most_rows, self._most_bytes // row_bytes))
        for first in range(0, len(rows), size):
            piece = rows.slice(first, size)
            held = self._held.setdefault(table, _Held())
            too_many = held.n_rows + len(piece) > self._most_rows
            if held.rows and (too_many or held.n_bytes + len(piece) * row_bytes > self._most_bytes):
                yield table, self._taken(table)
                held = self._held.setdefault(table, _Held())
            held.rows.append(piece)
            held.n_rows += len(piece)
            held.n_bytes += len(piece) * row_bytes

    def _taken(self, table: str) -> pa.Table:
        return pa.concat_tables(self._held.pop(table).rows)
