"""How long to stay away from a server that does not answer well."""

from __future__ import annotations

import dataclasses
import email.utils
import random

from devices.client.clocks import Clock
from devices.client.errors import ClientError

MAX_RETRY_AFTER_S = 3600.0
"""A longer one is taken for this: a slip in a header must not silence a fleet for a day."""


@dataclasses.dataclass(frozen=True)
class BackOff:
    """Exponential back-off with full jitter, and a circuit that opens.

    Full jitter (a random wait from 0 on) spreads a fleet that failed at one moment best. After
    `failures_to_open` in a row the server is left alone for `open_s`; then one small post asks
    whether it is back: a fleet's backlog must not be what knocks it over again.

    Args:
      base_s, max_s: the wait after failure n is drawn from 0 to `base_s * 2**(n - 1)`, at most
        `max_s`.

    Raises:
      ClientError: numbers that are not above 0.
    """

    base_s: float = 0.5
    max_s: float = 30.0
    failures_to_open: int = 5
    open_s: float = 60.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if not getattr(self, field.name) > 0:
                raise ClientError(field.name, getattr(self, field.name), "a number above 0")


class Patience:
    """What the failures so far ask for; of one thread."""

    def __init__(self, settings: BackOff, clock: Clock, chance: random.Random):
        self._settings, self._clock, self._chance = settings, clock, chance
        self.failures = 0
        self._until_s = float("-inf")

    @property
    def is_probing(self) -> bool:
        """Whether the circuit is open: the next call is a question whether the server is back."""
        return self.failures >= self._settings.failures_to_open

    def wait_s(self) -> float:
        """Seconds until the next call may be made."""
        return max(self._until_s - self._clock.monotonic_s(), 0.0)

    def succeeded(self) -> None:
        """The server has done what it was asked for."""
        self.failures = 0
        self._until_s = float("-inf")

    def failed(self, retry_after_s: float = 0.0) -> None:
        """There was no answer, or one that asks to come again.

        Args:
          retry_after_s: never earlier than that.
        """
        self.failures += 1
        self._stay_away(retry_after_s)

    def told_to_wait(self, retry_after_s: float) -> None:
        """The server is well and asks for fewer calls: no failure."""
        self._stay_away(retry_after_s)

    def _stay_away(self, at_least_s: float) -> None:
        settings = self._settings
        n_doublings = min(max(self.failures - 1, 0), 30)
        widest_s = min(settings.base_s * 2**n_doublings, settings.max_s)
        wait_s = at_least_s + self._chance.uniform(0, widest_s)
        if self.is_probing:
            wait_s = max(wait_s, settings.open_s * self._chance.uniform(0.9, 1.1))
        self._until_s = self._clock.monotonic_s() + wait_s


def retry_after_s(header: str | None, now_s: float) -> float:
    """Seconds of a `Retry-After`, which holds seconds or a date; 0 where it says nothing.

    >>> retry_after_s("7", now_s=0)
    7.0
    >>> retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", now_s=50)
    10.0
    """
    if not header:
        return 0.0
    text = header.strip()
    if text.isascii() and text.isdigit():
        found = float(text[:12])
    else:
        try:
            found = email.utils.parsedate_to_datetime(text).timestamp() - now_s
        except (ValueError, OverflowError):
            return 0.0
    return min(max(found, 0.0), MAX_RETRY_AFTER_S)
