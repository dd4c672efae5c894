"""The views, on the emulator: what researchers see of rows that were stored in many ways."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

import numpy as np
import pytest

from schemas.registry_events import RegistryEvent, RegistryEventKind
from schemas.retention import retention_statement
from tests.bigquery_tables import SPEC, new_identity, seconds, seen, windows, without_store
from tests.transforms.made_windows import made_windows
from transforms.append_rows import RowAppender
from transforms.bigquery_rows import RowWriterSettings
from transforms.deploy_bigquery import VIEWS, deploy
from transforms.engine import StreamSpec
from transforms.registry_parts import registry_part
from transforms.row_identity import RowIdentity
from transforms.table_part import TABLES, TablePart, make_part
from transforms.window_rows import features_1s_part
from transforms.write_rows import BundleRows

S = 1_000_000_000
START_NS = 1_700_000_000 * S
DEVICE = "device0000000001"


@pytest.fixture
def store(bigquery):
    writer = RowAppender(bigquery.address, RowWriterSettings())

    def stored(*parts: TablePart) -> None:
        rows = BundleRows(writer, RowWriterSettings())
        assert [letter for part in parts for letter in rows.add(part)] == []
        assert list(rows.flush()) == []

    yield stored
    writer.close()


def part_of(table: str, who: RowIdentity, **row: Any) -> TablePart:
    columns = {name: [value] for name, value in ({"start_ns": START_NS} | row).items()}
    return make_part(table, "name", who, 1, columns)


def session_of(who: RowIdentity, **row: Any) -> TablePart:
    known = {"end_ns": START_NS + 60 * S, "signal": "eeg", "rate_num": 250, "rate_den": 1}
    return part_of("sessions", who, channels=["Cz"], n_samples=15_000, **(known | row))


def event_of(who: RowIdentity, kind: str, category: str = "artifact", **row: Any) -> TablePart:
    known = {"end_ns": START_NS + S, "category": category, "kind": kind}
    return part_of("events", who, **(known | row))


def change(kind: RegistryEventKind, who: RowIdentity, at_s: int, **record: Any) -> TablePart:
    return registry_part(
        RegistryEvent(
            event_id="0" * 32,
            kind=kind,
            time_ns=START_NS + at_s * S,
            tenant=who.tenant,
            device=DEVICE,
            session=who.session or "",
            subject=who.subject,
            record={"started_ns": START_NS, "experiment": "rest", **record},
        )
    )


def test_making_everything_again_changes_nothing(bigquery, store):
    part = seconds(new_identity())
    store(part)
    deploy(bigquery.address)
    rows = bigquery.rows("features_1s", part.rows["session"][0].as_py())
    assert [without_store(row) for row in rows] == seen(part)


def test_every_view_answers_and_says_what_it_is(bigquery):
    for name, view in VIEWS.items():
        made = bigquery.client.get_table(f"{bigquery.address.research_path}.{name}")
        assert made.description == view.description
        bigquery.query(f"SELECT * FROM {name} LIMIT 1")


def test_a_row_is_shown_once_from_its_highest_revision(bigquery, store):
    who = new_identity()
    first, second = windows(who), windows(dataclasses.replace(who, revision=1), n=20, seed=1)
    store(first, second, first, second)
    rows = bigquery.rows("features", who.session)
    assert [row["revision"] for row in rows] == [1] * 20 + [0] * 20
    assert [without_store(row) for row in rows] == seen(second) + seen(first)[20:]


def test_what_an_epoch_that_is_computed_again_no_longer_finds_is_gone(bigquery, store):
    who = new_identity()
    again = dataclasses.replace(who, revision=1)
    other = dataclasses.replace(who, epoch=1)
    store(
        session_of(who),
        event_of(who, "gap", "stream"),  # filled by what came late
        event_of(who, "late", "arrival", detail="2 packets"),
        event_of(who, "blink", channel="Cz"),
        event_of(other, "gap", "stream"),
        session_of(again),
        event_of(again, "blink", channel="Cz"),
        event_of(again, "blink", channel="Cz"),
    )
    rows = bigquery.rows("events", who.session, "epoch, kind")
    assert [(row["epoch"], row["kind"], row["revision"]) for row in rows] == [
        (0, "blink", 1),
        (0, "late", 0),
        (1, "gap", 0),
    ]


def test_markers_of_other_channels_are_other_markers(bigquery, store):
    who = new_identity()
    made = [
        part_of("markers", who, duration_ns=0, description="tap", channels=channels)
        for channels in (["C3"], ["C4"], ["C3"])
    ]
    store(*made)
    assert len(bigquery.rows("markers", who.session)) == 2


def test_a_session_shows_its_newest_status_and_its_streams(bigquery, store):
    who = new_identity()
    opened = change(RegistryEventKind.SESSION_OPENED, who, 0)
    ended = change(
        RegistryEventKind.SESSION_ENDED, who, 90, ended_ns=START_NS + 90 * S, end_reason="done"
    )
    store(ended, opened, opened, session_of(who), session_of(dataclasses.replace(who, epoch=1)))
    [row] = bigquery.rows("session_list", who.session, "session")
    assert (row["status"], row["reason"], row["device"]) == ("ended", "done", DEVICE)
    assert (row["experiment"], row["duration_s"], row["n_streams"]) == ("rest", 90.0, 1)
    assert row["started"].timestamp() == START_NS / S
    assert row["ended"].timestamp() == START_NS / S + 90
    assert [(one["epoch"], one["rate_hz"]) for one in row["streams"]] == [(0, 250), (1, 250)]


def test_a_day_counts_completed_sessions_of_one_person(bigquery, store):
    tenant = "tenant" + secrets.token_hex(1)
    anna, bert = "a" * 16, "b" * 16
    kinds = RegistryEventKind
    for subject, kind, seconds_long in (
        (anna, kinds.SESSION_ENDED, 100),
        (anna, kinds.SESSION_ENDED, 200),
        (anna, kinds.SESSION_EXPIRED, 9000),
        (anna, kinds.SESSION_OPENED, 0),
        (bert, kinds.SESSION_ENDED, 1000),
    ):
        who = new_identity(tenant=tenant, subject=subject)
        end_ns = START_NS + seconds_long * S
        store(change(kind, who, seconds_long, ended_ns=end_ns if seconds_long else 0))
    rows = bigquery.query(
        f"SELECT * FROM daily_statistics WHERE tenant = '{tenant}' ORDER BY subject"
    )
    assert [
        (row["subject"], row["n_sessions"], row["average_duration_s"], row["n_devices"])
        for row in rows
    ] == [(anna, 2, 150.0, 1), (bert, 1, 1000.0, 1)]


def account(who: RowIdentity, as_of_s: int, **changed: int) -> TablePart:
    counts = dict.fromkeys(
        (
            *("packets_duplicate", "packets_late", "packets_refused", "samples_duplicate"),
            *("samples_late", "samples_held", "samples_in_gaps", "counter_wraps", "restarts"),
        ),
        0,
    )
    counts |= {"packets_accepted": as_of_s, "samples_accepted": 250 * as_of_s}
    counts |= {"samples_computed": 250 * as_of_s, **changed}
    when = {"as_of_ns": START_NS + as_of_s * S, "is_final": as_of_s > 10}
    return part_of("stream_accounts", who, **when, **counts)


def test_the_newest_account_of_an_epoch_is_shown_and_what_it_leaves_unexplained(bigquery, store):
    who = new_identity()
    lost = {"samples_computed": 2000, "samples_late": 400, "samples_in_gaps": 500}
    store(account(who, 5), account(who, 20, **lost), account(who, 10), account(who, 5))
    [row] = bigquery.rows("sample_accounts", who.session)
    assert row["samples_accepted"] == 5000
    assert row["samples_unexplained"] == 5000 - 2000 - 400
    assert row["share_lost"] == 500 / 2500


def with_quality(who: RowIdentity, quality: np.ndarray) -> TablePart:
    """Seconds of one good channel and one of this quality."""
    spec = StreamSpec("eeg", 100, SPEC.channels)
    first = 20 * START_NS // S
    batch = made_windows(spec, range(first, first + 20 * len(quality)))
    both = np.stack([np.ones(len(batch)), np.repeat(quality, 20)], axis=1).astype(np.float32)
    return features_1s_part(dataclasses.replace(batch, quality=both), spec, who, "quality")


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ([(10, 130)], [(10, 120)]),
        ([(10, 129)], []),
        ([(0, 100), (101, 221)], [(101, 120)]),
        ([(0, 120), (125, 250)], [(0, 120), (125, 125)]),
    ],
)
def test_two_minutes_below_a_half_on_one_channel_are_an_alert(bigquery, store, bad, expected):
    who = new_identity()
    quality = np.ones(300)
    for low, high in bad:
        quality[low:high] = 0.25
    store(with_quality(who, quality))
    rows = bigquery.rows("quality_alerts", who.session, "began")
    found = [(int(row["began"].timestamp()) - START_NS // S, row["duration_s"]) for row in rows]
    assert found == expected
    assert {row["channel"] for row in rows} <= {"O1"}
    assert all(row["quality"] == 0.25 for row in rows)


def test_the_waterfall_shows_each_stage_of_the_way(bigquery, store):
    who = new_identity()
    ms = 1_000_000
    parts = []
    for i in range(100):
        received = START_NS + i * S
        times = [received - 5 * ms, received, received + 2 * ms, received + 10 * ms]
        written = received + (20 + i) * ms
        names = ("device_ns", "received_ns", "published_ns", "windowed_ns")
        row = dict(zip(names, times, strict=True))
        parts.append(part_of("latencies", who, **row | {"start_ns": received}, written_ns=written))
    store(*parts)
    rows = {
        row["stage"][2:]: row for row in bigquery.rows("latency_waterfall", who.session, "stage")
    }
    assert {name: row["p50_ms"] for name, row in rows.items()} == pytest.approx(
        {
            "device_to_door": 5,
            "door_to_pubsub": 2,
            "pubsub_to_windows": 8,
            "windows_to_bigtable": 60,
            "door_to_bigtable": 70,
        },
        abs=1,
    )
    assert rows["door_to_bigtable"]["p95_ms"] == pytest.approx(115, abs=1.5)
    assert rows["door_to_bigtable"]["p99_ms"] == pytest.approx(119, abs=1.5)
    assert {row["n_batches"] for row in rows.values()} == {100}


def test_a_device_shows_its_newest_state(bigquery, store):
    who = new_identity(tenant="device" + secrets.token_hex(1))
    record = {"model": "eight", "capabilities": {"streams": []}}
    store(
        change(RegistryEventKind.DEVICE_RETIRED, who, 9, status="retired", **record),
        change(RegistryEventKind.DEVICE_ENROLLED, who, 1, status="active", **record),
    )
    [row] = bigquery.query(f"SELECT * FROM devices WHERE tenant = '{who.tenant}'")
    assert (row["device"], row["status"], row["change"]) == (DEVICE, "retired", "device-retired")
    assert (row["model"], row["capabilities"]) == ("eight", '{"streams": []}')


def test_old_recordings_stay_and_old_rows_leave(bigquery, store):
    long_ago, lately = new_identity(), new_identity()
    store(seconds(long_ago), seconds(lately))  # both tell of 2023
    table = f"`{bigquery.address.log_path}.features_1s`"
    for who, days in ((long_ago, 401), (lately, 399)):  # the emulator fills no default
        bigquery.query(
            f"UPDATE {table} SET ingested_at = TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {days}"
            f" DAY) WHERE session = '{who.session}'"
        )
    statement = retention_statement(TABLES["features_1s"], bigquery.address.log_path, 400)
    bigquery.query(statement)
    assert bigquery.stored("features_1s", long_ago.session) == 0
    assert bigquery.stored("features_1s", lately.session) == 3


def test_tables_in_bigquery_have_the_columns_of_our_files(bigquery):
    for table in TABLES.values():
        made = bigquery.client.get_table(f"{bigquery.address.log_path}.{table.table_id}")
        stored = [field.name for field in made.schema if field.name != "ingested_at"]
        assert stored == table.arrow_schema().names
        assert made.time_partitioning.field == table.partition_column
