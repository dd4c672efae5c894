"""What others know, kept for a while: asked in threads, one question a key, renewed ahead."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_RENEWED_AFTER = (
    0.5  # of its life: then whoever asks still gets the old answer, and a new is sought
)


class Lookups(Generic[K, V]):
    """A cache in front of a call that blocks. For one event loop.

    However many ask, one call a key is under way; an answer that is used is renewed before its
    life ends, so that a used key is waited for once. What a call raises is raised in all who wait
    for it and is not kept; a `LookupError` also takes the old answer away, and is raised for
    `absent_s` without asking: who makes keys up must not keep those busy who are asked.

    Args:
      load: blocks; raises `LookupError` where there is nothing.
      threads: in which it is called.
      life_s: no answer is used longer than this after the question was asked.
      absent_s: so long after an answer that there is nothing, nobody is asked again.
      entries: at most as many are kept; the least recently used goes first.
      most_asked: keys that are asked for at a time; `get` of one more raises TimeoutError.
      wait_s: after which `get` raises TimeoutError; the call goes on for others.
      timer: monotonic seconds.
    """

    def __init__(
        self,
        load: Callable[[K], V],
        threads: concurrent.futures.Executor,
        *,
        life_s: float,
        absent_s: float = 0.0,
        entries: int = 10_000,
        most_asked: int = 1_000,
        wait_s: float = 5.0,
        timer: Callable[[], float] = time.monotonic,
    ):
        self._load, self._threads, self._timer = load, threads, timer
        self._life_s, self._most, self._wait_s = life_s, entries, wait_s
        self._absent_s, self._most_asked = absent_s, most_asked
        self._absent: collections.OrderedDict[K, float] = collections.OrderedDict()
        self._entries: collections.OrderedDict[K, tuple[float, V]] = collections.OrderedDict()
        self._under_way: dict[K, asyncio.Future[V]] = {}

    def at_hand(self, key: K) -> V | None:
        """The answer, if it is here and may be used."""
        found = self._entries.get(key)
        if found is None:
            return None
        age_s = self._timer() - found[0]
        if age_s >= self._life_s:
            return None
        self._entries.move_to_end(key)
        if age_s >= self._life_s * _RENEWED_AFTER:
            self._ask(key)
        return found[1]

    async def get(self, key: K) -> V:
        """The answer, waited for if need be.

        Raises:
          TimeoutError: it did not come in time, or too many are asked for.
        """
        found = self.at_hand(key)
        if found is not None:
            return found
        if self._timer() < self._absent.get(key, 0.0):
            raise LookupError(key)
        if key not in self._under_way and len(self._under_way) >= self._most_asked:
            raise TimeoutError
        return await asyncio.wait_for(asyncio.shield(self._ask(key)), self._wait_s)

    def _ask(self, key: K) -> asyncio.Future[V]:
        if key in self._under_way:
            return self._under_way[key]
        asked_at = self._timer()
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._load, key)
        self._under_way[key] = future
        future.add_done_callback(lambda done: self._answered(key, asked_at, done))
        return future

    def _answered(self, key: K, asked_at: float, done: asyncio.Future[V]) -> None:
        del self._under_way[key]
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, LookupError):
            self._entries.pop(key, None)
            if self._absent_s:
                self._absent[key] = self._timer() + self._absent_s
                if len(self._absent) > self._most:
                    self._absent.popitem(last=False)
        if error is not None:
            return
        self._entries[key] = asked_at, done.result()
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
