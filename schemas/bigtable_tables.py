"""The tables in Bigtable: names and column families."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class BigtableTable:
    """A table of ours.

    Args:
      families: of columns; each keeps one version of a cell.
      deleted_after_days: of these families, cells that are so old; it may take a week longer, so
        whoever reads them looks at a time of their own.
    """

    table_id: str
    families: tuple[str, ...]
    deleted_after_days: tuple[tuple[str, int], ...] = ()
