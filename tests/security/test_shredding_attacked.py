"""Erasure tried as an attacker: with copies of every store, insiders' rights and workers' memory.

The attacker holds what was stolen before and after: rows of keysets, sealed cells in Bigtable,
sealed packets in files. An insider may moreover use the tenant's KMS key as a worker may.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading

import pytest
from google.cloud.bigtable.data import DeleteAllFromRow

from security.erasure_status import ErasureState
from security.errors import KeysetErasedError, KeyUnusableError, SealError
from tests.security.clinics import (
    COPIES,
    OPERATOR,
    THIRD_SUBJECT,
    cell_of,
    copy_of,
    erase_completely,
    packet_of,
    restore,
    rewrap_all,
)
from tests.security.vaults import OTHER_SUBJECT, OTHER_TENANT, SUBJECT, TENANT

PEOPLE = [(TENANT, SUBJECT), (TENANT, OTHER_SUBJECT), (TENANT, THIRD_SUBJECT)]
PEOPLE += [(OTHER_TENANT, SUBJECT)]
ERASED = (TENANT, SUBJECT)


@dataclasses.dataclass
class Loot:
    """What was stolen: as bytes, whatever the live stores hold now."""

    keysets: dict
    cells: dict
    packets: dict


@pytest.fixture
def archive(tmp_path):
    """Sealed packets in files, as they stay where they are after an erasure."""
    return tmp_path / "archive"


@pytest.fixture
def steal(clinic, archive):
    worker = clinic.worker()
    archive.mkdir()
    sealed = {}
    for tenant, subject in PEOPLE:
        sealed[tenant, subject] = worker.sealer.seal(b"cell", cell_of(subject, tenant))
        packet = worker.sealer.seal(b"packet", packet_of(subject, tenant))
        (archive / f"{tenant}-{subject}").write_bytes(packet)

    def take():
        packets = {
            (tenant, subject): (archive / f"{tenant}-{subject}").read_bytes()
            for tenant, subject in PEOPLE
        }
        return Loot(copy_of(clinic.keysets), dict(sealed), packets)

    return take


def opened_with(clinic, loot):
    """Whose data an insider opens who puts the stolen keysets back, marks of erasure removed."""
    now = copy_of(clinic.keysets)
    for key in now:
        clinic.keysets.mutate_row(key, [DeleteAllFromRow()])
    restore(
        clinic.keysets, {k: [c for c in v if c[0] == "keyset"] for k, v in loot.keysets.items()}
    )
    insider, opened = clinic.worker(), set()
    for tenant, subject in PEOPLE:
        try:
            cell = insider.opener.open(loot.cells[tenant, subject], cell_of(subject, tenant))
            packet = insider.opener.open(loot.packets[tenant, subject], packet_of(subject, tenant))
        except SealError:
            continue
        assert (cell, packet) == (b"cell", b"packet")
        opened.add((tenant, subject))
    for key in copy_of(clinic.keysets):
        clinic.keysets.mutate_row(key, [DeleteAllFromRow()])
    restore(clinic.keysets, now)
    return opened


def test_an_old_copy_opens_until_the_version_is_destroyed_and_never_again(clinic, steal):
    before = steal()
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    assert opened_with(clinic, before) == set(PEOPLE)  # that is why it is pending
    operator.shredder.rotate(TENANT)
    assert opened_with(clinic, before) == set(PEOPLE)
    clinic.clock.pass_days(2)
    operator.shredder.destroy(TENANT, rewrap_all(operator))
    assert operator.shredder.status(TENANT, SUBJECT).state is ErasureState.PENDING
    assert opened_with(clinic, before) == {(OTHER_TENANT, SUBJECT)}
    client = clinic.kms.client()  # scheduled is not destroyed: an administrator can take it back
    (first, _) = client.list_crypto_key_versions(
        parent=clinic.settings.vault.key_names.subjects(TENANT)
    )
    client.restore_crypto_key_version(name=first.name)
    client.update_crypto_key_version(
        crypto_key_version={"name": first.name, "state": "ENABLED"},
        update_mask={"paths": ["state"]},
    )
    assert ERASED in opened_with(clinic, before)
    assert operator.shredder.status(TENANT, SUBJECT).final_from is None
    operator.shredder.destroy(TENANT, rewrap_all(operator))
    clinic.clock.pass_days(200)
    assert operator.shredder.status(TENANT, SUBJECT).state is ErasureState.FINAL
    assert opened_with(clinic, before) == {(OTHER_TENANT, SUBJECT)}


def test_copies_from_after_hold_everyone_but_the_erased(clinic, steal):
    steal()
    erase_completely(clinic)
    assert opened_with(clinic, steal()) == set(PEOPLE) - {ERASED}


def test_both_copies_together_open_no_more(clinic, steal):
    before = steal()
    erase_completely(clinic)
    after = steal()
    mixed = dataclasses.replace(after, keysets={**before.keysets, **after.keysets})
    assert ERASED not in opened_with(clinic, mixed)
    swapped = {**after.keysets}  # the erased subject's sealed data under a survivor's keyset
    rows = sorted(key for key in swapped if key.startswith(TENANT.encode()) and b"#s" in key)
    swapped[rows[0]] = swapped[rows[1]]
    assert ERASED not in opened_with(clinic, dataclasses.replace(after, keysets=swapped))


def test_a_destroyed_version_cannot_be_brought_back(clinic, steal):
    steal()
    erase_completely(clinic)
    client = clinic.kms.client()
    name = clinic.settings.vault.key_names.subjects(TENANT)
    (first, _) = client.list_crypto_key_versions(parent=name)
    with pytest.raises(Exception, match="current state is: DESTROYED"):
        client.restore_crypto_key_version(name=first.name)


def test_workers_that_run_on_open_until_their_cache_ends_which_the_status_waits_for(clinic, steal):
    loot = steal()
    running = clinic.worker()
    assert running.opener.open(loot.cells[ERASED], cell_of(SUBJECT)) == b"cell"
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    (caches,) = (
        condition
        for condition in operator.shredder.status(TENANT, SUBJECT).conditions
        if condition.name == "worker_caches"
    )
    assert not caches.met
    running.timer.now += 3599
    assert running.opener.open(loot.cells[ERASED], cell_of(SUBJECT)) == b"cell"
    late = running.sealer.seal(b"late", cell_of(SUBJECT))  # it does not know yet
    running.timer.now += 1
    for call in (
        lambda: running.opener.open(loot.cells[ERASED], cell_of(SUBJECT)),
        lambda: running.opener.open(late, cell_of(SUBJECT)),
        lambda: running.sealer.seal(b"more", cell_of(SUBJECT)),
    ):
        with pytest.raises(KeysetErasedError):
            call()
    ends = (caches.ends_at - clinic.clock.now).total_seconds()
    assert ends > 3600  # the status waits longer than the worker goes on
    assert COPIES.caches * 3600 > 3600


def test_what_a_worker_seals_while_its_subject_is_erased_is_erased_too(clinic, steal):
    before = steal()
    running, stopped = clinic.worker(), threading.Event()
    sealed = []

    def seal():
        while not stopped.is_set():
            try:
                sealed.append(running.sealer.seal(b"race", cell_of(SUBJECT)))
            except KeysetErasedError:
                break
        return len(sealed)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        racing = pool.submit(seal)
        while not sealed and not racing.done():
            pass
        clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
        running.timer.now += 3600
        n_sealed = racing.result(timeout=30)
        stopped.set()
    assert n_sealed > 0
    assert not any(
        cell[0] == "keyset" for cell in copy_of(clinic.keysets)[f"{TENANT}#{SUBJECT}".encode()]
    )
    erase_completely(clinic)
    loot = dataclasses.replace(before, cells={**before.cells, ERASED: sealed[-1]})
    assert ERASED not in opened_with(clinic, loot)


def test_a_worker_that_makes_a_keyset_while_its_subject_is_erased_makes_none(clinic, monkeypatch):
    """The row is read, then erased, then the new keyset is to be written."""
    worker = clinic.worker()
    create = worker.store.create

    def erased_first(keyset_id, stored):
        clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
        return create(keyset_id, stored)

    monkeypatch.setattr(worker.store, "create", erased_first)
    with pytest.raises(KeysetErasedError):
        worker.sealer.seal(b"x", cell_of(SUBJECT))


def test_a_rewrap_under_way_does_not_carry_an_erased_keyset_over(clinic, steal, monkeypatch):
    """The keyset is unwrapped, then erased, then wrapped anew: by the version made after that."""
    steal()
    operator, other = clinic.operator(), clinic.operator()
    replace = other.store.replace

    def erased_first(keyset_id, old, new):
        if keyset_id.holder == SUBJECT:
            operator.shredder.request(TENANT, SUBJECT, OPERATOR)
        return replace(keyset_id, old, new)

    key_name = clinic.settings.vault.key_names.subjects(TENANT)
    operator.versions.raise_primary(key_name, operator.versions.add(key_name))
    monkeypatch.setattr(other.store, "replace", erased_first)
    rewrap_all(other)
    row = copy_of(clinic.keysets)[f"{TENANT}#{SUBJECT}".encode()]
    assert {cell[0] for cell in row} == {"erased"}


def test_after_destruction_even_the_whole_table_of_before_says_only_that_it_is_gone(clinic, steal):
    before = steal()
    erase_completely(clinic)
    for key in copy_of(clinic.keysets):
        clinic.keysets.mutate_row(key, [DeleteAllFromRow()])
    restore(clinic.keysets, before.keysets)
    with pytest.raises(KeyUnusableError):
        clinic.worker().opener.open(before.cells[ERASED], cell_of(SUBJECT))
    with pytest.raises(KeyUnusableError):  # and no new key takes its place
        clinic.worker().sealer.seal(b"x", cell_of(SUBJECT))
