"""What administers keys: the vault's connections, and the rights that no worker has."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from types import TracebackType

from google.cloud.bigtable.data import BigtableDataClient

from schemas.erasure_rows import ERASURES
from schemas.keyset_rows import KEYSETS
from security.erasure_records import ErasureRecords
from security.erasure_status import CopiesRunOut
from security.key_versions import KeyVersions
from security.keyset_ages import KeysetAges, RotationRule
from security.keyset_store import KeysetStore
from security.kms import KeyService, connect
from security.pseudonyms import Pseudonyms
from security.renewal import KeysetRenewal
from security.shredding import Shredder
from security.vault import VaultSettings


def utc_now() -> datetime.datetime:
    """The clock of an operator's machine."""
    return datetime.datetime.now(datetime.UTC)


@dataclasses.dataclass(frozen=True)
class CustodySettings:
    """Where keys are and how they are renewed and destroyed; pickled to workers."""

    vault: VaultSettings
    copies: CopiesRunOut = dataclasses.field(default_factory=CopiesRunOut)
    rule: RotationRule | None = None


class Custody:
    """Renews and destroys keys; a context manager that ends its connections.

    Attributes:
      table: of keysets, to scan.
      versions: of KMS keys.
      records: of erasures.
      renewal: of keysets, one by one.
      shredder: erases subjects.
    """

    def __init__(self, settings: CustodySettings, clock: Callable[[], datetime.datetime] = utc_now):
        vault = settings.vault
        self.settings, self.clock = settings, clock
        self._bigtable = BigtableDataClient(project=vault.project)
        self._kms = connect(vault.kms_loopback_address)
        self.table = self._bigtable.get_table(
            vault.instance, KEYSETS.table_id, app_profile_id=vault.app_profile
        )
        erasures = self._bigtable.get_table(
            vault.instance, ERASURES.table_id, app_profile_id=vault.app_profile
        )
        key_service = KeyService(self._kms, vault.kms)
        self.store = KeysetStore(self.table, vault.store)
        self.versions = KeyVersions(self._kms, vault.kms)
        names = vault.key_names
        self.pseudonyms = Pseudonyms(names, self.store, key_service, vault.keysets)
        self.records = ErasureRecords(erasures, self.pseudonyms, vault.store)
        ages = KeysetAges(self.table, lambda: int(clock().timestamp() * 1000))
        self.renewal = KeysetRenewal(
            names, self.store, key_service, self.records, ages, settings.rule
        )
        self.shredder = Shredder(
            names, self.table, self.store, self.records, self.versions, settings.copies, clock
        )

    def __enter__(self) -> Custody:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections."""
        self._bigtable.close()
        self._kms.transport.close()
