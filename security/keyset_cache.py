"""Opened keysets in memory: a bounded number, for a bounded time, each loaded by one thread.

Not on cachetools.TTLCache: it is asked for every message, and a look-up there costs as much as
AES-GCM over 2 KB.
"""

from __future__ import annotations

import collections
import concurrent.futures
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from schemas.errors import SchemaError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class KeysetCache(Generic[K, V]):
    """A cache with a stampede guard: however many threads miss, one loads and the others wait.

    What `load` raises is raised in every thread that waited, and nothing is kept: the next call
    tries again.

    Args:
      entries: at most as many are kept; the least recently used goes first.
      life_s: an entry is used no longer than this after it was loaded, however often it is used.
      timer: monotonic seconds.
    """

    def __init__(
        self,
        entries: int = 1000,
        life_s: float = 3600.0,
        timer: Callable[[], float] = time.monotonic,
    ):
        if entries < 1:
            raise SchemaError("entries", entries, "at least 1")
        if not life_s > 0:
            raise SchemaError("life_s", life_s, "a number of seconds above 0")
        self._most, self._life_s, self._timer = entries, life_s, timer
        # Each with the time until which it may be used; the least recently used comes first.
        self._entries: collections.OrderedDict[K, tuple[float, V]] = collections.OrderedDict()
        self._loading: dict[K, concurrent.futures.Future[V]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def get(self, key: K, load: Callable[[], V]) -> V:
        """The entry, loaded if there is none or its life is over."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None and self._timer() < found[0]:
                self._entries.move_to_end(key)
                return found[1]
            self._expire()
            others = self._loading.get(key)
            if others is None:
                mine = self._loading[key] = concurrent.futures.Future()
        if others is not None:
            return others.result()
        try:
            value = load()
        except BaseException as error:
            with self._lock:
                self._end(key, mine)
            mine.set_exception(error)
            raise
        with self._lock:
            if self._end(key, mine):
                self._keep(key, value)
        mine.set_result(value)
        return value

    def peek(self, key: K) -> V | None:
        """The entry, if it is here and may be used: never loads, so never waits."""
        with self._lock:
            found = self._entries.get(key)
            if found is None or self._timer() >= found[0]:
                return None
            self._entries.move_to_end(key)
            return found[1]

    def put(self, key: K, value: V) -> None:
        """Keeps an entry, in the place of an older one."""
        with self._lock:
            self._keep(key, value)

    def forget(self, key: K) -> None:
        """Drops an entry, and what is being loaded for it now."""
        with self._lock:
            self._entries.pop(key, None)
            self._loading.pop(key, None)

    def _keep(self, key: K, value: V) -> None:
        self._entries[key] = self._timer() + self._life_s, value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def _expire(self) -> None:
        """Keys whose time is over leave memory, not only use. Seldom: it comes before a load."""
        now = self._timer()
        for key in [key for key, (ends, _) in self._entries.items() if ends <= now]:
            del self._entries[key]

    def _end(self, key: K, mine: concurrent.futures.Future[V]) -> bool:
        """Ends a load; whether its result is still wanted. The lock is held."""
        wanted = self._loading.get(key) is mine
        if wanted:
            del self._loading[key]
        return wanted
