from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to

from tests.bigquery_tables import new_identity, seen, windows, without_store
from tests.tcp_proxy import tcp_proxy
from transforms.bigquery_rows import RowsNotStoredError
from transforms.load_jobs import FileLoader, load_job_id
from transforms.load_tables import LoadFiles, LoadSettings, LoadTables
from transforms.table_part import TablePart
from transforms.write_tables import parquet_bytes


def file_of(part: TablePart, folder: Path, name: str = "rows") -> str:
    path = folder / f"{name}.parquet"
    path.write_bytes(parquet_bytes(part))
    return str(path)


@pytest.fixture
def loader(bigquery):
    made = FileLoader(bigquery.address, retry_s=30)
    yield made
    made.close()


def jobs(bigquery, before: set[str]) -> set[str]:
    found = bigquery.client.list_jobs(all_users=True)
    return {job.job_id for job in found if job.job_type == "load"} - before


def test_what_is_loaded_is_what_researchers_read(bigquery, loader, tmp_path):
    part = windows(new_identity())
    assert loader.load("features", [file_of(part, tmp_path)]) == []
    rows = bigquery.rows("features", part.rows["session"][0].as_py())
    assert [without_store(row) for row in rows] == seen(part)


def test_a_repeated_bundle_loads_nothing_twice(bigquery, loader, tmp_path):
    who = new_identity()
    paths = [
        file_of(windows(dataclasses.replace(who, epoch=i)), tmp_path, f"{i}") for i in range(3)
    ]
    before = jobs(bigquery, set())
    loader.load("features", paths)
    again = FileLoader(bigquery.address, retry_s=30)  # another worker
    assert again.load("features", list(reversed(paths))) == []
    assert bigquery.stored("features_log", who.session) == 3 * 40
    assert jobs(bigquery, before) == {
        load_job_id(bigquery.address.log_dataset, "features", ["", *paths], 0)
    }


def test_a_wrong_file_is_refused_alone(bigquery, loader, tmp_path):
    who = new_identity()
    paths = [
        file_of(windows(dataclasses.replace(who, epoch=i)), tmp_path, f"{i}") for i in range(5)
    ]
    pq.write_table(pa.table({"tenant": [["not", "a", "text"]]}), paths[3])
    refused = loader.load("features", paths)
    assert [one.path for one in refused] == [paths[3]]
    assert len(refused[0].message) > 20
    found = {row["epoch"] for row in bigquery.rows("features", who.session)}
    assert found == {0, 1, 2, 4}
    assert bigquery.stored("features_log", who.session) == 4 * 40


def test_a_table_that_is_not_there_raises(bigquery, tmp_path):
    elsewhere = dataclasses.replace(bigquery.address, log_dataset="nowhere")
    path = file_of(windows(new_identity()), tmp_path)
    with pytest.raises(RowsNotStoredError, match="features"):
        FileLoader(elsewhere, retry_s=5).load("features", [path])


def test_an_outage_is_waited_for_and_loads_once(bigquery, tmp_path):
    part = windows(new_identity())
    session = part.rows["session"][0].as_py()
    with tcp_proxy(bigquery.address.loopback_address) as proxy:
        behind = dataclasses.replace(bigquery.address, loopback_address=proxy.address)
        proxy.go_away()
        back = threading.Timer(1.0, proxy.come_back)
        back.start()
        began = time.monotonic()
        assert FileLoader(behind, retry_s=30).load("features", [file_of(part, tmp_path)]) == []
        assert time.monotonic() - began > 0.9
        back.join()
    assert bigquery.stored("features_log", session) == 40


def run(steps, *, stream: bool = False) -> None:
    runner = "BundleBasedDirectRunner" if stream else "FnApiRunner"
    options = PipelineOptions([], runner=runner, streaming=stream)
    with beam.Pipeline(options=options) as pipeline:
        steps(pipeline)


def test_a_batch_job_runs_one_load_job_a_table(bigquery, tmp_path):
    who = new_identity()
    parts = [windows(dataclasses.replace(who, epoch=i)) for i in range(4)]
    before = jobs(bigquery, set())

    def steps(root):
        letters = (
            root
            | "Make" >> beam.Create(parts, reshuffle=False)
            | "Load" >> LoadTables(bigquery.address, LoadSettings(str(tmp_path)))
        )
        assert_that(letters, equal_to([]))

    run(steps)
    assert len(jobs(bigquery, before)) == 1
    rows = bigquery.rows("features", who.session, "epoch, start_ns")
    assert [without_store(row) for row in rows] == [row for part in parts for row in seen(part)]
    assert list(tmp_path.rglob("*.parquet")) == []  # loaded, and gone


def test_a_streaming_job_waits_for_others_and_then_loads(bigquery, tmp_path):
    who = new_identity()
    parts = [windows(dataclasses.replace(who, epoch=i)) for i in range(3)]
    before = jobs(bigquery, set())
    events = test_stream.TestStream().advance_watermark_to(0)
    for part in parts[:2]:
        events = events.add_elements([part]).advance_processing_time(10)
    events = events.advance_processing_time(300).add_elements([parts[2]])
    events = events.advance_processing_time(301).advance_watermark_to_infinity()

    def steps(root):
        _ = root | events | "Load" >> LoadTables(bigquery.address, LoadSettings(str(tmp_path)))

    run(steps, stream=True)
    assert len(jobs(bigquery, before)) == 2  # the first two parts together
    rows = bigquery.rows("features", who.session, "epoch, start_ns")
    assert [without_store(row) for row in rows] == [row for part in parts for row in seen(part)]


def test_a_refused_file_is_a_dead_letter_and_stays_to_be_looked_at(bigquery, tmp_path):
    path = str(tmp_path / "wrong.parquet")
    pq.write_table(pa.table({"tenant": [["not", "a", "text"]]}), path)

    def steps(root):
        letters = (
            root
            | "Make" >> beam.Create([("features", path)], reshuffle=False)
            | "Load" >> LoadFiles(bigquery.address, LoadSettings(str(tmp_path)))
            | "Tell" >> beam.Map(lambda letter: (letter.path, letter.reason, letter.stage))
        )
        assert_that(letters, equal_to([(path, "refused_file", "WriteBigQuery")]))

    run(steps)
    assert Path(path).exists()
