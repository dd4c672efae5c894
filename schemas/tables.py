"""Every table: Parquet files, BigQuery tables and views are made from these definitions.

The columns of features are the engine's catalogue, which this package may not import: they are
passed in as (name, description) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.operation_tables import CLOCK_FITS, DEAD_LETTERS, LATENCIES, STREAM_ACCOUNTS
from schemas.session_tables import DEVICE_HEALTH, DEVICES, SESSIONS
from schemas.signal_tables import (
    EVENTS,
    MARKERS,
    FeatureColumn,
    features_1s_table,
    features_table,
)
from schemas.table_definition import Table


def all_tables(features: Sequence[FeatureColumn]) -> dict[str, Table]:
    """Every table by name.

    Args:
      features: name and description of every feature of every signal kind.
    """
    tables = (
        features_table(features),
        features_1s_table(features),
        EVENTS,
        SESSIONS,
        MARKERS,
        DEVICES,
        DEVICE_HEALTH,
        CLOCK_FITS,
        STREAM_ACCOUNTS,
        LATENCIES,
        DEAD_LETTERS,
    )
    return {table.name: table for table in tables}
