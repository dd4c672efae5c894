from __future__ import annotations

import concurrent.futures
import dataclasses
import pickle
import subprocess
import sys

import grpc
import pytest

from local.kms.faults import Fault
from schemas.keyset_rows import KeysetId, subject_keyset
from security.errors import (
    KeyAccessDeniedError,
    KeyServiceUnavailableError,
    KeysetErasedError,
    KeysetMissingError,
    KeyUnusableError,
    OpenRefusedError,
)
from security.keysets import KeysetSettings
from tests.security.vaults import (
    CELL,
    NAMES,
    OTHER_SUBJECT,
    OTHER_TENANT,
    SUBJECT,
    TENANT,
    rows_of,
)

KEYSET = subject_keyset(TENANT, SUBJECT)


def keyset_cells(deployment):
    return [
        cell
        for cells in rows_of(deployment.table).values()
        for cell in cells
        if cell[0] == "keyset"
    ]


def test_threads_that_race_on_a_new_subject_make_one_keyset_with_one_call(worker, deployment):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(lambda _: worker.sealer.seal(b"x", CELL), range(64)))
    assert len({one[:7] for one in sealed}) == 1
    assert deployment.kms.calls.count() == 1
    assert {worker.opener.open(one, CELL) for one in sealed} == {b"x"}


def test_workers_that_race_on_a_new_subject_end_with_one_keyset(deployment):
    workers = [deployment.worker() for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda one: one.sealer.seal(b"x", CELL), workers))
    assert len({one[:7] for one in sealed}) == 1
    for one in workers:
        assert {one.opener.open(each, CELL) for each in sealed} == {b"x"}


def test_processes_that_race_on_a_new_subject_end_with_one_keyset(deployment):
    command = [sys.executable, "-m", "tests.security.keyset_race"]
    command += [deployment.kms.address, deployment.table_spec.table_id]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    sealed = [bytes.fromhex(process.communicate(timeout=60)[0]) for process in processes]
    assert sealed[0][:7] == sealed[1][:7]
    opener = deployment.worker().opener
    assert [opener.open(one, CELL) for one in sealed] == [b"from a process"] * 2


def test_a_worker_calls_the_key_service_once_a_subject_and_cache_life(deployment):
    maker = deployment.worker()
    contexts = [CELL, dataclasses.replace(CELL, subject=OTHER_SUBJECT)]
    sealed = [maker.sealer.seal(b"x", context) for context in contexts]
    assert deployment.kms.calls.count("Encrypt") == 2
    reader = deployment.worker()
    for _ in range(50):
        for one, context in zip(sealed, contexts, strict=True):
            reader.opener.open(one, context)
            reader.sealer.seal(b"y", context)
    assert deployment.kms.calls.count("Decrypt") == 2
    reader.timer.now += 3600
    for one, context in zip(sealed, contexts, strict=True):
        reader.opener.open(one, context)
    assert deployment.kms.calls.count("Decrypt") == 4
    assert deployment.kms.calls.count() == 6


def test_refused_bytes_do_not_cost_calls_of_the_key_service(worker, deployment):
    sealed = worker.sealer.seal(b"x", CELL)
    for number in range(50):
        with pytest.raises(OpenRefusedError):
            worker.opener.open(sealed[:3] + bytes([number] * 4) + sealed[7:], CELL)
    assert deployment.kms.calls.count() == 1


def test_without_the_key_service_nothing_is_sealed_and_nothing_is_written(deployment, worker):
    deployment.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE))
    with pytest.raises(KeyServiceUnavailableError, match="nothing was written"):
        worker.sealer.seal(b"x", CELL)
    assert deployment.kms.calls.count("Encrypt") > 1
    assert rows_of(deployment.table) == {}
    deployment.kms.faults.clear()
    assert worker.opener.open(worker.sealer.seal(b"x", CELL), CELL) == b"x"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (grpc.StatusCode.UNAVAILABLE, KeyServiceUnavailableError),
        (grpc.StatusCode.PERMISSION_DENIED, KeyAccessDeniedError),
        (grpc.StatusCode.FAILED_PRECONDITION, KeyUnusableError),
        (grpc.StatusCode.INVALID_ARGUMENT, OpenRefusedError),
    ],
)
def test_a_keyset_that_cannot_be_read_is_never_replaced(deployment, status, error):
    sealed = deployment.worker().sealer.seal(b"x", CELL)
    before = rows_of(deployment.table)
    deployment.kms.faults.add(Fault(status, method="Decrypt"))
    worker = deployment.worker()
    for call in (
        lambda: worker.sealer.seal(b"y", CELL),
        lambda: worker.opener.open(sealed, CELL),
        lambda: worker.keysets.rotate(KEYSET),
        lambda: worker.keysets.rewrap(KEYSET),
    ):
        with pytest.raises(error):
            call()
    assert rows_of(deployment.table) == before
    deployment.kms.faults.clear()
    assert worker.opener.open(sealed, CELL) == b"x"


def test_a_rotated_keyset_seals_anew_and_opens_the_old(deployment):
    workers = [deployment.worker(), deployment.worker()]
    old = [worker.sealer.seal(b"old", CELL) for worker in workers]
    rotated = workers[0].keysets.rotate(KEYSET)
    assert rotated.generation == 2
    new = workers[0].sealer.seal(b"new", CELL)
    assert new[:7] != old[0][:7]
    for worker in (*workers, deployment.worker()):  # one that holds the old keyset, too
        assert worker.opener.open(new, CELL) == b"new"
        assert [worker.opener.open(one, CELL) for one in old] == [b"old"] * 2
    assert len(keyset_cells(deployment)) == 2  # one version, its older generation is gone


def test_a_worker_looks_for_a_newer_generation_only_so_often(deployment):
    settings = KeysetSettings(refresh_after_s=60)
    maker, reader = deployment.worker(), deployment.worker(settings)
    reader.opener.open(maker.sealer.seal(b"x", CELL), CELL)
    unknown = b"N\x01\x01" + bytes(40)
    with pytest.raises(OpenRefusedError):
        reader.opener.open(unknown, CELL)
    maker.keysets.rotate(KEYSET)
    new = maker.sealer.seal(b"new", CELL)
    with pytest.raises(OpenRefusedError):
        reader.opener.open(new, CELL)
    reader.timer.now += 60
    assert reader.opener.open(new, CELL) == b"new"


def test_rotations_that_race_are_all_kept(deployment):
    deployment.worker().sealer.seal(b"x", CELL)
    workers = [deployment.worker() for _ in range(3)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.keysets.rotate(KEYSET), workers))
    keyset = deployment.worker().keysets.get(KEYSET)
    assert (keyset.generation, len(keyset.prefixes)) == (4, 4)


def test_rewrapped_keys_survive_the_old_version_of_the_kms_key(deployment):
    worker = deployment.worker()
    sealed = worker.sealer.seal(b"x", CELL)
    client, key = deployment.kms.client(), NAMES.subjects(TENANT)
    client.create_crypto_key_version(parent=key, crypto_key_version={})
    client.update_crypto_key_primary_version(name=key, crypto_key_version_id="2")
    worker.keysets.rewrap(KEYSET)
    client.destroy_crypto_key_version(name=f"{key}/cryptoKeyVersions/1")
    fresh = deployment.worker()
    assert fresh.opener.open(sealed, CELL) == b"x"
    stored = fresh.store.read(KEYSET)
    assert stored.kms_version == f"{key}/cryptoKeyVersions/2"


def test_a_keyset_in_the_row_of_another_is_refused(deployment):
    """A tenant or subject swapped by whoever can write the table."""
    worker = deployment.worker()
    owners = [(TENANT, SUBJECT), (TENANT, OTHER_SUBJECT), (OTHER_TENANT, SUBJECT)]
    for tenant, subject in owners:
        worker.sealer.seal(b"x", dataclasses.replace(CELL, tenant=tenant, subject=subject))
    stored = {owner: worker.store.read(KeysetId(*owner)) for owner in owners}
    for target in owners:
        for source in owners:
            if source != target:
                worker.store.replace(KeysetId(*target), stored[target], stored[source])
                with pytest.raises(OpenRefusedError):
                    deployment.worker().keysets.get(KeysetId(*target))
                worker.store.replace(KeysetId(*target), stored[source], stored[target])


def test_an_older_generation_in_the_place_of_the_newer_is_refused(deployment):
    worker = deployment.worker()
    worker.sealer.seal(b"x", CELL)
    first = worker.store.read(KEYSET)
    worker.keysets.rotate(KEYSET)
    second = worker.store.read(KEYSET)
    as_newest = dataclasses.replace(first, generation=second.generation)
    assert worker.store.replace(KEYSET, second, as_newest)
    with pytest.raises(OpenRefusedError):
        deployment.worker().keysets.get(KEYSET)


def test_a_row_set_back_as_a_whole_is_refused_by_who_saw_the_newer(deployment):
    worker = deployment.worker()
    worker.sealer.seal(b"x", CELL)
    first = worker.store.read(KEYSET)
    worker.keysets.rotate(KEYSET)
    sealed = worker.sealer.seal(b"new", CELL)
    worker.store.replace(KEYSET, worker.store.read(KEYSET), first)
    worker.timer.now += 3600
    for call in (
        lambda: worker.keysets.get(KEYSET),
        lambda: worker.sealer.seal(b"y", CELL),
        # A worker that never saw the newer one cannot know, but opens nothing wrong.
        lambda: deployment.worker().opener.open(sealed, CELL),
    ):
        with pytest.raises(OpenRefusedError):
            call()


def test_an_erased_subject_gets_no_new_keyset(deployment):
    worker = deployment.worker()
    sealed = worker.sealer.seal(b"x", CELL)
    worker.store.erase(KEYSET, erased_at_ms=1_900_000_000_000)
    fresh = deployment.worker()
    for call in (
        lambda: fresh.sealer.seal(b"y", CELL),
        lambda: fresh.opener.open(sealed, CELL),
        lambda: fresh.keysets.rotate(KEYSET),
    ):
        with pytest.raises(KeysetErasedError):
            call()
    assert keyset_cells(deployment) == []
    worker.timer.now += 3600  # until then the worker that holds it goes on
    with pytest.raises(KeysetErasedError):
        worker.opener.open(sealed, CELL)


def test_no_keyset_is_rotated_into_being(worker, deployment):
    with pytest.raises(KeysetMissingError):
        worker.keysets.rotate(KEYSET)
    assert rows_of(deployment.table) == {}


def test_keys_are_neither_printed_nor_pickled(worker, deployment):
    worker.sealer.seal(b"x", CELL)
    keyset = worker.keysets.get(KEYSET)
    assert repr(keyset) == str(keyset) == "<OpenedKeyset generation 1, 1 keys>"
    with pytest.raises(TypeError, match="does not leave its process"):
        pickle.dumps(keyset)


def test_the_store_holds_nothing_in_the_clear(deployment, caplog):
    caplog.set_level("DEBUG")
    worker = deployment.worker()
    worker.sealer.seal(b"x", CELL)
    stored = worker.store.read(KEYSET)
    clear = worker.key_service.unwrap(
        NAMES.subjects(TENANT), stored.wrapped, worker.keysets._use.associated_data(KEYSET, 1)
    )
    secret = clear[-60:]
    for cells in rows_of(deployment.table).values():
        assert not any(
            secret[start : start + 8] in cell[3] for start in range(52) for cell in cells
        )
    assert SUBJECT not in caplog.text
