"""Parquet files into a table by a load job, once, however often it is asked for."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
from collections.abc import Sequence

from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud import bigquery

from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import RowsNotStoredError, through_outages
from transforms.table_part import TABLES

MAX_FILES = 10_000
"""Of one load job, by BigQuery's quota."""

_TRANSIENT = {
    "backendError",
    "internalError",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
    "rateLimitExceeded",
    "quotaExceeded",
}
_MAX_ATTEMPTS = 20
_NEVER = Retry(predicate=lambda error: False)  # `through_outages` does, and knows more errors


@dataclasses.dataclass(frozen=True)
class FileRefusal:
    """A file that BigQuery will never load; the others it has loaded."""

    path: str
    message: str


class FileLoader:
    """Runs load jobs whose ids follow from what they load.

    Args:
      retry_s: so long an outage holds the worker back.
      run: what is loaded in one run is loaded again in another.
    """

    def __init__(self, address: BigQueryAddress, retry_s: float, run: str = ""):
        self._address, self._retry_s, self._run_id = address, retry_s, run
        self._client = address.client()

    def load(self, table: str, paths: Sequence[str]) -> list[FileRefusal]:
        """Appends the files' rows, all of a job or none; returns the files that are refused.

        Raises:
          RowsNotStoredError: an outage took too long, or an administrator must mend it.
        """
        refused: list[FileRefusal] = []
        ordered = sorted(set(paths))
        for first in range(0, len(ordered), MAX_FILES):
            refused += self._load(table, ordered[first : first + MAX_FILES])
        return refused

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def _load(self, table: str, paths: list[str]) -> list[FileRefusal]:
        problem = self._run(table, paths)
        if problem is None:
            return []
        if len(paths) == 1:
            return [FileRefusal(paths[0], problem)]
        # One wrong file has the whole job refused: halves find it in few jobs.
        half = len(paths) // 2
        return self._load(table, paths[:half]) + self._load(table, paths[half:])

    def _run(self, table: str, paths: list[str]) -> str | None:
        """None if the job has loaded the files, whoever began it; else why they are refused."""
        problem = ""
        for attempt in range(_MAX_ATTEMPTS):  # a failed job keeps its id for ever
            job_id = load_job_id(self._address.log_dataset, table, [self._run_id, *paths], attempt)
            error = through_outages(
                functools.partial(self._outcome, job_id, table, paths),
                table=table,
                n_rows=len(paths),
                retry_s=self._retry_s,
            )
            if error is None:
                return None
            problem = str(error.get("message"))
            if error.get("reason") == "invalid":
                return problem
            if error.get("reason") not in _TRANSIENT:
                break
        raise RowsNotStoredError(table, len(paths), problem)

    def _outcome(self, job_id: str, table: str, paths: list[str]) -> dict[str, str] | None:
        job = self._begun(job_id, table, paths)
        try:
            job.result(retry=_NEVER, timeout=self._retry_s)
        except TimeoutError:
            problem = f"load job {job_id} has not ended within {self._retry_s} s"
            raise RowsNotStoredError(table, len(paths), problem) from None
        except exceptions.GoogleAPICallError:
            if not job.error_result:
                raise  # we could not ask; the job itself may be well
        return job.error_result

    def _begun(self, job_id: str, table: str, paths: list[str]) -> bigquery.LoadJob:
        try:
            return self._client.load_table_from_uri(
                [_uri(path) for path in paths],
                bigquery.DatasetReference(self._address.project, self._address.log_dataset).table(
                    TABLES[table].table_id
                ),
                job_id=job_id,
                job_config=_config(),
                retry=_NEVER,
            )
        except exceptions.Conflict:  # an earlier attempt of ours began it
            job = self._client.get_job(job_id, retry=_NEVER)
            assert isinstance(job, bigquery.LoadJob)
            return job


def load_job_id(dataset: str, table: str, of: Sequence[str], attempt: int) -> str:
    """The same for the same run and files, so that BigQuery refuses to load them twice."""
    digest = hashlib.sha256("\n".join((dataset, table, *of)).encode()).hexdigest()[:40]
    return f"neural-engine-{table}-{digest}-{attempt}"


def _config() -> bigquery.LoadJobConfig:
    parquet = bigquery.ParquetOptions()
    parquet.enable_list_inference = True  # else arrays arrive as records of records
    return bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        parquet_options=parquet,
        write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
    )


def _uri(path: str) -> str:
    return (
        path if "://" in path else f"file://{os.path.abspath(path)}"
    )  # files only where an emulator reads them
