"""Tables in a BigQuery emulator that a process shares: each test writes sessions of its own."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

import pytest
from google.cloud import bigquery as api

from local.bigquery import BIGQUERY, bigquery_emulator
from tests.emulators import require_emulator
from tests.transforms.made_windows import made_windows
from transforms.bigquery_address import BigQueryAddress
from transforms.deploy_bigquery import deploy
from transforms.engine import StreamSpec
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part
from transforms.window_rows import features_1s_part, features_part

SPEC = StreamSpec("eeg", 100, ("Cz", "O1"))
FIRST_WINDOW = 20 * 1_700_000_000  # in November 2023
TIMES = ("device_ns", "received_ns", "published_ns", "windowed_ns")


@dataclasses.dataclass
class Deployed:
    """An emulator with all tables and views."""

    address: BigQueryAddress
    client: api.Client

    def rows(self, view: str, session: str, order: str = "start_ns") -> list[dict[str, Any]]:
        """What researchers see of a session."""
        return self.query(
            f"SELECT * FROM `{self.address.research_path}.{view}`"
            f" WHERE session = '{session}' ORDER BY {order}"
        )

    def stored(self, table_id: str, session: str) -> int:
        """How many rows a session has in the log."""
        [row] = self.query(
            f"SELECT COUNT(*) AS n FROM `{self.address.log_path}.{table_id}`"
            f" WHERE session = '{session}'"
        )
        return int(row["n"])

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query whose tables are those of the research dataset by default."""
        default = api.DatasetReference(self.address.project, self.address.research_dataset)
        job = self.client.query(sql, job_config=api.QueryJobConfig(default_dataset=default))
        return [dict(row.items()) for row in job.result()]


@pytest.fixture(scope="session")
def bigquery():
    require_emulator(BIGQUERY)
    with bigquery_emulator() as address:
        deploy(address)
        client = address.client()
        yield Deployed(address, client)
        client.close()


def new_identity(**changed: Any) -> RowIdentity:
    """Of a session that no other test has."""
    who = RowIdentity("clinic01", "a" * 16, secrets.token_hex(16), "eeg0", 0)
    return dataclasses.replace(who, **{"parameter_version": "eeg-1-0", **changed})


def seconds(who: RowIdentity, n: int = 3, *, seed: int = 0) -> TablePart:
    """So many rows of features_1s, as the stream job makes them."""
    index = range(FIRST_WINDOW, FIRST_WINDOW + 20 * n)
    part = features_1s_part(made_windows(SPEC, index, seed), SPEC, who, f"{seed}.parquet")
    columns = {name: part.rows[name] for name in part.rows.column_names if name not in TIMES}
    times = {name: [10 + i] * n for i, name in enumerate(TIMES)}
    columns = {name: column.combine_chunks() for name, column in columns.items()}
    del columns["start_time"], columns["written_ns"]
    return make_part("features_1s", part.name, who, n, {**columns, **times})


def windows(who: RowIdentity, n: int = 40, *, seed: int = 0) -> TablePart:
    """So many rows of features."""
    index = range(FIRST_WINDOW, FIRST_WINDOW + n)
    return features_part(made_windows(SPEC, index, seed), SPEC, who, f"{seed}.parquet")


def seen(part: TablePart) -> list[dict[str, Any]]:
    """The rows of a part as a view shows them, without what only the store knows."""
    return [without_store(row) for row in part.rows.to_pylist()]


def without_store(row: dict[str, Any]) -> dict[str, Any]:
    return {name: v for name, v in row.items() if name not in ("written_ns", "ingested_at")}
