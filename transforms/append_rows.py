"""Rows to BigQuery by the Storage Write API: Arrow batches on a table's default stream."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pyarrow as pa
from google.api_core import exceptions
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.types import (
    AppendRowsRequest,
    AppendRowsResponse,
    ArrowRecordBatch,
    ArrowSchema,
)

from transforms.bigquery_address import BigQueryAddress
from transforms.bigquery_rows import RowRefusal, RowWriterSettings, through_outages


class RowAppender:
    """Appends rows; one connection a table stays open, and threads take turns on it.

    The default stream stores a row at least once: a request whose answer was lost is sent again,
    and the views show the row once.
    """

    def __init__(self, address: BigQueryAddress, settings: RowWriterSettings):
        self._address, self._settings = address, settings
        self._client = address.write_client()
        self._connections: dict[str, _Connection] = {}
        self._lock = threading.Lock()

    def write(self, table_id: str, rows: pa.Table) -> list[RowRefusal]:
        """Stores the rows, but for those that it returns.

        Raises:
          RowsNotStoredError: an outage took too long, or an administrator must mend it.
        """
        places = list(range(len(rows)))
        refused: list[RowRefusal] = []
        while places:
            # A request with a wrong row is refused whole: the others go in without it.
            problems = self._append(table_id, rows.take(pa.array(places, pa.int64())))
            if not problems:
                break
            refused += [RowRefusal(places[i], message) for i, message in problems.items()]
            places = [place for i, place in enumerate(places) if i not in problems]
        return sorted(refused, key=lambda one: one.row)

    def close(self) -> None:
        """Ends the connections."""
        for connection in self._connections.values():
            connection.close()
        self._client.transport.close()

    def _append(self, table_id: str, rows: pa.Table) -> dict[int, str]:
        """What is wrong with which row, by its place; then nothing was stored."""
        request = _request(f"{self._address.table_path(table_id)}/streams/_default", rows)
        connection = self._connection(table_id)
        response = through_outages(
            lambda: connection.send(request),
            table=table_id,
            n_rows=len(rows),
            retry_s=self._settings.retry_s,
        )
        return {int(error.index): error.message for error in response.row_errors}

    def _connection(self, table_id: str) -> _Connection:
        with self._lock:
            if table_id not in self._connections:
                self._connections[table_id] = _Connection(self._client, self._settings.attempt_s)
            return self._connections[table_id]


class _Connection:
    """Requests and answers in turn; opened when needed, and again after it broke.

    BigQuery closes a connection that was idle for ten minutes, and wants few that last, not one a
    request.
    """

    def __init__(self, client: BigQueryWriteClient, attempt_s: float):
        self._client, self._attempt_s = client, attempt_s
        self._turn = threading.Lock()
        self._call: Any = None

    def send(self, request: AppendRowsRequest) -> AppendRowsResponse:
        """The answer, which may name refused rows.

        Raises:
          GoogleAPICallError: the connection or the service failed.
        """
        with self._turn:
            if self._call is None:
                self._open(request.write_stream)
            self._requests.put(request)
            overdue = threading.Timer(self._attempt_s, self._call.cancel)
            overdue.start()
            try:
                response = next(self._call)
            except grpc.RpcError as error:
                self._end()
                raise exceptions.from_grpc_error(error) from error
            except StopIteration:
                self._end()
                raise exceptions.ServiceUnavailable("the connection was closed") from None
            finally:
                overdue.cancel()
        if response.error.code and not response.row_errors:
            raise _error_of(response)
        return response

    def close(self) -> None:
        with self._turn:
            self._end()

    def _open(self, stream: str) -> None:
        self._requests: queue.SimpleQueue[AppendRowsRequest | None] = queue.SimpleQueue()
        # Below Google's wrapper, which would send nothing until it had the first answer.
        append: Any = self._client.transport.append_rows
        self._call = append(
            _until_none(self._requests),
            metadata=(("x-goog-request-params", f"write_stream={stream}"),),
        )

    def _end(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            self._requests.put(None)
            call.cancel()


def _until_none(
    requests: queue.SimpleQueue[AppendRowsRequest | None],
) -> Iterator[AppendRowsRequest]:
    while (request := requests.get()) is not None:
        yield request


def _request(stream: str, rows: pa.Table) -> AppendRowsRequest:
    # The schema lacks `ingested_at`, so that BigQuery fills it.
    batches: Sequence[pa.RecordBatch] = rows.combine_chunks().to_batches()
    return AppendRowsRequest(
        write_stream=stream,
        arrow_rows=AppendRowsRequest.ArrowData(
            writer_schema=ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes()),
            rows=ArrowRecordBatch(serialized_record_batch=batches[0].serialize().to_pybytes()),
        ),
    )


def _error_of(response: AppendRowsResponse) -> exceptions.GoogleAPICallError:
    code = next(one for one in grpc.StatusCode if one.value[0] == response.error.code)
    return exceptions.from_grpc_status(code, response.error.message)
