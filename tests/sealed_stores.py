"""Sealed stores for tests: every table in an instance of its own, keys of two tenants."""

from __future__ import annotations

import contextlib
import uuid
import warnings
from collections.abc import Iterator

from google.cloud.bigtable.data import DeleteAllFromRow, ReadRowsQuery, RowMutationEntry, SetCell

from local.bigtable import create_table
from local.kms.server import LocalKms
from schemas.bigtable_tables import BigtableTable
from schemas.stored_tables import BIGTABLE_TABLES
from security.keysets import KeysetSettings
from security.vault import VaultSettings
from tests.security.vaults import NAMES, PROJECT, QUICK, QUICK_STORE
from transforms.sealed_store import SealedStore, StoreAddress

Cells = dict[tuple[bytes, str, bytes, int], bytes]
"""(row key, family, qualifier, time) to what is stored there."""


def new_store(kms: LocalKms) -> StoreAddress:
    """The address of a store that holds nothing yet."""
    instance = f"i-{uuid.uuid4().hex[:8]}"
    with warnings.catch_warnings():  # Google's client warns of every emulator
        warnings.simplefilter("ignore")
        for table in BIGTABLE_TABLES:
            create_table(table, project=PROJECT, instance=instance)
    vault = VaultSettings(
        key_names=NAMES,
        project=PROJECT,
        instance=instance,
        kms_loopback_address=kms.address,
        kms=QUICK,
        store=QUICK_STORE,
        keysets=KeysetSettings(refresh_after_s=0.001),
    )
    return StoreAddress(PROJECT, instance, vault)


@contextlib.contextmanager
def connected(address: StoreAddress) -> Iterator[SealedStore]:
    """A process of its own: its own connections and cache."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = SealedStore(address)
    with store:
        yield store


def cells_of(store: SealedStore, table: BigtableTable) -> Cells:
    """Everything that a table holds."""
    return {
        (row.row_key, cell.family, cell.qualifier, cell.timestamp_micros): cell.value
        for row in store.table(table).read_rows(ReadRowsQuery())
        for cell in row
    }


def put_cells(store: SealedStore, table: BigtableTable, cells: Cells) -> None:
    """Leaves exactly these in a table, as somebody does who can write to it and has no key."""
    rows = {key[0] for key in cells_of(store, table)} | {key[0] for key in cells}
    for row in rows:
        store.table(table).mutate_row(row, DeleteAllFromRow())
    entries = [
        RowMutationEntry(row, SetCell(family, column, value, timestamp_micros=time_us))
        for (row, family, column, time_us), value in cells.items()
    ]
    if entries:
        store.table(table).bulk_mutate_rows(entries)
