"""Keysets onto the newest version of their KMS key, and new primary keys where they are due.

Nothing is taken from what a row says about itself: Cloud KMS tells whether its primary version
wrapped a keyset. At most one keyset is unwrapped and wrapped again for each attempt, and an
attempt is repeated only where another writer was faster.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

from schemas.keyset_rows import KeysetId
from security.erasure_records import ErasureRecords
from security.errors import (
    KeysetConflictError,
    KeysetErasedError,
    KeyUnusableError,
    KeyVersionLagsError,
    OpenRefusedError,
)
from security.key_names import TenantKeyNames
from security.key_versions import version_number
from security.keyset_ages import KeysetAges, RotationRule
from security.keyset_store import KeysetStore, StoredKeyset
from security.keysets import KeysetUse
from security.kms import KeyService
from security.tink_keysets import KeyKind, open_keyset, with_new_primary

_ATTEMPTS = 5


class Renewal(enum.Enum):
    """What was done about a keyset."""

    ALREADY_NEW = "already_new"
    REWRAPPED = "rewrapped"
    ROTATED = "rotated"  # a new primary key, wrapped by the newest version
    ERASED = "erased"  # nothing: there is none any more
    CAME_BACK = "came_back"  # nothing: it is an erased subject's, out of a backup


def use_of(names: TenantKeyNames, keyset_id: KeysetId) -> KeysetUse:
    """What the keyset in a row is for, and which KMS key wraps it.

    Raises:
      OpenRefusedError: we keep no such keyset.
    """
    if keyset_id.is_subject:
        return KeysetUse(KeyKind.AEAD, names.subjects)
    if keyset_id.holder == ".pseudonyms":
        return KeysetUse(KeyKind.PRF, names.pseudonyms)
    for kind in (KeyKind.AEAD, KeyKind.DETERMINISTIC):
        if keyset_id.holder.startswith(f".{kind.value}_"):
            return KeysetUse(kind, names.columns, bound=False)
    raise OpenRefusedError


class KeysetRenewal:
    """Renews keysets one by one; any number of workers may go through the same ones.

    Args:
      records: of erasures: a keyset that has one is never renewed.
      rule: for the keysets of subjects; None leaves their keys as they are.
    """

    def __init__(
        self,
        names: TenantKeyNames,
        store: KeysetStore,
        key_service: KeyService,
        records: ErasureRecords,
        ages: KeysetAges,
        rule: RotationRule | None = None,
    ):
        self._names, self._store, self._key_service = names, store, key_service
        self._records, self._ages, self._rule = records, ages, rule

    def renew(
        self,
        keyset_id: KeysetId,
        primaries: Mapping[str, int],
        erased: Collection[str] = (),
    ) -> Renewal:
        """Brings a keyset up to date.

        Args:
          primaries: names of KMS keys, each with the number of the version that is to encrypt.
          erased: pseudonyms of the tenant's erased subjects.

        Raises:
          KeyVersionLagsError: Cloud KMS still wraps with an older version than that.
          SealError: see its classes; the keyset is as it was.
        """
        for _ in range(_ATTEMPTS):
            try:
                stored = self._store.read(keyset_id)
            except KeysetErasedError:
                return Renewal.ERASED
            if stored is None:
                return Renewal.ERASED  # its row went since it was listed
            if self._came_back(keyset_id, erased):
                return Renewal.CAME_BACK
            done = self._attempt(keyset_id, stored, primaries)
            if done is not None:
                return done
        raise KeysetConflictError

    def _came_back(self, keyset_id: KeysetId, erased: Collection[str]) -> bool:
        """Whether it is an erased subject's: who swept before us has not seen it yet."""
        if not erased or not keyset_id.is_subject:
            return False
        return self._records.subject_of(keyset_id.tenant, keyset_id.holder) in erased

    def _attempt(
        self, keyset_id: KeysetId, stored: StoredKeyset, primaries: Mapping[str, int]
    ) -> Renewal | None:
        use = use_of(self._names, keyset_id)
        key_name = use.key_name(keyset_id.tenant)
        if key_name not in primaries:
            raise KeyUnusableError(key_name)
        unwrapped = self._key_service.unwrap_and_tell(
            key_name, stored.wrapped, use.associated_data(keyset_id, stored.generation)
        )
        serialized = unwrapped.plaintext
        rotates = self._is_due(keyset_id, use, serialized, stored.generation)
        told = version_number(stored.kms_version)
        if unwrapped.by_primary and told == primaries[key_name] and not rotates:
            return Renewal.ALREADY_NEW
        if rotates:
            serialized = with_new_primary(use.kind, serialized)
        generation = stored.generation + 1
        wrapped = self._key_service.wrap(
            key_name, serialized, use.associated_data(keyset_id, generation)
        )
        if (version_number(wrapped.version) or 0) < primaries[key_name]:
            raise KeyVersionLagsError(key_name)
        new = StoredKeyset(wrapped.ciphertext, generation, wrapped.version)
        try:
            if not self._store.replace(keyset_id, stored, new):
                return None
        except KeysetErasedError:
            return Renewal.ERASED
        return Renewal.ROTATED if rotates else Renewal.REWRAPPED

    def _is_due(
        self, keyset_id: KeysetId, use: KeysetUse, serialized: bytes, generation: int
    ) -> bool:
        if self._rule is None or not keyset_id.is_subject:
            return False
        key_id = open_keyset(use.kind, serialized, generation).primary_key_id
        return self._ages.is_due(keyset_id, key_id, self._rule)
