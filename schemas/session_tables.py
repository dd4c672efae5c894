"""Tables of who recorded what with which hardware: sessions, devices and their health."""

from __future__ import annotations

from schemas.columns import Column, Type
from schemas.table_definition import (
    EPOCH_KEY,
    INGESTED_AT,
    NULLABLE,
    REPEATED,
    ROW_START,
    SESSION_ROW,
    START_KEY,
    Table,
)

_OF_THE_STREAM = "NULL where the row is about the whole session."

SESSIONS = Table(
    name="sessions",
    description="What was recorded, and how much of it: one row per session, stream and epoch."
    " And one row without a stream per session that a device opened: its status.",
    columns=(
        *SESSION_ROW,
        *ROW_START,
        Column("end_ns", Type.INT64, "Time after the last sample; NULL while open.", NULLABLE),
        Column("device", Type.STRING, "The hardware; NULL for recorded files.", NULLABLE),
        Column("source", Type.STRING, "Name of the file, without its folder.", NULLABLE),
        Column("experiment", Type.STRING, "What is done in it, as its opener named it.", NULLABLE),
        Column("status", Type.STRING, "open, ended or expired; NULL for recordings.", NULLABLE),
        Column("reason", Type.STRING, "Why it ended, in the device's words.", NULLABLE),
        Column("metadata", Type.STRING, "What the opener asked for: a JSON object.", NULLABLE),
        Column("as_of_ns", Type.INT64, "When this was so; the newest row counts.", NULLABLE),
        Column("signal", Type.STRING, f"eeg, ecog, lfp, ... {_OF_THE_STREAM}", NULLABLE),
        Column("rate_num", Type.INT64, "Sampling rate in hertz, exact: numerator.", NULLABLE),
        Column("rate_den", Type.INT64, "Sampling rate in hertz, exact: denominator.", NULLABLE),
        Column("unit", Type.STRING, "Of the samples the features are computed from.", NULLABLE),
        Column("line_hz", Type.INT64, "Mains frequency notched out; NULL for none.", NULLABLE),
        Column("channels", Type.STRING, "Names, in the stream's order.", REPEATED),
        Column("n_samples", Type.INT64, f"Samples present. {_OF_THE_STREAM}", NULLABLE),
        Column("n_windows", Type.INT64, "Windows written to features.", NULLABLE),
        Column(
            "share_flagged",
            Type.FLOAT64,
            "Share of windows and channels with any flag.",
            NULLABLE,
        ),
        INGESTED_AT,
    ),
    partition_column="start_time",
    clustering=("tenant", "subject", "device", "session"),  # looked up by person and by device
    key=EPOCH_KEY,
    newest=("as_of_ns", "n_samples"),
)

DEVICES = Table(
    name="devices",
    description="The hardware: one row for every change in the registry; the newest counts.",
    columns=(
        Column("tenant", Type.STRING, "The organisation: 8 characters a-z 0-9."),
        Column("device", Type.STRING, "The hardware: 16 characters a-z 0-9."),
        Column("revision", Type.INT64, "0; changes are told apart by as_of_ns."),
        Column("code_version", Type.STRING, "Version of the code that wrote the row."),
        *ROW_START,
        Column("as_of_ns", Type.INT64, "When this was so, nanoseconds since 1970."),
        Column("status", Type.STRING, "As in the registry: active, revoked, ..."),
        Column("change", Type.STRING, "What happened: enrolled, key added, ...", NULLABLE),
        Column("model", Type.STRING, "As the device told at its enrolment.", NULLABLE),
        Column("serial", Type.STRING, "As the device told at its enrolment.", NULLABLE),
        Column("firmware", Type.STRING, "Version of its software.", NULLABLE),
        Column("hardware", Type.STRING, "Revision of its electronics.", NULLABLE),
        Column("capabilities", Type.STRING, "What it can record: a JSON object.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="start_time",
    clustering=("tenant", "device"),
    key=("tenant", "device"),
    newest=("as_of_ns",),
)

DEVICE_HEALTH = Table(
    name="device_health",
    description="What devices told of themselves, one row a reading: battery, impedance, ...",
    columns=(
        *SESSION_ROW,
        *ROW_START,
        Column("sequence", Type.INT64, "Of the packet that told it."),
        Column("number", Type.INT64, "Counts the readings of the packet, from 0."),
        Column("device", Type.STRING, "The hardware; NULL where not known.", NULLABLE),
        Column("description", Type.STRING, "The event's own words.", NULLABLE),
        Column("reading", Type.STRING, "What was measured, such as impedance.", NULLABLE),
        Column("channel", Type.STRING, "NULL: of the device.", NULLABLE),
        Column("unit", Type.STRING, "Of the value, such as kOhm.", NULLABLE),
        Column("value", Type.FLOAT64, "NULL where the reading is a text.", NULLABLE),
        Column("text", Type.STRING, "NULL where the reading is a number.", NULLABLE),
        INGESTED_AT,
    ),
    partition_column="start_time",
    key=(*EPOCH_KEY, *START_KEY, "sequence", "number"),
)
