"""Rows of keysets, read by ranges, so that many workers can go through a tenant's at once."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

from google.api_core import exceptions
from google.cloud.bigtable.data import ReadRowsQuery, RowRange, Table
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    FamilyNameRegexFilter,
    RowFilterChain,
)

from schemas.ids import ALPHABET, check_tenant_id
from schemas.keyset_rows import (
    ERASED_COLUMN,
    ERASED_FAMILY,
    KEYSET_FAMILY,
    VERSION_COLUMN,
    WRAPPED_COLUMN,
)
from security.errors import KeysetStoreUnavailableError

_FILTER = RowFilterChain(
    filters=[
        FamilyNameRegexFilter(f"{KEYSET_FAMILY}|{ERASED_FAMILY}"),
        CellsColumnLimitFilter(1),
    ]
)


@dataclasses.dataclass(frozen=True)
class ScannedRow:
    """A row of the table, without its keyset.

    Args:
      key: names the subject: not for logs.
      has_keyset: whether there is one, if only in a row that is marked as erased.
      kms_version: the resource name that the row gives, empty if it gives none.
    """

    key: bytes = dataclasses.field(repr=False)
    has_keyset: bool
    is_erased: bool
    kms_version: str


def tenant_ranges(tenant: str) -> list[tuple[bytes, bytes]]:
    """Ranges that together are all rows of a tenant, whatever follows its prefix.

    Cut at the first character of the holder. Where ids begin alike one range holds most rows: a
    scan is cheap, and the work that follows it is spread row by row.
    """
    prefix = f"{check_tenant_id(tenant)}#".encode()
    cuts = [prefix + character.encode() for character in sorted(ALPHABET)]
    after = prefix[:-1] + bytes([prefix[-1] + 1])
    return list(itertools.pairwise([prefix, *cuts, after]))


def scan(table: Table, start: bytes, end: bytes) -> Iterator[ScannedRow]:
    """Rows from `start` (included) to `end` (not), in their order, as they come.

    Raises:
      KeysetStoreUnavailableError: the rest of them cannot be read now.
    """
    query = ReadRowsQuery(row_ranges=RowRange(start_key=start, end_key=end), row_filter=_FILTER)
    try:
        for row in table.read_rows_stream(query):
            cells = {(cell.family, cell.qualifier): cell.value for cell in row}
            yield ScannedRow(
                key=row.row_key,
                has_keyset=(KEYSET_FAMILY, WRAPPED_COLUMN) in cells,
                is_erased=(ERASED_FAMILY, ERASED_COLUMN) in cells,
                kms_version=cells.get((KEYSET_FAMILY, VERSION_COLUMN), b"").decode(
                    errors="replace"
                ),
            )
    except exceptions.GoogleAPIError as error:
        raise KeysetStoreUnavailableError from error
