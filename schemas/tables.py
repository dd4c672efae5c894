"""The tables, each once: Parquet files and BigQuery tables are made from these definitions.

The columns of features are the engine's catalogue, which this package may not import: they are
passed in as (name, description) pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from schemas.columns import Column, Mode, Type
from schemas.event_kinds import STREAM_KINDS, WARNING_KINDS

FeatureColumn = tuple[str, str]
"""Name and description of a feature."""

NULLABLE, REPEATED = Mode.NULLABLE, Mode.REPEATED


@dataclasses.dataclass(frozen=True)
class Table:
    """One append-only table.

    Attributes:
      partition_column: the TIMESTAMP column by whose day BigQuery partitions: event time.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_column: str
    clustering: tuple[str, ...] = ("tenant", "session")

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


_STREAM_ROW, _SESSION_ROW = _identity(Mode.REQUIRED), _identity(NULLABLE)

_WINDOW_START = (
    Column("start_time", Type.TIMESTAMP, "Start of the interval, to the microsecond."),
    Column("start_ns", Type.INT64, "The same, exact: nanoseconds since 1970-01-01T00:00Z."),
)


def features_table(features: Sequence[FeatureColumn]) -> Table:
    """`features`: one row per stream and 50 ms window.

    Args:
      features: name and description of every feature of every signal kind.
    """
    per_channel = (
        Column("channel", Type.STRING, "Name of the channel."),
        Column("quality", Type.FLOAT64, "0 (useless) to 1 (clean)."),
        Column("flags", Type.INT64, "The artifact mask: one bit for each reason, 0 is clean."),
        *(Column(name, Type.FLOAT64, description, NULLABLE) for name, description in features),
    )
    return Table(
        name="features",
        description="One row per stream and 50 ms window. A feature is NULL where its look-back"
        " is not complete, where the channel is flat, or where the signal kind has none.",
        columns=(
            *_STREAM_ROW,
            *_WINDOW_START,
            Column("window", Type.INT64, "Number of the window on the 50 ms grid since 1970."),
            Column("n_samples", Type.INT64, "Samples present in the window."),
            Column("channels", Type.RECORD, "In the stream's order.", REPEATED, per_channel),
            INGESTED_AT,
        ),
        partition_column="start_time",
    )


def features_1s_table(features: Sequence[FeatureColumn]) -> Table:
    """`features_1s`: the roll-up of `features` to whole seconds."""
    per_channel = (
        Column("channel", Type.STRING, "Name of the channel."),
        Column("quality_mean", Type.FLOAT64, "Mean quality of the windows."),
        Column("quality_min", Type.FLOAT64, "Quality of the worst window."),
        Column("flags", Type.INT64, "All flags of the windows, joined by OR."),
        Column("n_windows_flagged", Type.INT64, "Windows with at least one flag."),
        *(
            Column(name, Type.FLOAT64, f"Mean over the windows that have it: {text}", NULLABLE)
            for name, text in features
        ),
    )
    return Table(
        name="features_1s",
        description="One row per stream and whole second: 20 windows, fewer at a gap or an end.",
        columns=(
            *_STREAM_ROW,
            *_WINDOW_START,
            Column("n_windows", Type.INT64, "Windows present in the second, 1 to 20."),
            Column("n_samples", Type.INT64, "Samples present in the second."),
            Column("channels", Type.RECORD, "In the stream's order.", REPEATED, per_channel),
            INGESTED_AT,
        ),
        partition_column="start_time",
    )


_KINDS = (
    "Category artifact: the flag, in lower case. Category stream: "
    + ", ".join(sorted(STREAM_KINDS))
    + ". Category warning: "
    + ", ".join(sorted(WARNING_KINDS))
    + "."
)

EVENTS = Table(
    name="events",
    description="What happened to the signals: artifacts as intervals, gaps, restarts, warnings.",
    columns=(
        *_SESSION_ROW,
        *_WINDOW_START,
        Column("end_ns", Type.INT64, "End of the interval, excluded; start_ns for a moment."),
        Column("category", Type.STRING, "artifact, stream or warning."),
        Column("kind", Type.STRING, _KINDS),
        Column("channel", Type.STRING, "NULL: all channels of the stream.", NULLABLE),
        Column("detail", Type.STRING, "The numbers, and what would be right.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="start_time",
)

SESSIONS = Table(
    name="sessions",
    description="One row per session, stream and epoch: what was recorded, and how much of it.",
    columns=(
        *_STREAM_ROW,
        *_WINDOW_START,
        Column("end_ns", Type.INT64, "Time after the last sample."),
        Column("device", Type.STRING, "The hardware; NULL for recorded files.", NULLABLE),
        Column("source", Type.STRING, "Name of the file, without its folder.", NULLABLE),
        Column("signal", Type.STRING, "eeg, ecog, lfp, spikes, emg, ecg or acc."),
        Column("rate_num", Type.INT64, "Sampling rate in hertz, exact: numerator."),
        Column("rate_den", Type.INT64, "Sampling rate in hertz, exact: denominator."),
        Column("unit", Type.STRING, "Of the samples the features are computed from."),
        Column("line_hz", Type.INT64, "Mains frequency notched out; NULL for none.", NULLABLE),
        Column("channels", Type.STRING, "Names, in the stream's order.", REPEATED),
        Column("n_samples", Type.INT64, "Samples present."),
        Column("n_windows", Type.INT64, "Windows written to features."),
        Column("share_flagged", Type.FLOAT64, "Share of windows and channels with any flag."),
        INGESTED_AT,
    ),
    partition_column="start_time",
)

MARKERS = Table(
    name="markers",
    description="Annotations: what the experimenter, the subject or the device noted, and when.",
    columns=(
        *_SESSION_ROW,
        *_WINDOW_START,
        Column("duration_ns", Type.INT64, "0 for a moment."),
        Column("description", Type.STRING, "As it stands in the recording."),
        Column("channels", Type.STRING, "Channels concerned; none: all of them.", REPEATED),
        INGESTED_AT,
    ),
    partition_column="start_time",
)

DEAD_LETTERS = Table(
    name="dead_letters",
    description="Input that could not be used: where it is, which stage refused it, and why.",
    columns=(
        *_SESSION_ROW,
        Column("reason", Type.STRING, "Reason code, stable."),
        Column("stage", Type.STRING, "The step that refused it."),
        Column("message", Type.STRING, "What was wrong and what would be right."),
        Column("path", Type.STRING, "Where the input is."),
        Column("size_bytes", Type.INT64, "Its size; NULL where unknown.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="ingested_at",  # input that cannot be read has no event time
)


def all_tables(features: Sequence[FeatureColumn]) -> dict[str, Table]:
    """Every table by name."""
    tables = (
        features_table(features),
        features_1s_table(features),
        EVENTS,
        SESSIONS,
        MARKERS,
        DEAD_LETTERS,
    )
    return {table.name: table for table in tables}
