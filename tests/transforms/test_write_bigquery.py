from __future__ import annotations

import dataclasses

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that, equal_to

from schemas.errors import SchemaError
from tests.bigquery_tables import new_identity, seconds, seen, windows, without_store
from transforms.bigquery_address import BigQueryAddress
from transforms.table_part import TABLES
from transforms.write_bigquery import BigQuerySettings, WriteBigQuery, WriteMethod

ADDRESS = BigQueryAddress("project")


def run(settings: BigQuerySettings, *parts) -> None:
    options = PipelineOptions([], runner="FnApiRunner")
    with beam.Pipeline(options=options) as pipeline:
        letters = (
            pipeline
            | "Make" >> beam.Create(parts, reshuffle=False)
            | "Write" >> WriteBigQuery(settings)
            | "Tell" >> beam.Map(lambda letter: (letter.stage, letter.reason))
        )
        assert_that(letters, equal_to([]))


@pytest.mark.parametrize("rows", [WriteMethod.STORAGE_WRITE, WriteMethod.STREAMING_INSERTS])
def test_a_job_that_runs_twice_leaves_what_researchers_read(bigquery, tmp_path, rows):
    who = new_identity()
    parts = [
        part
        for epoch in range(3)
        for at in [dataclasses.replace(who, epoch=epoch)]
        for part in (seconds(at), windows(at))
    ]
    settings = BigQuerySettings(bigquery.address, rows=rows, folder=str(tmp_path))
    for _ in range(2):
        run(settings, *parts)
        for table, made in (("features_1s", parts[0::2]), ("features", parts[1::2])):
            found = bigquery.rows(table, who.session, "epoch, start_ns")
            assert [without_store(row) for row in found] == [r for part in made for r in seen(part)]
    assert bigquery.stored("features_log", who.session) == 2 * 3 * 40


def test_files_and_nothing_need_no_bigquery(tmp_path):
    who = new_identity()
    run(BigQuerySettings(None, WriteMethod.FILES, WriteMethod.NONE, str(tmp_path)), seconds(who))
    [path] = tmp_path.rglob("*.parquet")
    assert path.relative_to(tmp_path).parts[0] == "features_1s"
    assert pq.read_table(path)["session"].to_pylist() == [who.session] * 3


def test_only_the_log_of_windows_goes_by_its_own_way():
    methods = BigQuerySettings(ADDRESS, folder="/files").methods()
    assert set(methods) == set(TABLES)
    logs = {name for name, method in methods.items() if method is WriteMethod.LOAD_JOBS}
    assert logs == {"features"}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"address": ADDRESS}, "folder is ''; expected a folder"),
        ({"address": None, "folder": "/files"}, "address is None; expected BigQuery's"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, problem):
    with pytest.raises(SchemaError, match=problem):
        BigQuerySettings(**settings)
