"""Everything that seals and opens, from one configuration: what a worker builds when it starts."""

from __future__ import annotations

import dataclasses
from types import TracebackType

from google.cloud.bigtable.data import BigtableDataClient

from schemas.keyset_rows import KEYSETS
from security.column_keysets import ColumnKeysets
from security.key_names import TenantKeyNames
from security.keyset_store import KeysetStore, StoreSettings
from security.keysets import Keysets, KeysetSettings, KeysetUse
from security.kms import KeyService, KmsSettings, connect
from security.message_counts import MessageCounts, MessageSettings
from security.pseudonyms import Pseudonyms
from security.sealing import Opener, Sealer
from security.tink_keysets import KeyKind


@dataclasses.dataclass(frozen=True)
class VaultSettings:
    """Where keys are and how they are used; pickled to workers, holds nothing secret.

    Args:
      project: of the Bigtable instance that holds the wrapped keysets.
      app_profile: routes to one cluster and allows single-row transactions.
      kms_loopback_address: of a key service on this machine; empty for Cloud KMS.
    """

    key_names: TenantKeyNames
    project: str
    instance: str
    app_profile: str | None = None
    kms_loopback_address: str = ""
    kms: KmsSettings = dataclasses.field(default_factory=KmsSettings)
    store: StoreSettings = dataclasses.field(default_factory=StoreSettings)
    keysets: KeysetSettings = dataclasses.field(default_factory=KeysetSettings)
    messages: MessageSettings = dataclasses.field(default_factory=MessageSettings)


class Vault:
    """Sealer and opener with the connections and the cache they share; one a process.

    Attributes:
      keysets: of subjects: to rotate and rewrap them.
      store: the table of wrapped keysets.
    """

    def __init__(self, settings: VaultSettings):
        self._bigtable = BigtableDataClient(project=settings.project)
        table = self._bigtable.get_table(
            settings.instance, KEYSETS.table_id, app_profile_id=settings.app_profile
        )
        self._kms = connect(settings.kms_loopback_address)
        key_service = KeyService(self._kms, settings.kms)
        names = settings.key_names
        self.store = KeysetStore(table, settings.store)
        use = KeysetUse(KeyKind.AEAD, names.subjects)
        self.keysets = Keysets(use, self.store, key_service, settings.keysets)
        counts = MessageCounts(self.store, settings.messages, settings.keysets.cache_entries)
        self.sealer = Sealer(self.keysets, counts)
        self.opener = Opener(self.keysets)
        self.columns = ColumnKeysets(names, self.store, key_service, settings=settings.keysets)
        self.pseudonyms = Pseudonyms(names, self.store, key_service, settings.keysets)

    def __enter__(self) -> Vault:
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
