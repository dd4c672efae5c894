"""The tables in Bigtable: names and column families."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class BigtableTable:
    """A table of ours.

    Args:
      families: of columns; each keeps one version of a cell.
    """

    table_id: str
    families: tuple[str, ...]
