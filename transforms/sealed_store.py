"""Where sealed rows are: what a worker and a researcher connect to."""

from __future__ import annotations

import dataclasses
from types import TracebackType

from google.cloud.bigtable.data import BigtableDataClient, Table

from schemas.bigtable_tables import BigtableTable
from security.vault import Vault, VaultSettings


@dataclasses.dataclass(frozen=True)
class StoreAddress:
    """A Bigtable instance with sealed rows, and where their keys are; holds nothing secret.

    Args:
      app_profile: for rows; writes of ours may be repeated, so it may route to any cluster.
    """

    project: str
    instance: str
    vault: VaultSettings
    app_profile: str | None = None


class SealedStore:
    """The connections of one process, its keys in `vault`."""

    def __init__(self, address: StoreAddress):
        self.vault = Vault(address.vault)
        self._address = address
        self._client = BigtableDataClient(project=address.project)
        self._tables: dict[str, Table] = {}

    def table(self, table: BigtableTable) -> Table:
        """The table, connected once."""
        if table.table_id not in self._tables:
            self._tables[table.table_id] = self._client.get_table(
                self._address.instance, table.table_id, app_profile_id=self._address.app_profile
            )
        return self._tables[table.table_id]

    def __enter__(self) -> SealedStore:
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
        self._client.close()
        self.vault.close()
