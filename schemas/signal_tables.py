"""Tables of what the signals hold: features, events, markers."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.columns import Column, Type
from schemas.event_kinds import ARRIVAL_KINDS, STREAM_KINDS, WARNING_KINDS
from schemas.table_definition import (
    EPOCH_KEY,
    INGESTED_AT,
    NULLABLE,
    REPEATED,
    ROW_START,
    SESSION_ROW,
    START_KEY,
    STREAM_ROW,
    Table,
)

FeatureColumn = tuple[str, str]
"""Name and description of a feature."""

STAGE_TIMES = (
    Column(
        "device_ns",
        Type.INT64,
        "When the device closed the packet with the row's last sample: its own clock.",
        NULLABLE,
    ),
    Column("received_ns", Type.INT64, "When the telemetry function received it.", NULLABLE),
    Column("published_ns", Type.INT64, "When Pub/Sub had it.", NULLABLE),
    Column("windowed_ns", Type.INT64, "When its windows were computed.", NULLABLE),
    Column("written_ns", Type.INT64, "When the row was handed to its store.", NULLABLE),
)
"""Nanoseconds since 1970; NULL for recordings and reprocessing, which nobody waits for."""


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
            *STREAM_ROW,
            *ROW_START,
            Column("window", Type.INT64, "Number of the window on the 50 ms grid since 1970."),
            Column("n_samples", Type.INT64, "Samples present in the window."),
            Column("channels", Type.RECORD, "In the stream's order.", REPEATED, per_channel),
            INGESTED_AT,
        ),
        partition_column="start_time",
        key=(*EPOCH_KEY, *START_KEY),
        newest=("n_samples",),
        first_counts=True,
        physical_name="features_log",
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
            *STREAM_ROW,
            *ROW_START,
            Column("n_windows", Type.INT64, "Windows present in the second, 1 to 20."),
            Column("n_samples", Type.INT64, "Samples present in the second."),
            Column("channels", Type.RECORD, "In the stream's order.", REPEATED, per_channel),
            *STAGE_TIMES,
            INGESTED_AT,
        ),
        partition_column="start_time",
        key=(*EPOCH_KEY, *START_KEY),
        newest=("n_samples",),
        first_counts=True,
    )


def _kinds() -> str:
    parts = ["Category artifact: the flag, in lower case."]
    for category, kinds in (
        ("stream", STREAM_KINDS),
        ("arrival", ARRIVAL_KINDS),
        ("warning", WARNING_KINDS),
    ):
        parts.append(f"Category {category}: {', '.join(sorted(kinds))}.")
    return " ".join(parts)


EVENTS = Table(
    name="events",
    description="What happened to the signals: artifacts as intervals, gaps, restarts, what came"
    " late or twice, warnings.",
    columns=(
        *SESSION_ROW,
        *ROW_START,
        Column("end_ns", Type.INT64, "End of the interval, excluded; start_ns for a moment."),
        Column("category", Type.STRING, "artifact, stream, arrival or warning."),
        Column("kind", Type.STRING, _kinds()),
        Column("channel", Type.STRING, "NULL: all channels of the stream.", NULLABLE),
        Column("detail", Type.STRING, "The numbers, and what would be right.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY, "category", "kind", "channel", "detail"),
    newest=("end_ns",),
)

MARKERS = Table(
    name="markers",
    description="Annotations: what the experimenter, the subject or the device noted, and when.",
    columns=(
        *SESSION_ROW,
        *ROW_START,
        Column("duration_ns", Type.INT64, "0 for a moment."),
        Column("description", Type.STRING, "As it stands in the recording."),
        Column("channels", Type.STRING, "Channels concerned; none: all of them.", REPEATED),
        INGESTED_AT,
    ),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY, "duration_ns", "description", "channels"),
)
