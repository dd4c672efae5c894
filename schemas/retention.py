"""How rows leave BigQuery: so many days after they came, whatever time they tell of.

Tables are partitioned by event day, and BigQuery lets a partition expire so many days after its
day: a recording of 2009 would be gone on the day it is loaded. So partitions do not expire; a
scheduled query deletes by `ingested_at`. It reads that one column, 8 bytes a row, and where it
empties a partition BigQuery drops the partition without rewriting it.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.errors import SchemaError
from schemas.table_definition import INGESTED_AT, Table

_MIN_DAYS = 1  # rows in the streaming buffer, up to 90 minutes, cannot be deleted
_MAX_DAYS = 36_500


def retention_statement(table: Table, dataset: str, days: int) -> str:
    """Deletes what was ingested more than so many days ago; for a daily scheduled query.

    Args:
      dataset: `project.dataset` of the tables.

    Raises:
      SchemaError: days that cannot be meant.
    """
    if not _MIN_DAYS <= days <= _MAX_DAYS:
        raise SchemaError("days", days, f"{_MIN_DAYS} to {_MAX_DAYS}")
    return (
        f"DELETE FROM `{dataset}.{table.table_id}`\n"
        f"WHERE {INGESTED_AT.name} < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {days} DAY)"
    )


def retention_script(tables: Iterable[Table], dataset: str, days: int) -> str:
    """All tables in one scheduled query."""
    return "".join(f"{retention_statement(table, dataset, days)};\n" for table in tables)
