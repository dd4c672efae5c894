"""Tables of how the system did: times, counts, clocks, refusals."""

from __future__ import annotations

from schemas.columns import Column, Type
from schemas.signal_tables import STAGE_TIMES
from schemas.table_definition import (
    EPOCH_KEY,
    INGESTED_AT,
    NULLABLE,
    ROW_START,
    SESSION_ROW,
    START_KEY,
    STREAM_ROW,
    Table,
)

LATENCIES = Table(
    name="latencies",
    description="One row per stream and second that Bigtable has acknowledged: the times of its"
    " last batch at every stage.",
    columns=(*STREAM_ROW, *ROW_START, *STAGE_TIMES, INGESTED_AT),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY),
    newest=("windowed_ns",),
)

STREAM_ACCOUNTS = Table(
    name="stream_accounts",
    description="What became of every packet and sample of a stream's epoch, counted since it"
    " began; a row now and then, and one at the end. samples_accepted = samples_computed +"
    " samples_duplicate + samples_late + samples_held + samples_refused.",
    columns=(
        *STREAM_ROW,
        *ROW_START,
        Column("as_of_ns", Type.INT64, "Event time that the account has reached."),
        Column("is_final", Type.BOOL, "The epoch has ended: nothing follows."),
        Column("packets_accepted", Type.INT64, "Packets that were opened and decoded."),
        Column("packets_duplicate", Type.INT64, "Of them, all samples were known."),
        Column("packets_late", Type.INT64, "Of them, came after their gap was closed."),
        Column("packets_refused", Type.INT64, "Packets that went to the dead letters."),
        Column("samples_accepted", Type.INT64, "Rows in the accepted packets."),
        Column("samples_computed", Type.INT64, "Of them, are in windows."),
        Column("samples_duplicate", Type.INT64, "Of them, were there before."),
        Column("samples_late", Type.INT64, "Of them, came after their gap was closed."),
        Column("samples_held", Type.INT64, "Of them, wait for earlier ones; 0 at the end."),
        Column("samples_refused", Type.INT64, "Of them, could not be used.", NULLABLE),
        Column("samples_in_gaps", Type.INT64, "Places passed over without a sample."),
        Column("windows_emitted", Type.INT64, "Windows written.", NULLABLE),
        Column("counter_wraps", Type.INT64, "Times the device's counter began again."),
        Column("restarts", Type.INT64, "Epochs of the stream before this one."),
        INGESTED_AT,
    ),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY, "as_of_ns", "is_final"),
    newest=("packets_accepted",),
)

CLOCK_FITS = Table(
    name="clock_fits",
    description="How a device's clock runs against ours: a straight line through the times of"
    " its packets. Recorded, never applied to the samples.",
    columns=(
        *STREAM_ROW,
        *ROW_START,
        Column("end_ns", Type.INT64, "End of the interval that the line was fitted to."),
        Column("n_packets", Type.INT64, "Points that the line was fitted to."),
        Column("offset_ms", Type.FLOAT64, "Received minus device time at end_ns."),
        Column("drift_ppm", Type.FLOAT64, "Growth of the offset, microseconds a second."),
        Column("residual_ms", Type.FLOAT64, "Root mean square of what the line leaves."),
        Column("rate_hz", Type.FLOAT64, "Sampling rate by our clock.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY, "end_ns"),
    newest=("n_packets",),
)

DEAD_LETTERS = Table(
    name="dead_letters",
    description="Input that could not be used: where it is, which stage refused it, and why.",
    columns=(
        *SESSION_ROW,
        Column("reason", Type.STRING, "Reason code, stable."),
        Column("stage", Type.STRING, "The step that refused it."),
        Column("message", Type.STRING, "What was wrong and what would be right."),
        Column("path", Type.STRING, "Where the input is."),
        Column("size_bytes", Type.INT64, "Its size; NULL where unknown.", NULLABLE),
        Column(
            "number",
            Type.INT64,
            "Counts the letters of a file of dead letters, from 0; NULL where the input is the"
            " whole file.",
            NULLABLE,
        ),
        INGESTED_AT,
    ),
    partition_column="ingested_at",  # input that cannot be read has no event time
    key=("tenant", "path", "stage", "reason", "number"),
)
