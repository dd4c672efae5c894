from __future__ import annotations

import dataclasses
import logging

import grpc
import pytest

from local.kms.faults import Fault
from schemas.bigtable_tables import BigtableTable
from schemas.keyset_rows import subject_keyset
from schemas.window_rows import STREAMS, WINDOWS
from security.errors import KeyAccessDeniedError, KeyServiceUnavailableError
from tests.bigtable_proxy import refusing
from tests.sealed_stores import cells_of, connected
from tests.security.vaults import SUBJECT, TENANT
from tests.transforms.stored_sessions import QUICK_WRITER, SPEC, made_samples, rows_of
from transforms.sealed_writer import RowsNotWrittenError, SealedWriter, WriterSettings

ROWS, _ = rows_of(SPEC, made_samples(3))


def written(store, rows, settings=QUICK_WRITER):
    writer = SealedWriter(store, settings)
    return [one for row in rows for one in writer.add(row)] + writer.flush()


@pytest.mark.parametrize("settings", [{"batch_bytes": 1}, {"batch_rows": 1}, {}])
def test_rows_are_written_whatever_the_batches(store, settings):
    rows = [dataclasses.replace(ROWS[1], row_key=ROWS[1].row_key + b"%d" % i) for i in range(5)]
    assert written(store, rows, dataclasses.replace(QUICK_WRITER, **settings)) == []
    assert {key[0] for key in cells_of(store, WINDOWS)} == {row.row_key for row in rows}


def test_an_outage_of_the_keys_is_waited_out(store, kms):
    kms.faults.add(Fault(status=grpc.StatusCode.UNAVAILABLE, seconds=1.5))
    assert written(store, ROWS, WriterSettings(retry_s=30)) == []
    assert len(cells_of(store, STREAMS)) == 1


def test_an_outage_of_the_keys_that_lasts_raises_and_nothing_is_written(store, kms):
    kms.faults.add(Fault(status=grpc.StatusCode.UNAVAILABLE))
    try:
        with pytest.raises(KeyServiceUnavailableError):
            written(store, ROWS)
    finally:
        kms.faults.clear()
    assert cells_of(store, STREAMS) == cells_of(store, WINDOWS) == {}


def test_a_missing_right_raises_at_once(store, kms):
    kms.faults.add(Fault(status=grpc.StatusCode.PERMISSION_DENIED))
    try:
        with pytest.raises(KeyAccessDeniedError):
            written(store, ROWS, WriterSettings())
    finally:
        kms.faults.clear()


def test_an_outage_of_bigtable_that_lasts_raises_and_is_no_dead_letter(address):
    with refusing(lambda _: False, whole=False) as proxy, connected(address) as store:
        proxy.unavailable = 1000
        with pytest.raises(RowsNotWrittenError, match="1 rows were not written to table streams"):
            written(store, ROWS[:1])


def test_an_outage_of_bigtable_is_waited_out(address):
    with refusing(lambda _: False, whole=False) as proxy, connected(address) as store:
        proxy.unavailable = 2
        assert written(store, ROWS, WriterSettings(retry_s=30)) == []
        assert proxy.unavailable == 0
        assert len(cells_of(store, STREAMS)) == 1


def test_a_table_that_is_missing_raises_and_is_no_dead_letter(store):
    row = dataclasses.replace(ROWS[1], table=BigtableTable("missing", ("windows", "signal")))
    with pytest.raises(RowsNotWrittenError, match="1 rows were not written to table missing: "):
        written(store, [row])


@pytest.mark.parametrize("whole", [True, False], ids=["request", "entry"])
def test_a_row_that_bigtable_refuses_is_told_and_the_others_are_written(address, whole):
    wrong = dataclasses.replace(ROWS[1], row_key=b"k" * 5000)
    more = dataclasses.replace(ROWS[1], row_key=ROWS[1].row_key + b"0")
    with refusing(lambda key: len(key) > 4096, whole=whole), connected(address) as store:
        refused = written(store, [ROWS[0], wrong, ROWS[1], more])
        assert [(one.row, one.reason) for one in refused] == [(wrong, "refused_row")]
        assert {key[0] for key in cells_of(store, WINDOWS)} == {ROWS[1].row_key, more.row_key}


def test_rows_of_an_erased_subject_are_refused_and_no_key_is_made_again(store):
    assert written(store, ROWS[:1]) == []
    keyset_id = subject_keyset(TENANT, SUBJECT)
    store.vault.store.erase(keyset_id, 1_700_000_000_000)
    store.vault.keysets.forget(keyset_id)
    refused = written(store, ROWS)
    assert {one.reason for one in refused} == {"erased_subject"}
    assert len(refused) == len(ROWS)
    assert cells_of(store, WINDOWS) == {}


def test_nothing_that_is_logged_names_the_subject_or_quotes_a_cell(store, caplog):
    with caplog.at_level(logging.DEBUG):
        written(store, ROWS)
    assert SUBJECT not in caplog.text
