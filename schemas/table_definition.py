"""A table once: Parquet files, BigQuery tables and the views over them are made from it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa

from schemas.columns import Column, Mode, Type

NULLABLE, REPEATED = Mode.NULLABLE, Mode.REPEATED


@dataclasses.dataclass(frozen=True)
class Table:
    """One append-only table.

    Attributes:
      name: what people call it: the name of its view and of its folder of files.
      partition_column: the TIMESTAMP column by whose day BigQuery partitions: event time.
      key: the columns that say which row it is, whoever wrote it and how often; its view shows
        one row for each. None: the whole row.
      newest: columns that decide, highest first, between rows of the same key and revision.
      first_counts: of rows that are alike in all these, the one that was stored first counts, else
        the last: a stream that begins again in its middle knows less of what came before.
      physical_name: of the BigQuery table, where it is not the name.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_column: str
    clustering: tuple[str, ...] = ("tenant", "session")
    key: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()
    physical_name: str = ""
    first_counts: bool = False

    @property
    def table_id(self) -> str:
        """Of the BigQuery table that the rows are appended to."""
        return self.physical_name or self.name

    def arrow_schema(self) -> pa.Schema:
        """Schema of the Parquet files: every column that BigQuery does not fill itself."""
        stored = (column for column in self.columns if column.default_expression is None)
        return pa.schema([column.arrow_field() for column in stored])

    def bigquery_schema(self) -> list[dict[str, Any]]:
        """The JSON schema of BigQuery's API, client libraries and `bq`."""
        return [column.bigquery_field() for column in self.columns]

    def bigquery_table(self) -> dict[str, Any]:
        """What BigQuery's `tables.insert` needs besides the reference of the table."""
        return {
            "description": self.description,
            "schema": {"fields": self.bigquery_schema()},
            "timePartitioning": {"type": "DAY", "field": self.partition_column},
            "clustering": {"fields": list(self.clustering)},
        }


INGESTED_AT = Column(
    "ingested_at",
    Type.TIMESTAMP,
    "When BigQuery stored the row; expiry counts from it. Filled by BigQuery, so it is the one"
    " column that the Parquet files lack: they must not depend on the clock.",
    NULLABLE,  # BigQuery does not apply defaults to REQUIRED columns that a file lacks
    default_expression="CURRENT_TIMESTAMP()",
)


def _identity(stream_mode: Mode) -> tuple[Column, ...]:
    """What every row carries; rows about a whole file or session have no stream."""
    return (
        Column("tenant", Type.STRING, "The organisation: 8 characters a-z 0-9."),
        Column("subject", Type.STRING, "The person, pseudonymous: 16 characters a-z 0-9."),
        Column(
            "session",
            Type.STRING,
            "One continuous use of one device by one subject: 32 hexadecimal digits."
            + ("" if stream_mode is Mode.REQUIRED else " NULL where no session could be opened."),
            stream_mode,
        ),
        Column(
            "stream",
            Type.STRING,
            "One regularly sampled signal of the session, such as eeg0."
            + ("" if stream_mode is Mode.REQUIRED else " NULL: the row is about all of them."),
            stream_mode,
        ),
        Column("epoch", Type.INT64, "Counts the stream's restarts, from 0.", stream_mode),
        Column(
            "revision",
            Type.INT64,
            "0 for the first writing, higher for every reprocessing; readers take the highest.",
        ),
        Column("code_version", Type.STRING, "Version of the code that wrote the row."),
        Column(
            "parameter_version",
            Type.STRING,
            "Profile, version and digest of all parameters of the signal kind."
            + ("" if stream_mode is Mode.REQUIRED else " NULL where no stream is concerned."),
            stream_mode,
        ),
    )


STREAM_ROW, SESSION_ROW = _identity(Mode.REQUIRED), _identity(NULLABLE)

EPOCH_KEY = ("tenant", "session", "stream", "epoch")

ROW_START = (
    Column("start_time", Type.TIMESTAMP, "Start of the interval, to the microsecond."),
    Column("start_ns", Type.INT64, "The same, exact: nanoseconds since 1970-01-01T00:00Z."),
)
START_KEY = tuple(column.name for column in ROW_START)
"""`start_time` follows from `start_ns`, and is in every key all the same: BigQuery hands a filter
down to the partitions below a view's window function only on columns of its PARTITION BY."""
