"""The library of queries, each over a computed recording and what a device would have told."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from google.cloud import bigquery as api

from devices.simulate import main as simulate
from docs.research_queries import PARAMETERS, QUERIES, ResearchQuery
from pipelines.batch import main as run_batch
from schemas.registry_events import RegistryEvent, RegistryEventKind
from tests.bigquery_tables import Deployed
from transforms.append_rows import RowAppender
from transforms.bigquery_rows import RowWriterSettings
from transforms.load_jobs import FileLoader
from transforms.registry_parts import registry_part
from transforms.row_identity import RowIdentity
from transforms.table_part import make_part

TENANT, SUBJECT, DEVICE = "library1", "subject000000001", "device0000000001"
MARKED_S = (20, 50)
EXPECTED_ROWS = {
    "sessions": 1,
    "days": 1,
    "alpha_by_person_and_day": 8,
    "marked_intervals": 8,
    "around_markers": 8 * 40,
    "channels": 8,
    "alerts": 0,
    "losses": 1,
    "latencies": 5,
    "device_health": 2,
    "clocks": 1,
}


@pytest.fixture(scope="module")
def seconds(tmp_path_factory, bigquery) -> pa.Table:
    """The recording's rows of features_1s; all its tables are in BigQuery, loaded as files."""
    folder = tmp_path_factory.mktemp("library")
    assert simulate(["--output", str(folder / "in"), "--seed", "1"]) == 0
    out = folder / "out"
    who = ["--tenant", TENANT, "--subject", SUBJECT, "--no-reports"]
    assert run_batch(["--input", str(folder / "in"), "--output", str(out), *who]) == 0
    loader = FileLoader(bigquery.address, retry_s=60)
    for table in ("features", "features_1s", "events", "sessions"):
        paths = [str(path) for path in (out / table).rglob("*.parquet")]
        assert paths
        assert loader.load(table, paths) == []
    rows = pa.concat_tables(pq.read_table(p) for p in sorted((out / "features_1s").rglob("*.*")))
    tell_like_a_device(bigquery, rows)
    return rows


def tell_like_a_device(bigquery: Deployed, seconds: pa.Table) -> None:
    """Markers, health, an account, a clock and latencies for the recording's session."""
    session, start_ns = seconds["session"][0].as_py(), seconds["start_ns"][0].as_py()
    who = RowIdentity(TENANT, SUBJECT, session, "eeg0", 0, parameter_version="eeg-1-0")
    n = 100
    counts = {name: [0] for name in ("packets_duplicate", "packets_late", "packets_refused")}
    counts |= {f"samples_{name}": [0] for name in ("duplicate", "late", "held", "in_gaps")}
    counts |= {"samples_accepted": [30_000], "samples_computed": [30_000]}
    counts |= {"packets_accepted": [480], "counter_wraps": [0], "restarts": [0]}
    begins = {"start_ns": [start_ns], "as_of_ns": [start_ns + 120], "is_final": [True]}
    marker = {"start_ns": [start_ns + MARKED_S[0] * 10**9], "description": ["cue"]}
    marker |= {"duration_ns": [(MARKED_S[1] - MARKED_S[0]) * 10**9], "channels": [[]]}
    readings = {"reading": ["battery", "impedance"], "channel": [None, "Cz"]}
    readings |= {"value": [80.0, 5.2], "unit": ["%", "kOhm"], "device": [DEVICE] * 2}
    readings |= {"start_ns": [start_ns] * 2, "sequence": [7, 7], "number": [0, 1]}
    fit = {"offset_ms": [12.0], "drift_ppm": [20.0], "residual_ms": [0.5], "n_packets": [480]}
    fit |= {"start_ns": [start_ns], "end_ns": [start_ns + 120 * 10**9]}
    at = {"start_ns": [start_ns + i * 10**9 for i in range(n)]}
    names = ("device_ns", "received_ns", "published_ns", "windowed_ns", "written_ns")
    at |= {name: [t + i * 5_000_000 for t in at["start_ns"]] for i, name in enumerate(names)}
    device = RegistryEvent(
        event_id="0" * 32,
        kind=RegistryEventKind.DEVICE_ENROLLED,
        time_ns=start_ns,
        tenant=TENANT,
        device=DEVICE,
        record={"model": "eight", "firmware": "1.0", "status": "active"},
    )
    parts = [
        make_part("markers", "markers", who, 1, marker),
        make_part("device_health", "health", who, 2, readings),
        make_part("stream_accounts", "account", who, 1, counts | begins),
        make_part("clock_fits", "fit", who, 1, fit),
        make_part("latencies", "latencies", who, n, at),
        registry_part(device),
    ]
    writer = RowAppender(bigquery.address, RowWriterSettings())
    for part in parts:
        assert writer.write(part.table, part.rows) == []
    writer.close()


def answer(bigquery: Deployed, query: ResearchQuery, since: datetime.datetime) -> list[Any]:
    values: dict[str, Any] = {"tenant": TENANT, "since": since}
    config = api.QueryJobConfig(
        default_dataset=f"{bigquery.address.project}.{bigquery.address.research_dataset}",
        query_parameters=[
            api.ScalarQueryParameter(name, kind, values[name]) for name, kind in PARAMETERS.items()
        ],
    )
    found = bigquery.client.query(query.sql, job_config=config).result()
    return [dict(row.items()) for row in found]


def since(seconds: pa.Table) -> datetime.datetime:
    return seconds["start_time"][0].as_py() - datetime.timedelta(days=1)


def named(name: str) -> ResearchQuery:
    [query] = [query for query in QUERIES if query.name == name]
    return query


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_answers(bigquery, seconds, query):
    rows = answer(bigquery, query, since(seconds))
    if query.name == "artifacts":
        assert {"blink", "muscle", "flat"} <= {row["kind"] for row in rows}
    else:
        assert len(rows) == EXPECTED_ROWS[query.name]
    assert "@tenant" in query.sql


def test_no_query_answers_of_another_tenant_or_time(bigquery, seconds):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=400)
    for query in QUERIES:
        if "@since" in query.sql:
            assert answer(bigquery, query, later) == [], query.name


def test_alpha_by_person_and_day_is_the_geometric_mean_of_clean_seconds(bigquery, seconds):
    channels = pa.concat_tables(
        [pa.Table.from_struct_array(pc.list_flatten(chunk)) for chunk in seconds["channels"].chunks]
    )
    for row in answer(bigquery, named("alpha_by_person_and_day"), since(seconds)):
        own = channels.filter(pc.equal(channels["channel"], row["channel"]))
        flags = own["flags"].to_numpy()
        alpha = own["alpha_power"].to_numpy()
        used = ((flags & ~256) == 0) & (np.nan_to_num(alpha) > 0)
        assert row["seconds"] == used.sum() > 0
        assert row["alpha_uv2"] == pytest.approx(np.exp(np.log(alpha[used]).mean()))
        assert row["subject"] == SUBJECT


def test_marked_seconds_are_those_of_the_marker(bigquery, seconds):
    rows = answer(bigquery, named("marked_intervals"), since(seconds))
    assert {(row["condition"], row["seconds"]) for row in rows} == {
        ("cue", MARKED_S[1] - MARKED_S[0])
    }


def test_the_page_shows_every_query():
    page = (Path(__file__).parents[1] / "docs" / "queries.md").read_text()
    assert all(query.sql in page for query in QUERIES)
    assert 8 <= len(QUERIES) <= 12
