"""A deployment whose keys are administered: tables, a key service and operators with one clock."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
import warnings
from typing import Any

from google.cloud.bigtable.data import BigtableDataClient, SetCell, Table

from local.bigtable import create_table
from local.kms.server import LocalKms
from schemas.erasure_rows import ERASURES, Stage
from schemas.keyset_rows import KEYSETS
from security.context import CellContext, PacketContext
from security.custody import Custody, CustodySettings
from security.erasure_status import CopiesRunOut, ErasureStatus
from security.keyset_ages import RotationRule
from security.keyset_store import KeysetStore
from security.keysets import Keysets, KeysetUse
from security.kms import KeyService, connect
from security.message_counts import MessageCounts
from security.sealing import Opener, Sealer
from security.shredding import Verified
from security.tink_keysets import KeyKind
from security.vault import VaultSettings
from tests.security.vaults import (
    CELL,
    NAMES,
    PACKET,
    PROJECT,
    QUICK,
    QUICK_STORE,
    SUBJECT,
    TENANT,
    Timer,
    Worker,
    rows_of,
)

OPERATOR = "jo"
THIRD_SUBJECT = "subject000000003"
KEY = NAMES.subjects(TENANT)
COPIES = CopiesRunOut()


class Clock:
    """The time of a key service and of operators, which a test moves."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now

    def pass_hours(self, hours: float) -> None:
        self.now += datetime.timedelta(hours=hours)

    def pass_days(self, days: float) -> None:
        self.pass_hours(24 * days)


class Clinic:
    """What is deployed, and who works there."""

    def __init__(self, kms: LocalKms, clock: Clock):
        self.kms, self.clock = kms, clock
        self.instance = f"i-{uuid.uuid4().hex[:8]}"
        self._open: list[Any] = []
        with warnings.catch_warnings():  # Google's client warns of every emulator
            warnings.simplefilter("ignore")
            for table in (KEYSETS, ERASURES):
                create_table(table, project=PROJECT, instance=self.instance)
            bigtable = BigtableDataClient(project=PROJECT)
        self._open.append(bigtable.close)
        self.keysets: Table = bigtable.get_table(self.instance, KEYSETS.table_id)
        self.erasures: Table = bigtable.get_table(self.instance, ERASURES.table_id)
        self._kms_client = connect(kms.address)
        self._open.append(self._kms_client.transport.close)

    @property
    def settings(self) -> CustodySettings:
        vault = VaultSettings(
            NAMES,
            PROJECT,
            self.instance,
            kms_loopback_address=self.kms.address,
            kms=QUICK,
            store=QUICK_STORE,
        )
        return CustodySettings(vault)

    def operator(self, rule: RotationRule | None = None) -> Custody:
        custody = Custody(dataclasses.replace(self.settings, rule=rule), self.clock)
        self._open.append(custody.close)
        return custody

    def worker(self) -> Worker:
        timer = Timer()
        store = KeysetStore(self.keysets, QUICK_STORE)
        key_service = KeyService(self._kms_client, QUICK)
        keysets = Keysets(KeysetUse(KeyKind.AEAD, NAMES.subjects), store, key_service, timer=timer)
        sealer = Sealer(keysets, MessageCounts(store))
        return Worker(store, key_service, keysets, sealer, Opener(keysets), timer)

    def close(self) -> None:
        while self._open:
            self._open.pop()()


def cell_of(subject: str, tenant: str = TENANT) -> CellContext:
    return dataclasses.replace(CELL, tenant=tenant, subject=subject)


def packet_of(subject: str, tenant: str = TENANT) -> PacketContext:
    return dataclasses.replace(PACKET, tenant=tenant, subject=subject)


def rewrap_all(custody: Custody, tenant: str = TENANT) -> Verified:
    """What the rewrap job does, without Beam."""
    primary = custody.versions.primary(NAMES.subjects(tenant)).number
    began, found = custody.clock(), []
    for keyset_id, _ in list(custody.store.scan(tenant)):
        if keyset_id.is_subject:
            custody.renewal.renew(keyset_id, {NAMES.subjects(tenant): primary})
    for keyset_id, stored in custody.store.scan(tenant):
        if keyset_id.is_subject:
            found.append(int(stored.kms_version.rpartition("/")[2]))
    return Verified(began, min(found, default=None), len(found))


def erase_completely(clinic: Clinic, subject: str = SUBJECT) -> Custody:
    """Everything that operators do, and all the waits."""
    operator = clinic.operator()
    operator.shredder.request(TENANT, subject, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    operator.shredder.destroy(TENANT, rewrap_all(operator))
    clinic.clock.pass_days(200)
    return operator


def restore(table: Table, rows: dict[bytes, list[tuple[str, bytes, int, bytes]]]) -> None:
    """Puts rows of a copy back where they were, over what is there now."""
    for key, cells in rows.items():
        if not cells:
            continue
        table.mutate_row(
            key,
            [
                SetCell(family, qualifier, value, timestamp_micros=time_us)
                for family, qualifier, time_us, value in cells
            ],
        )


def copy_of(table: Table) -> dict[bytes, list[tuple[str, bytes, int, bytes]]]:
    return rows_of(table)


def states(clinic: Clinic, tenant: str = TENANT) -> dict[int, str]:
    """The versions of the key that wraps a tenant's subjects' keysets."""
    versions = clinic.operator().versions.of(NAMES.subjects(tenant))
    return {version.number: version.state for version in versions}


def stages(clinic: Clinic, subject: str = SUBJECT) -> set[Stage]:
    """What is recorded of an erasure."""
    records = clinic.operator().records
    record = records.read(TENANT, records.subject_of(TENANT, subject))
    return set() if record is None else set(record.stages)


def open_conditions(status: ErasureStatus) -> set[str]:
    return {condition.name for condition in status.conditions if not condition.met}
