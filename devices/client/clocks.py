"""The device's clock, and how wrong the server finds it."""

from __future__ import annotations

import email.utils
import threading
import time
from typing import Protocol

CLEARLY_WRONG_S = 5.0
"""A `Date` header counts whole seconds, and the way takes some: below it a device's clock, set by
NTP or GPS, is the better one and is left alone."""

DATE_MIDDLE_S = 0.5
"""`Date` is rounded down: on average the server's clock shows that much more."""


class Clock(Protocol):
    """What tells the time; tests bring their own."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970; may step."""

    def monotonic_s(self) -> float:
        """Seconds since some moment; never steps."""


class SystemClock:
    """The machine's."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return time.time_ns()

    def monotonic_s(self) -> float:
        """Seconds since the machine started."""
        return time.monotonic()


class ServerTime:
    """The device's clock, set right by the server's where it is clearly wrong.

    Small computers have no clock that runs without power: they start in 1970, or where they were
    switched off. Their tokens would be refused, and their samples be of another day.
    """

    def __init__(self, clock: Clock):
        self._clock = clock
        self._lock = threading.Lock()
        self._offset_ns = 0

    @property
    def offset_s(self) -> float:
        """What is added to the device's clock; 0 unless that is clearly wrong."""
        return self._offset_ns / 1e9

    def now_ns(self) -> int:
        """Nanoseconds since 1970, as the server counts them."""
        return self._clock.now_ns() + self._offset_ns

    def monotonic_s(self) -> float:
        """The device's own, which needs no setting."""
        return self._clock.monotonic_s()

    def learn(self, date: str | None) -> None:
        """Compares the clock with the `Date` of an answer that has just come."""
        if not date:
            return
        try:
            shown_s = email.utils.parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        offset_s = shown_s + DATE_MIDDLE_S - self._clock.now_ns() / 1e9
        with self._lock:
            if abs(offset_s - self.offset_s) >= CLEARLY_WRONG_S:
                wrong = abs(offset_s) >= CLEARLY_WRONG_S
                self._offset_ns = round(offset_s * 1e9) if wrong else 0
