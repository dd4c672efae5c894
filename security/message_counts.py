"""How many messages a key has sealed, over all workers: AES-GCM with random nonces has a limit.

After 2^32 messages under one key a repeated nonce is no longer negligible (NIST SP 800-38D, 8.3),
and one repetition gives the key's authentication away. Workers take numbers of messages in
advance, in portions that the store adds up, so that no restart and no other worker is forgotten.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import threading

from schemas.errors import SchemaError
from schemas.keyset_rows import KeysetId
from security.errors import MessageLimitError
from security.keyset_cache import KeysetCache
from security.keyset_store import KeysetStore

_LOG = logging.getLogger(__name__)

_GCM_LIMIT = 2**32


@dataclasses.dataclass(frozen=True)
class MessageSettings:
    """When a key is used up.

    Args:
      limit: messages under one key; nothing more is sealed with it.
      advised: from here on rotation is advised in the log.
      first_portion: messages that a worker takes at once; doubled each time, so that a worker
        that seals little wastes little and one that seals much asks seldom.
      largest_portion: to which it grows.
    """

    limit: int = 2**30
    advised: int = 2**29
    first_portion: int = 2**10
    largest_portion: int = 2**20

    def __post_init__(self) -> None:
        if not 0 < self.limit <= _GCM_LIMIT // 4:
            raise SchemaError("limit", self.limit, f"1 to {_GCM_LIMIT // 4}, far below 2^32")
        if not 0 < self.first_portion <= self.largest_portion:
            raise SchemaError("first_portion", self.first_portion, "1 to largest_portion")


class _Portion:
    __slots__ = ("left", "lock", "size")

    def __init__(self) -> None:
        self.left = self.size = 0
        self.lock = threading.Lock()


class MessageCounts:
    """What this worker may still seal under each key. Safe to share between threads."""

    def __init__(
        self, store: KeysetStore, settings: MessageSettings | None = None, entries: int = 1000
    ):
        self._store = store
        self._settings = settings or MessageSettings()
        self._portions = KeysetCache[tuple[KeysetId, int], _Portion](entries, life_s=math.inf)

    def take(self, keyset_id: KeysetId, key_id: int, count: int = 1) -> None:
        """Counts messages before they are sealed.

        Raises:
          MessageLimitError: the key is used up.
          KeysetStoreUnavailableError: it cannot be counted now.
        """
        portion = self._portions.get((keyset_id, key_id), _Portion)
        with portion.lock:
            if portion.left < count:
                self._renew(portion, keyset_id, key_id, count)
            portion.left -= count

    def take_at_hand(self, keyset_id: KeysetId, key_id: int, count: int = 1) -> bool:
        """As `take` if the store need not be asked; whether it counted. Never waits."""
        portion = self._portions.get((keyset_id, key_id), _Portion)
        if not portion.lock.acquire(blocking=False):
            return False  # another thread asks the store now
        try:
            if portion.left < count:
                return False
            portion.left -= count
            return True
        finally:
            portion.lock.release()

    def _renew(self, portion: _Portion, keyset_id: KeysetId, key_id: int, count: int) -> None:
        settings = self._settings
        size = min(max(2 * portion.size, settings.first_portion), settings.largest_portion)
        taken = max(size, count)
        total = self._store.count_messages(keyset_id, key_id, taken)
        if total > settings.limit:
            raise MessageLimitError
        if total > settings.advised:
            _LOG.warning(
                "a key of tenant %s may have sealed %d of %d messages: rotate its keyset",
                keyset_id.tenant,
                total,
                settings.limit,
            )
        portion.size = size
        portion.left += taken
