from __future__ import annotations

import dataclasses
import threading
import time

import pyarrow as pa
import pytest

from tests.bigquery_tables import new_identity, seconds, seen, without_store
from tests.tcp_proxy import tcp_proxy
from transforms.append_rows import RowAppender
from transforms.bigquery_rows import RowsNotStoredError, RowWriterSettings
from transforms.insert_rows import RowInserter, insert_id, json_row
from transforms.table_part import TablePart
from transforms.write_rows import BundleRows, RowWriter, with_time_of_writing

OUTAGE_S = 10.0


@pytest.fixture(params=[RowAppender, RowInserter])
def kind(request):
    return request.param


@pytest.fixture
def writer(bigquery, kind):
    made = kind(bigquery.address, RowWriterSettings())
    yield made
    made.close()


def write(writer: RowWriter, *parts: TablePart, settings: RowWriterSettings | None = None) -> list:
    bundle = BundleRows(writer, settings or RowWriterSettings())
    return [letter for part in parts for letter in bundle.add(part)] + list(bundle.flush())


def with_nulls(part: TablePart, column: str, rows: set[int]) -> TablePart:
    values = [None if i in rows else v for i, v in enumerate(part.rows[column].to_pylist())]
    place = part.rows.column_names.index(column)
    field = part.rows.schema.field(place)
    changed = part.rows.set_column(place, field, pa.array(values, field.type))
    return dataclasses.replace(part, rows=changed)


def test_what_is_written_is_what_researchers_read(bigquery, writer):
    part = seconds(new_identity())
    before_ns = time.time_ns()
    assert write(writer, part) == []
    rows = bigquery.rows("features_1s", part.rows["session"][0].as_py())
    assert [without_store(row) for row in rows] == seen(part)
    assert all(before_ns < row["written_ns"] < time.time_ns() for row in rows)


def test_a_bundle_that_is_repeated_changes_nothing_that_researchers_read(bigquery, writer):
    part = seconds(new_identity())
    session = part.rows["session"][0].as_py()
    write(writer, part)
    once = bigquery.rows("features_1s", session)
    write(writer, part)
    again = bigquery.rows("features_1s", session)
    assert [without_store(row) for row in again] == [without_store(row) for row in once]
    is_dropped_by_bigquery = isinstance(writer, RowInserter)
    assert bigquery.stored("features_1s", session) == (3 if is_dropped_by_bigquery else 6)


def test_a_wrong_row_is_refused_alone(bigquery, writer):
    part = with_nulls(seconds(new_identity(), n=5), "code_version", {1, 4})
    session = part.rows["session"][0].as_py()
    letters = write(writer, part)
    rows = seen(part)
    assert [without_store(r) for r in bigquery.rows("features_1s", session)] == [
        rows[i] for i in (0, 2, 3)
    ]
    assert [letter.path for letter in letters] == [
        f"bigquery:/features_1s/{session}/eeg0/0/{rows[i]['start_ns']}" for i in (1, 4)
    ]
    assert {letter.reason for letter in letters} == {"refused_row"}
    assert all("code_version" in letter.message for letter in letters)
    assert letters[0].part().rows["session"].to_pylist() == [session]


def test_large_parts_are_cut_and_small_ones_joined(bigquery, writer):
    who = new_identity()
    parts = [seconds(dataclasses.replace(who, epoch=i), n=1) for i in range(7)]
    settings = RowWriterSettings(batch_rows=3)
    requests = []

    class Counting:
        def write(self, table_id, rows):
            requests.append(len(rows))
            return writer.write(table_id, rows)

        def close(self):
            raise AssertionError

    bundle = BundleRows(Counting(), settings)
    for part in [*parts, seconds(dataclasses.replace(who, epoch=9), n=8)]:
        assert list(bundle.add(part)) == []
    assert list(bundle.flush()) == []
    assert sum(requests) == 15
    assert max(requests) == 3
    assert len(bigquery.rows("features_1s", who.session, "epoch, start_ns")) == 15


def test_a_table_that_is_not_there_raises_at_once(bigquery, kind):
    elsewhere = dataclasses.replace(bigquery.address, log_dataset="nowhere")
    writer = kind(elsewhere, RowWriterSettings())
    began = time.monotonic()
    with pytest.raises(RowsNotStoredError, match="3 rows were not stored in table features_1s"):
        write(writer, seconds(new_identity()))
    assert time.monotonic() - began < 5
    writer.close()


def test_an_outage_longer_than_our_patience_raises(bigquery, kind):
    with tcp_proxy(bigquery.address.loopback_address) as proxy:
        proxy.go_away()
        away = dataclasses.replace(
            bigquery.address, loopback_address=proxy.address, storage_loopback_address=proxy.address
        )
        settings = RowWriterSettings(retry_s=1.0, attempt_s=0.5)
        writer = kind(away, settings)
        with pytest.raises(RowsNotStoredError):
            write(writer, seconds(new_identity()))
        writer.close()


class GoingOn:
    """A writer in a thread of its own, a part after another until it is stopped.

    Attributes:
      parts: written so far.
    """

    def __init__(self, writer: RowWriter):
        self.identity, self.parts = new_identity(), list[TablePart]()
        self._writer, self._stopped = writer, threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stopped.is_set():
            part = seconds(dataclasses.replace(self.identity, epoch=len(self.parts)), n=2)
            assert write(self._writer, part) == []
            self.parts.append(part)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._writer.close()


def test_ten_seconds_without_bigquery_lose_nothing_and_double_nothing(bigquery):
    address = bigquery.address
    with (
        tcp_proxy(address.loopback_address) as http,
        tcp_proxy(address.storage_loopback_address) as storage,
    ):
        behind = dataclasses.replace(
            address, loopback_address=http.address, storage_loopback_address=storage.address
        )
        settings = RowWriterSettings(attempt_s=5.0)
        going = [GoingOn(RowAppender(behind, settings)), GoingOn(RowInserter(behind, settings))]
        wait_until(lambda: all(len(one.parts) > 1 for one in going))
        for proxy in (http, storage):
            proxy.go_away()
        counts = [len(one.parts) for one in going]
        time.sleep(OUTAGE_S)  # the outage itself
        assert all(len(one.parts) <= n + 1 for one, n in zip(going, counts, strict=True))
        for proxy in (http, storage):
            proxy.come_back()
        counts = [len(one.parts) for one in going]
        wait_until(
            lambda: all(len(one.parts) > n + 2 for one, n in zip(going, counts, strict=True)), 40.0
        )
        for one in going:
            one.stop()
    for one in going:
        rows = bigquery.rows("features_1s", one.identity.session, "epoch, start_ns")
        assert [without_store(row) for row in rows] == [r for part in one.parts for r in seen(part)]


def wait_until(condition, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_id_of_a_row_is_of_what_it_says_and_not_of_when_it_is_written():
    rows = [json_row(row) for row in seconds(new_identity()).rows.to_pylist()]
    assert len({insert_id(row) for row in rows}) == len(rows)
    assert insert_id({**rows[0], "written_ns": 5}) == insert_id({**rows[0], "written_ns": 6})
    assert insert_id({**rows[0], "n_samples": 0}) != insert_id(rows[0])


def test_only_rows_that_somebody_waits_for_get_their_time_of_writing():
    live = seconds(new_identity())
    assert with_time_of_writing(live.rows, 7)["written_ns"].to_pylist() == [7, 7, 7]
    recorded = with_nulls(live, "windowed_ns", {0, 2})
    assert with_time_of_writing(recorded.rows, 7)["written_ns"].to_pylist() == [None, 7, None]
    assert with_time_of_writing(recorded.rows, 7).schema.equals(live.rows.schema)
