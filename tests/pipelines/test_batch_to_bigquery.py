from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from devices.simulate import main as simulate
from pipelines.batch import main
from tests.bigquery_tables import without_store


def test_a_batch_job_loads_its_tables_and_a_second_run_changes_nothing(bigquery, tmp_path):
    assert simulate(["--output", str(tmp_path / "in"), "--seed", "3"]) == 0
    where = ["--input", str(tmp_path / "in"), "--output", str(tmp_path / "out"), "--no-reports"]
    own = ["--tenant", "batchjob", "--bigquery-project", bigquery.address.project]
    for run in (1, 2):
        assert main([*where, *own]) == 0
        files = sorted((tmp_path / "out" / "features_1s").rglob("*.parquet"))
        written = pa.concat_tables(map(pq.read_table, files)).to_pylist()
        session = written[0]["session"]
        rows = bigquery.rows("features_1s", session)
        assert [without_store(row) for row in rows] == list(map(without_store, written))
        assert bigquery.stored("features_1s", session) == run * len(written)
        assert len(bigquery.rows("sessions", session)) == 1
        assert len(bigquery.rows("features", session)) == rows[0]["n_windows"] * len(rows)
