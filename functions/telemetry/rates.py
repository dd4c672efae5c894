"""How much one device may post: a bucket of tokens each, in the memory of this instance."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable


class Rates:
    """Buckets that fill at a rate; a packet costs one token.

    They are this instance's alone: n instances together let n times as much through. The limit
    keeps one device from crowding out others here; it is no quota.

    Args:
      rate_per_s: tokens that a bucket gains.
      burst: tokens that it holds, and begins with.
      entries: devices remembered; the one unseen longest is forgotten first.
      timer: monotonic seconds.
    """

    def __init__(
        self,
        rate_per_s: float,
        burst: float,
        entries: int = 20_000,
        timer: Callable[[], float] = time.monotonic,
    ):
        self._rate_per_s, self._burst, self._most = rate_per_s, burst, entries
        self._timer = timer
        self._buckets: collections.OrderedDict[str, tuple[float, float]] = collections.OrderedDict()

    def take(self, device: str, count: int) -> float:
        """Takes tokens if there are so many.

        Returns:
          0; or the seconds after which there will be so many, and then none was taken.
        """
        now = self._timer()
        tokens, since = self._buckets.get(device, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate_per_s)
        wait_s = max(0.0, count - tokens) / self._rate_per_s
        self._buckets[device] = (tokens if wait_s else tokens - count), now
        self._buckets.move_to_end(device)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait_s
