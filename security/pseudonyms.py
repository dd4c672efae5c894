"""Names for people in rows, logs and audits that say nothing without the tenant's key.

An unkeyed hash of an id can be undone by hashing every id there is. These are HMAC-SHA-256 with a
key that only Cloud KMS unwraps; the key is made once and is never rotated, or the names change.
"""

from __future__ import annotations

import base64

from schemas.errors import SchemaError
from schemas.keyset_rows import tenant_keyset
from security.context import encode_fields
from security.key_names import TenantKeyNames
from security.keyset_store import KeysetStore
from security.keysets import Keysets, KeysetSettings, KeysetUse
from security.kms import KeyService
from security.tink_keysets import KeyKind

PSEUDONYM_WIDTH = 26  # 128 bits; wider than any id, so that the one is not taken for the other
_BYTES = 16


class Pseudonyms:
    """Keyed pseudonyms of all tenants. Safe to share between threads."""

    def __init__(
        self,
        names: TenantKeyNames,
        store: KeysetStore,
        key_service: KeyService,
        settings: KeysetSettings | None = None,
    ):
        use = KeysetUse(KeyKind.PRF, names.pseudonyms)
        self._keysets = Keysets(use, store, key_service, settings)

    def of(self, tenant: str, purpose: str, identifier: str) -> str:
        """The identifier's pseudonym for one purpose.

        Args:
          purpose: `audit`, or the name of a study: two purposes cannot be joined by pseudonym.
          identifier: of a subject, a device, anything; kept nowhere.

        Returns:
          26 characters out of a-z and 2-7; always the same for the same three.

        Raises:
          SealError: see its classes.
        """
        if not purpose:
            raise SchemaError("purpose", purpose, "what the pseudonym is for, such as 'audit'")
        keyset = self._keysets.get_or_create(tenant_keyset(tenant, "pseudonyms"))
        named = encode_fields("pseudonym", tenant, purpose, identifier)
        digest: bytes = keyset.primitive.primary().compute(named, _BYTES)
        return base64.b32encode(digest).decode().rstrip("=").lower()
