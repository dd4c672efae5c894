"""Columns that BigQuery decrypts in SQL: keysets of a tenant, wrapped as its AEAD functions want.

`AEAD.DECRYPT_STRING(KEYS.KEYSET_CHAIN('gcp-kms://...', wrapped), column, associated_data)` opens
what `ColumnKeysets.encrypt` gives, and we open what `AEAD.ENCRYPT` gives: both are Tink
ciphertexts, and `wrapped` is what Cloud KMS makes of the serialised Tink keyset, without
associated data.

A tenant's keyset outlives its subjects. So nothing that identifies a subject belongs in a column
that is protected by it alone: that is sealed with the subject's own keyset.
"""

from __future__ import annotations

import tink

from schemas.errors import SchemaError
from schemas.keyset_rows import KeysetId, tenant_keyset
from security.errors import KeysetMissingError, OpenRefusedError
from security.key_names import TenantKeyNames
from security.keyset_store import KeysetStore
from security.keysets import Keysets, KeysetSettings, KeysetUse
from security.kms import KeyService
from security.message_counts import MessageCounts
from security.tink_keysets import KeyKind


class ColumnKeysets:
    """The column keysets of all tenants. A keyset is named after what it protects.

    Args:
      kind: AEAD for AEAD.ENCRYPT; DETERMINISTIC for DETERMINISTIC_ENCRYPT, whose columns can be
        joined and grouped by, and show which of their values are equal.
    """

    def __init__(
        self,
        names: TenantKeyNames,
        store: KeysetStore,
        key_service: KeyService,
        kind: KeyKind = KeyKind.AEAD,
        settings: KeysetSettings | None = None,
    ):
        if kind not in (KeyKind.AEAD, KeyKind.DETERMINISTIC):
            raise ValueError(f"kind is {kind}; expected AEAD or DETERMINISTIC")
        use = KeysetUse(kind, names.columns, bound=False)
        self._keysets = Keysets(use, store, key_service, settings)
        self._counts = MessageCounts(store)
        self._names, self._store, self._kind = names, store, kind

    def create(self, tenant: str, name: str) -> bytes:
        """The wrapped keyset, made if there never was one."""
        keyset_id = self._id(tenant, name)
        self._keysets.get_or_create(keyset_id)
        stored = self._store.read(keyset_id)
        if stored is None:
            raise KeysetMissingError
        return stored.wrapped

    def keyset_chain(self, tenant: str, name: str) -> str:
        """The keyset as an SQL expression: BigQuery takes literals and query parameters only.

        Whoever may read the expression cannot open anything without the right to decrypt with
        the tenant's KMS key.
        """
        stored = self._store.read(self._id(tenant, name))
        if stored is None:
            raise KeysetMissingError
        literal = "".join(f"\\x{byte:02x}" for byte in stored.wrapped)
        return f"KEYS.KEYSET_CHAIN('gcp-kms://{self._names.columns(tenant)}', b'{literal}')"

    def encrypt(self, tenant: str, name: str, plaintext: bytes, associated_data: bytes) -> bytes:
        """As `AEAD.ENCRYPT(keyset, plaintext, associated_data)`; a STRING is its UTF-8 bytes.

        Raises:
          SealError: see its classes; the keyset must have been made by `create`.
        """
        keyset_id = self._id(tenant, name)
        keyset = self._keysets.get(keyset_id)
        ciphertext: bytes
        if self._kind is KeyKind.DETERMINISTIC:  # without nonces no limit of messages
            ciphertext = keyset.primitive.encrypt_deterministically(plaintext, associated_data)
            return ciphertext
        self._counts.take(keyset_id, keyset.primary_key_id)
        ciphertext = keyset.primitive.encrypt(plaintext, associated_data)
        return ciphertext

    def decrypt(self, tenant: str, name: str, ciphertext: bytes, associated_data: bytes) -> bytes:
        """As `AEAD.DECRYPT_BYTES(keyset, ciphertext, associated_data)`.

        Raises:
          SealError: see its classes.
        """
        primitive = self._keysets.get(self._id(tenant, name)).primitive
        deterministic = self._kind is KeyKind.DETERMINISTIC
        decrypt = primitive.decrypt_deterministically if deterministic else primitive.decrypt
        try:
            plaintext: bytes = decrypt(ciphertext, associated_data)
        except tink.TinkError:
            raise OpenRefusedError from None
        return plaintext

    def _id(self, tenant: str, name: str) -> KeysetId:
        if not name:
            raise SchemaError("name", name, "what the keyset protects, such as 'notes'")
        return tenant_keyset(tenant, f"{self._kind.value}_{name}")
