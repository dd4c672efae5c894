"""Rows to BigQuery by streaming inserts (insertAll): JSON, each row with an id of its content."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

import pyarrow as pa
from google.api_core.retry import Retry
from google.cloud import bigquery

from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import RowRefusal, RowWriterSettings, through_outages

_NEVER = Retry(predicate=lambda error: False)
_WRITTEN = "written_ns"
_JSON_PER_ARROW = 3
"""JSON of our rows takes about so many times the bytes that they take in Arrow."""


class RowInserter:
    """Inserts rows. BigQuery drops a row whose id it has seen within about a minute.

    The id is made of what the row says, without the time of writing: so it is the same for a row
    that a repeated bundle writes again.
    """

    def __init__(self, address: BigQueryAddress, settings: RowWriterSettings):
        self._address, self._settings = address, settings
        self._client = address.client()

    def write(self, table_id: str, rows: pa.Table) -> list[RowRefusal]:
        """Stores the rows, but for those that it returns.

        Raises:
          RowsNotStoredError: an outage took too long, or an administrator must mend it.
        """
        refused: list[RowRefusal] = []
        row_bytes = 1 + _JSON_PER_ARROW * rows.nbytes // max(1, len(rows))
        size = max(1, min(self._settings.batch_rows, self._settings.batch_bytes // row_bytes))
        for first in range(0, len(rows), size):
            some = rows.slice(first, size).to_pylist()
            found = self._insert(table_id, [json_row(row) for row in some])
            refused += [RowRefusal(first + one.row, one.message) for one in found]
        return refused

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def _insert(self, table_id: str, rows: list[dict[str, Any]]) -> list[RowRefusal]:
        reference = bigquery.DatasetReference(self._address.project, self._address.log_dataset)
        errors = through_outages(
            lambda: self._client.insert_rows_json(
                reference.table(table_id),
                rows,
                row_ids=[insert_id(row) for row in rows],
                skip_invalid_rows=True,
                retry=_NEVER,  # `through_outages` does, and knows more errors
                timeout=self._settings.attempt_s,
            ),
            table=table_id,
            n_rows=len(rows),
            retry_s=self._settings.retry_s,
        )
        return [RowRefusal(int(one["index"]), _message(one["errors"])) for one in errors]


def json_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of Arrow as insertAll takes it: times as text, NULL left out.

    >>> json_row({"a": 1, "b": None})
    {'a': 1}
    """
    return {name: _json_value(value) for name, value in row.items() if value is not None}


def insert_id(row: dict[str, Any]) -> str:
    """32 hexadecimal digits of what the row says, whenever it is written."""
    told = {name: value for name, value in row.items() if name != _WRITTEN}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [json_row(one) if isinstance(one, dict) else one for one in value]
    return value


def _message(errors: list[dict[str, str]]) -> str:
    return "; ".join(f"{one.get('location', '')}: {one.get('message', '')}" for one in errors)
