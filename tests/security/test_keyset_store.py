from __future__ import annotations

import warnings

import pytest
from google.cloud.bigtable.data import BigtableDataClient

from local.bigtable import BIGTABLE, bigtable_emulator
from schemas.keyset_rows import subject_keyset, tenant_keyset
from security.errors import (
    KeysetErasedError,
    KeysetStoreRefusedError,
    KeysetStoreUnavailableError,
)
from security.keyset_store import KeysetStore, StoredKeyset
from security.keysets import Keysets, KeysetUse
from security.kms import KeyService, connect
from security.message_counts import MessageCounts
from security.sealing import Sealer
from security.tink_keysets import KeyKind
from tests.emulators import require_emulator
from tests.security.vaults import (
    CELL,
    INSTANCE,
    NAMES,
    OTHER_SUBJECT,
    OTHER_TENANT,
    PROJECT,
    QUICK,
    QUICK_STORE,
    SUBJECT,
    TENANT,
    rows_of,
)

KEYSET = subject_keyset(TENANT, SUBJECT)
FIRST = StoredKeyset(b"wrapped 1", 1, "version 1")
SECOND = StoredKeyset(b"wrapped 2", 2, "version 1")


@pytest.fixture
def store(worker):
    return worker.store


def test_what_was_created_is_read_and_not_created_again(store):
    assert store.read(KEYSET) is None
    assert store.create(KEYSET, FIRST)
    assert not store.create(KEYSET, SECOND)
    assert store.read(KEYSET) == FIRST


def test_only_who_saw_what_is_there_replaces_it(store, deployment):
    store.create(KEYSET, FIRST)
    assert not store.replace(KEYSET, SECOND, StoredKeyset(b"wrapped 3", 3, "version 1"))
    assert store.replace(KEYSET, FIRST, SECOND)
    assert store.replace(KEYSET, FIRST, SECOND)  # again, its answer having been lost
    assert store.read(KEYSET) == SECOND
    assert b"wrapped 1" not in [cell[3] for cell in rows_of(deployment.table)[KEYSET.row_key]]


def test_after_an_erasure_nothing_brings_the_keyset_back(store, deployment):
    store.create(KEYSET, FIRST)
    store.count_messages(KEYSET, 7, 10)
    store.erase(KEYSET, erased_at_ms=1_900_000_000_000)
    assert not store.create(KEYSET, FIRST)
    with pytest.raises(KeysetErasedError):
        store.replace(KEYSET, FIRST, SECOND)  # a rotation that was under way
    store.count_messages(KEYSET, 7, 10)  # a worker that still holds the keyset
    with pytest.raises(KeysetErasedError):
        store.read(KEYSET)
    families = {cell[0] for cell in rows_of(deployment.table)[KEYSET.row_key]}
    assert families == {"erased", "messages"}


def test_a_subject_without_a_keyset_can_be_erased_too(store):
    store.erase(KEYSET, erased_at_ms=1_900_000_000_000)
    assert not store.create(KEYSET, FIRST)


def test_a_scan_finds_the_keysets_of_one_tenant(store):
    mine = [tenant_keyset(TENANT, "pseudonyms"), KEYSET, subject_keyset(TENANT, OTHER_SUBJECT)]
    for keyset_id in (*mine, subject_keyset(OTHER_TENANT, SUBJECT)):
        store.create(keyset_id, FIRST)
    store.erase(mine.pop(), erased_at_ms=1_900_000_000_000)
    assert list(store.scan(TENANT)) == [(keyset_id, FIRST) for keyset_id in mine]


def test_counts_add_up_key_by_key(store):
    assert [store.count_messages(KEYSET, 7, 10) for _ in range(3)] == [10, 20, 30]
    assert store.count_messages(KEYSET, 2**32 - 1, 1) == 1


def test_without_the_table_nothing_is_made_and_the_error_says_so(kms):
    require_emulator(BIGTABLE)
    with warnings.catch_warnings(), bigtable_emulator():
        warnings.simplefilter("ignore")
        client = BigtableDataClient(project=PROJECT)
    with client:  # of an emulator that has ended
        store = KeysetStore(client.get_table(INSTANCE, "keysets"), QUICK_STORE)
        use = KeysetUse(KeyKind.AEAD, NAMES.subjects)
        keysets = Keysets(use, store, KeyService(connect(kms.address), QUICK))
        for call in (
            lambda: Sealer(keysets, MessageCounts(store)).seal(b"x", CELL),
            lambda: keysets.get(KEYSET),
            lambda: keysets.rotate(KEYSET),
            lambda: store.create(KEYSET, FIRST),
            lambda: store.erase(KEYSET, erased_at_ms=1),
            lambda: store.count_messages(KEYSET, 7, 1),
            lambda: list(store.scan(TENANT)),
        ):
            with pytest.raises(KeysetStoreUnavailableError, match="nothing was written"):
                call()
    assert kms.calls.count() == 0


def test_an_absent_table_is_told_at_once_and_by_what_would_be_right(bigtable):
    """Time mends nothing here: a worker must not wait for it as for an outage."""
    with BigtableDataClient(project=PROJECT) as client:
        store = KeysetStore(client.get_table("no-instance", "keysets"), QUICK_STORE)
        for call in (lambda: store.read(KEYSET), lambda: store.create(KEYSET, FIRST)):
            with pytest.raises(KeysetStoreRefusedError, match="make it as terraform/ does"):
                call()
