"""Where a tenant's keys are in Cloud KMS: one for each use, so that each right is its own."""

from __future__ import annotations

import dataclasses

from schemas.errors import SchemaError
from schemas.ids import check_tenant_id


@dataclasses.dataclass(frozen=True)
class TenantKeyNames:
    """Resource names of the tenants' keys, all in one key ring.

    Three keys a tenant, not one: whoever may decrypt a protected column in BigQuery holds the
    right to decrypt with its key, and must not thereby be able to unwrap subjects' keysets.

    Args:
      location: a Cloud KMS region. `global` is refused: BigQuery takes no such keys, and a
        tenant's data may have to stay in a region.
    """

    project: str
    location: str
    key_ring: str = "neural-engine"

    def __post_init__(self) -> None:
        if self.location == "global":
            expected = "a region: BigQuery's AEAD functions refuse keys in `global`"
            raise SchemaError("location", self.location, expected)
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not found or "/" in found:
                raise SchemaError(field.name, found, "a name without slashes")

    def subjects(self, tenant: str) -> str:
        """The key that wraps the keysets of a tenant's subjects."""
        return self._key(tenant, "subjects")

    def columns(self, tenant: str) -> str:
        """The key that wraps a tenant's column keysets; BigQuery decrypts with it."""
        return self._key(tenant, "columns")

    def pseudonyms(self, tenant: str) -> str:
        """The key that wraps a tenant's pseudonym key."""
        return self._key(tenant, "pseudonyms")

    def _key(self, tenant: str, use: str) -> str:
        ring = f"projects/{self.project}/locations/{self.location}/keyRings/{self.key_ring}"
        return f"{ring}/cryptoKeys/{check_tenant_id(tenant)}-{use}"
