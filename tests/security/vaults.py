"""A vault of its own for each test: a key service, a table in the emulator, tenants with keys."""

from __future__ import annotations

import dataclasses
import uuid
import warnings
from pathlib import Path
from typing import Any

from google.cloud import kms_v1
from google.cloud.bigtable.data import BigtableDataClient, ReadRowsQuery, Table

from local.bigtable import create_table
from local.kms.server import LocalKms
from schemas.bigtable_tables import BigtableTable
from schemas.keyset_rows import KEYSETS
from security.column_keysets import ColumnKeysets
from security.context import CellContext, PacketContext
from security.key_names import TenantKeyNames
from security.keyset_store import KeysetStore, StoreSettings
from security.keysets import Keysets, KeysetSettings, KeysetUse
from security.kms import KeyService, KmsSettings, connect
from security.message_counts import MessageCounts, MessageSettings
from security.pseudonyms import Pseudonyms
from security.sealing import Opener, Sealer
from security.tink_keysets import KeyKind

PROJECT, INSTANCE = "local", "telemetry"
NAMES = TenantKeyNames(project="clinic-project", location="europe-west3")
TENANT, OTHER_TENANT = "clinic01", "clinic02"
SUBJECT, OTHER_SUBJECT = "subject000000001", "subject000000002"
SESSION, OTHER_SESSION = "0" * 31 + "1", "0" * 31 + "2"
QUICK = KmsSettings(attempt_s=2, deadline_s=2, first_delay_s=0.02, longest_delay_s=0.1)
QUICK_STORE = StoreSettings(attempt_s=2, deadline_s=2, first_delay_s=0.02, longest_delay_s=0.1)

CELL = CellContext(
    tenant=TENANT,
    subject=SUBJECT,
    session=SESSION,
    stream="eeg",
    row=b"clinic01#row",
    family="w",
    qualifier=b"0001",
    cell_time_us=1000,
)
PACKET = PacketContext(TENANT, SUBJECT, SESSION, "eeg", epoch=1, sequence=7)


class Timer:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclasses.dataclass
class Worker:
    """What one process has: its own connections, its own cache."""

    store: KeysetStore
    key_service: KeyService
    keysets: Keysets
    sealer: Sealer
    opener: Opener
    timer: Timer

    def columns(self, kind: KeyKind = KeyKind.AEAD) -> ColumnKeysets:
        return ColumnKeysets(NAMES, self.store, self.key_service, kind)

    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(NAMES, self.store, self.key_service)


class Deployment:
    """A key service and a table, and as many workers as a test wants."""

    def __init__(self, directory: Path, kms: LocalKms):
        self.kms, self.directory = kms, directory
        self.table_spec = BigtableTable(f"t-{uuid.uuid4().hex[:8]}", KEYSETS.families)
        self._clients: list[Any] = []
        with warnings.catch_warnings():  # Google's client warns of every emulator
            warnings.simplefilter("ignore")
            create_table(self.table_spec, project=PROJECT, instance=INSTANCE)
            self._bigtable = BigtableDataClient(project=PROJECT)
        self.table: Table = self._bigtable.get_table(INSTANCE, self.table_spec.table_id)
        self._kms_client = connect(kms.address)

    def worker(
        self,
        settings: KeysetSettings | None = None,
        messages: MessageSettings | None = None,
        names: TenantKeyNames = NAMES,
    ) -> Worker:
        timer = Timer()
        store = KeysetStore(self.table, QUICK_STORE)
        key_service = KeyService(self._kms_client, QUICK)
        use = KeysetUse(KeyKind.AEAD, names.subjects)
        keysets = Keysets(use, store, key_service, settings, timer)
        sealer = Sealer(keysets, MessageCounts(store, messages))
        return Worker(store, key_service, keysets, sealer, Opener(keysets), timer)

    def close(self) -> None:
        self._bigtable.close()
        self._kms_client.transport.close()


def make_tenant_keys(kms: LocalKms) -> None:
    """The key ring, and three keys for each of the two tenants."""
    client = connect(kms.address)
    place = f"projects/{NAMES.project}/locations/{NAMES.location}"
    ring = client.create_key_ring(
        parent=place, key_ring_id=NAMES.key_ring, key_ring=kms_v1.KeyRing()
    )
    for tenant in (TENANT, OTHER_TENANT):
        for name in (NAMES.subjects(tenant), NAMES.columns(tenant), NAMES.pseudonyms(tenant)):
            client.create_crypto_key(
                parent=ring.name,
                crypto_key_id=name.rpartition("/")[2],
                crypto_key=kms_v1.CryptoKey(purpose="ENCRYPT_DECRYPT"),
            )
    client.transport.close()
    kms.calls.clear()


def rows_of(table: Table) -> dict[bytes, list[tuple[str, bytes, int, bytes]]]:
    """Everything a table holds."""
    return {
        row.row_key: [
            (cell.family, cell.qualifier, cell.timestamp_micros, cell.value) for cell in row
        ]
        for row in table.read_rows(ReadRowsQuery())
    }
