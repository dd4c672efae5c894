"""Keysets, opened: read from the store, unwrapped by Cloud KMS, kept for a while.

A keyset is made only where the store says that there never was one. Whatever else goes wrong
raises: a new key in the place of one that cannot be read would lose what the old one sealed.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

import cachetools

from schemas.errors import SchemaError
from schemas.keyset_rows import KeysetId
from security.context import encode_fields
from security.errors import (
    KeysetConflictError,
    KeysetErasedError,
    KeysetMissingError,
    OpenRefusedError,
)
from security.keyset_cache import KeysetCache
from security.keyset_store import KeysetStore, StoredKeyset
from security.kms import KeyService
from security.tink_keysets import (
    KeyKind,
    OpenedKeyset,
    new_keyset,
    open_keyset,
    with_new_primary,
)

_LOG = logging.getLogger(__name__)

_ATTEMPTS = 5  # at a change that others keep getting ahead of
_REMEMBERED = 10  # generations, for each entry of the cache


@dataclasses.dataclass(frozen=True)
class KeysetUse:
    """What keysets of one sort are, and how they are wrapped.

    Args:
      key_name: tenant to the KMS key that wraps them. Never read from the store: whoever can
        write there could name a key of their own.
      bound: whether they are wrapped with associated data. BigQuery opens only what is not.
    """

    kind: KeyKind
    key_name: Callable[[str], str]
    bound: bool = True

    def associated_data(self, keyset_id: KeysetId, generation: int) -> bytes:
        """Binds a wrapped keyset to its tenant, its holder and its generation."""
        if not self.bound:
            return b""
        return encode_fields(
            "keyset", keyset_id.tenant, keyset_id.holder, self.kind.value, generation
        )


@dataclasses.dataclass(frozen=True)
class KeysetSettings:
    """How long and how many opened keysets are kept.

    Args:
      cache_life_s: also how long a worker may go on after a keyset was erased or rotated.
      refresh_after_s: a ciphertext of a key that the cached keyset lacks makes a worker look for
        a newer generation, at most this often for each keyset.
    """

    cache_entries: int = 1000
    cache_life_s: float = 3600.0
    refresh_after_s: float = 60.0

    def __post_init__(self) -> None:
        if not self.refresh_after_s > 0:
            raise SchemaError("refresh_after_s", self.refresh_after_s, "above 0 seconds")


class Keysets:
    """The keysets of one use, as a worker sees them. Safe to share between threads.

    Each load reads the store once and calls Cloud KMS once.
    """

    def __init__(
        self,
        use: KeysetUse,
        store: KeysetStore,
        key_service: KeyService,
        settings: KeysetSettings | None = None,
        timer: Callable[[], float] = time.monotonic,
    ):
        self._use, self._store, self._key_service = use, store, key_service
        settings = settings or KeysetSettings()
        entries = settings.cache_entries
        self._cache = KeysetCache[KeysetId, OpenedKeyset](entries, settings.cache_life_s, timer)
        self._refreshed: cachetools.TTLCache = cachetools.TTLCache(
            entries, settings.refresh_after_s, timer
        )
        self._newest: cachetools.LRUCache = cachetools.LRUCache(entries * _REMEMBERED)
        self._lock = threading.Lock()

    def get(self, keyset_id: KeysetId) -> OpenedKeyset:
        """The keyset; never makes one.

        Raises:
          KeysetMissingError, KeysetErasedError: there is none.
          OpenRefusedError: what is there is not what we wrote.
          KeyServiceError, KeysetStoreUnavailableError: it cannot be read now.
        """
        return self._cache.get(keyset_id, lambda: self._load(keyset_id))

    def at_hand(self, keyset_id: KeysetId) -> OpenedKeyset | None:
        """The keyset, if this worker has it: asks nobody, so never waits."""
        return self._cache.peek(keyset_id)

    def get_or_create(self, keyset_id: KeysetId) -> OpenedKeyset:
        """The keyset, made if there never was one: for what writes. Raises as `get` does."""
        while True:
            try:
                return self._cache.get(keyset_id, lambda: self._load_or_create(keyset_id))
            except KeysetMissingError:
                continue  # from another thread's `get`, which this one waited for

    def refresh(self, keyset_id: KeysetId) -> OpenedKeyset:
        """The keyset with the keys that others added, looked for at most every so often."""
        opened = self.get(keyset_id)
        with self._lock:
            if keyset_id in self._refreshed:
                return opened
            self._refreshed[keyset_id] = True
        try:
            stored = self._store.read(keyset_id)
        except KeysetErasedError:
            self._cache.forget(keyset_id)
            raise
        if stored is not None and stored.generation == opened.generation:
            return opened
        self._cache.forget(keyset_id)
        if stored is None:
            raise KeysetMissingError
        return self._cache.get(keyset_id, lambda: self._unwrap(keyset_id, stored))

    def rotate(self, keyset_id: KeysetId) -> OpenedKeyset:
        """Adds a key that seals from now on; what the others sealed still opens.

        Other workers seal with the key they know until their cache runs out.
        """
        return self._change(keyset_id, lambda old: with_new_primary(self._use.kind, old))

    def rewrap(self, keyset_id: KeysetId) -> OpenedKeyset:
        """Wraps the same keys with the primary version of the KMS key."""
        return self._change(keyset_id, lambda old: old)

    def forget(self, keyset_id: KeysetId) -> None:
        """Drops the keyset from this worker's memory."""
        self._cache.forget(keyset_id)

    def _load(self, keyset_id: KeysetId) -> OpenedKeyset:
        stored = self._store.read(keyset_id)
        if stored is None:
            raise KeysetMissingError
        return self._unwrap(keyset_id, stored)

    def _load_or_create(self, keyset_id: KeysetId) -> OpenedKeyset:
        for _ in range(_ATTEMPTS):
            stored = self._store.read(keyset_id)
            if stored is not None:
                return self._unwrap(keyset_id, stored)
            serialized = new_keyset(self._use.kind)
            if self._store.create(keyset_id, self._wrap(keyset_id, serialized, 1)):
                _LOG.info("made a keyset for a holder of tenant %s", keyset_id.tenant)
                return self._opened(keyset_id, serialized, 1)
        raise KeysetConflictError

    def _change(self, keyset_id: KeysetId, change: Callable[[bytes], bytes]) -> OpenedKeyset:
        for _ in range(_ATTEMPTS):
            old = self._store.read(keyset_id)
            if old is None:
                raise KeysetMissingError
            serialized = change(self._unwrapped(keyset_id, old))
            new = self._wrap(keyset_id, serialized, old.generation + 1)
            if self._store.replace(keyset_id, old, new):
                opened = self._opened(keyset_id, serialized, new.generation)
                self._cache.put(keyset_id, opened)
                return opened
        raise KeysetConflictError

    def _wrap(self, keyset_id: KeysetId, serialized: bytes, generation: int) -> StoredKeyset:
        bound_to = self._use.associated_data(keyset_id, generation)
        key_name = self._use.key_name(keyset_id.tenant)
        wrapped = self._key_service.wrap(key_name, serialized, bound_to)
        return StoredKeyset(wrapped.ciphertext, generation, wrapped.version)

    def _unwrapped(self, keyset_id: KeysetId, stored: StoredKeyset) -> bytes:
        with self._lock:
            if stored.generation < self._newest.get(keyset_id, 1):
                raise OpenRefusedError  # the store was set back to a generation we saw replaced
        bound_to = self._use.associated_data(keyset_id, stored.generation)
        key_name = self._use.key_name(keyset_id.tenant)
        return self._key_service.unwrap(key_name, stored.wrapped, bound_to)

    def _unwrap(self, keyset_id: KeysetId, stored: StoredKeyset) -> OpenedKeyset:
        serialized = self._unwrapped(keyset_id, stored)
        return self._opened(keyset_id, serialized, stored.generation)

    def _opened(self, keyset_id: KeysetId, serialized: bytes, generation: int) -> OpenedKeyset:
        opened = open_keyset(self._use.kind, serialized, generation)
        with self._lock:
            self._newest[keyset_id] = max(generation, self._newest.get(keyset_id, 1))
        return opened
