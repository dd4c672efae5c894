"""Followers that a worker process keeps between packets."""

from __future__ import annotations

import collections
import threading
from typing import Generic, TypeVar

F = TypeVar("F")


class FollowerCache(Generic[F]):
    """Bounded by bytes, the least recently used goes first; safe between threads.

    A follower is taken out while it works: what fails on the way leaves none behind that has
    done half of it. It counts only for whoever names the history that it has.
    """

    def __init__(self, most_bytes: int):
        self._most = most_bytes
        self._entries: collections.OrderedDict[str, tuple[bytes, F, int]]
        self._entries = collections.OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def take(self, key: str, chain: bytes) -> F | None:
        """The follower of a stream, if its history is this one; it is no longer here then."""
        with self._lock:
            found = self._entries.pop(key, None)
            if found is None:
                return None
            self._bytes -= found[2]
            return found[1] if found[0] == chain else None

    def put(self, key: str, chain: bytes, follower: F, n_bytes: int) -> None:
        """Keeps a follower of about so many bytes."""
        with self._lock:
            before = self._entries.pop(key, None)
            self._bytes += n_bytes - (before[2] if before else 0)
            self._entries[key] = chain, follower, n_bytes
            while self._bytes > self._most and self._entries:
                _, (_, _, size) = self._entries.popitem(last=False)
                self._bytes -= size
