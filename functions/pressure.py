"""How much waits to be published, and how hard-pressed a function is thereby."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_PEAK_HALF_LIFE_S = 5.0
_FAILING = 0.5  # the least pressure while messages fail
_FAILING_S = 10.0  # a failure counts so long, unless a message is acknowledged before


class PublishPressure:
    """A gauge that every message moves: up when it is taken, down when it is answered.

    Safe between threads.

    Args:
      most_messages, most_bytes: that may wait.
      timer: monotonic seconds.
    """

    def __init__(
        self, most_messages: int, most_bytes: int, timer: Callable[[], float] = time.monotonic
    ):
        self._most_messages, self._most_bytes, self._timer = most_messages, most_bytes, timer
        self._lock = threading.Lock()
        self._messages = self._bytes = 0
        self._peak, self._peak_at = 0.0, timer()
        self._failed_at = -math.inf

    def take(self, n_bytes: int) -> None:
        """A message came to wait."""
        with self._lock:
            self._messages += 1
            self._bytes += n_bytes
            self._note_peak()

    def answered(self, n_bytes: int, *, acknowledged: bool) -> None:
        """A message waits no longer."""
        with self._lock:
            self._messages -= 1
            self._bytes -= n_bytes
            self._failed_at = -math.inf if acknowledged else self._timer()

    @property
    def now(self) -> float:
        """How full it was lately: 0 for empty, 1 for full.

        The peak counts, halved every few seconds, so that a moment's ease does not hide it.
        While messages fail it is at least a half.
        """
        with self._lock:
            self._note_peak()
            return max(self._peak, _FAILING) if self.is_failing else self._peak

    @property
    def is_failing(self) -> bool:
        """Whether a message failed lately and none was acknowledged since."""
        return self._timer() < self._failed_at + _FAILING_S

    @property
    def is_full(self) -> bool:
        """Whether nothing more may wait."""
        return self._messages >= self._most_messages or self._bytes >= self._most_bytes

    def _note_peak(self) -> None:
        now = self._timer()
        full = max(self._messages / self._most_messages, self._bytes / self._most_bytes)
        decayed = self._peak * 0.5 ** ((now - self._peak_at) / _PEAK_HALF_LIFE_S)
        self._peak, self._peak_at = max(full, decayed), now
