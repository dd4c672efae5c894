"""What all ways of writing to BigQuery share: patience, and what becomes of a refused row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa
import requests
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.auth.exceptions import TransportError

from transforms.batch_records import DeadLetter
from transforms.row_identity import RowIdentity

STAGE = "WriteBigQuery"
REFUSED_ROW, REFUSED_FILE = "refused_row", "refused_file"

_OUTAGES = (
    exceptions.ServerError,  # 5xx, and UNAVAILABLE, INTERNAL, DEADLINE_EXCEEDED of gRPC
    exceptions.TooManyRequests,  # RESOURCE_EXHAUSTED is one
    exceptions.Aborted,
    exceptions.Cancelled,  # by our own clock, where nothing was answered
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    TransportError,  # of the token that the request carries
)
_QUOTA_REASONS = {"rateLimitExceeded", "quotaExceeded", "backendError", "internalError"}
_MAX_MESSAGE = 500
_LONGEST_PAUSE_S = 5.0  # between two attempts: people wait for these rows

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class RowWriterSettings:
    """How rows are written.

    Args:
      retry_s: so long an outage holds the worker back; then it raises, and the runner repeats the
        bundle.
      attempt_s: for one request.
      batch_bytes: rows in one request, about; BigQuery refuses requests of 10 MB.
      batch_rows: in one request, at most.
    """

    retry_s: float = 600.0
    attempt_s: float = 60.0
    batch_bytes: int = 4_000_000
    batch_rows: int = 500


class RowsNotStoredError(RuntimeError):
    """BigQuery took no rows for as long as we may wait, or something needs an administrator."""

    def __init__(self, table: str, n_rows: int, problem: str):
        super().__init__(table, n_rows, problem)
        self.table, self.n_rows, self.problem = table, n_rows, problem

    def __str__(self) -> str:
        return f"{self.n_rows} rows were not stored in table {self.table}: {self.problem}"


@dataclasses.dataclass(frozen=True)
class RowRefusal:
    """One row of a request that BigQuery will never take; the others it has taken."""

    row: int
    message: str


def is_outage(error: BaseException) -> bool:
    """Whether waiting may mend it: not where the request, or a right, is wrong."""
    if isinstance(error, exceptions.Forbidden):
        return any(one.get("reason") in _QUOTA_REASONS for one in error.errors)
    return isinstance(error, _OUTAGES)


def through_outages(attempt: Callable[[], T], *, table: str, n_rows: int, retry_s: float) -> T:
    """What `attempt` returns, tried again through an outage; the caller waits: back-pressure.

    Raises:
      RowsNotStoredError: the outage took longer than `retry_s`, or no waiting would mend it.
    """
    retry = Retry(predicate=is_outage, initial=0.1, maximum=min(30.0, retry_s / 4), timeout=retry_s)
    try:
        return retry(attempt)()
    except exceptions.RetryError as error:
        raise RowsNotStoredError(table, n_rows, repr(error.cause)) from error
    except (exceptions.GoogleAPIError, *_OUTAGES) as error:
        raise RowsNotStoredError(table, n_rows, repr(error)) from error


def letter_of_row(table: str, rows: pa.Table, refusal: RowRefusal) -> DeadLetter:
    """Whose row it was, and why it is not stored; what it held can be computed again."""
    row = rows.slice(refusal.row, 1)
    found = {name: row[name][0].as_py() for name in row.column_names if name != "channels"}
    place = (str(found[name]) for name in ("stream", "epoch", "start_ns") if name in found)
    path = "/".join(["bigquery:", table, str(found.get("session")), *place])
    return DeadLetter(
        path, STAGE, REFUSED_ROW, refusal.message[:_MAX_MESSAGE], identity_of_row(found)
    )


def identity_of_row(row: dict[str, Any]) -> RowIdentity:
    """What a stored row says of whose it is."""
    return RowIdentity(
        tenant=row["tenant"],
        subject=row.get("subject") or "",  # a device has none
        session=row.get("session"),
        stream=row.get("stream"),
        epoch=row.get("epoch"),
        revision=row["revision"],
    )
