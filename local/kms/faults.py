"""Faults that a test asks for, and counts of what was called."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Callable

import grpc

from local.kms.refusals import KmsRefusal
from local.kms.resource_names import key_of


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to the calls that match.

    Args:
      status: answered instead of a response; None leaves the response alone.
      latency_s: waited before anything else.
      corrupts: flips a bit of the response's bytes, after their checksum was taken.
      method: the protocol's name, `Decrypt`; empty for all.
      name: of a ring, a key or a version: what is below it matches too; empty for all.
      calls: how many calls it lasts; None for no limit.
      seconds: how long it lasts from when it was added; None for no limit.
    """

    status: grpc.StatusCode | None = None
    latency_s: float = 0.0
    corrupts: bool = False
    method: str = ""
    name: str = ""
    calls: int | None = None
    seconds: float | None = None

    def matches(self, method: str, name: str) -> bool:
        """Whether a call is meant."""
        return self.method in ("", method) and f"{name}/".startswith(
            f"{self.name}/" * bool(self.name)
        )


@dataclasses.dataclass
class _Active:
    fault: Fault
    calls_left: float
    ends: float


class Faults:
    """The faults of a running key service, in the order they were added.

    Args:
      timer: seconds, for faults that last a time.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic):
        self._timer = timer
        self._lock = threading.Lock()
        self._active: list[_Active] = []

    def add(self, fault: Fault) -> None:
        """From the next call on."""
        calls = float("inf") if fault.calls is None else fault.calls
        seconds = float("inf") if fault.seconds is None else fault.seconds
        with self._lock:
            self._active.append(_Active(fault, calls, self._timer() + seconds))

    def clear(self) -> None:
        """As if none had been added."""
        with self._lock:
            self._active.clear()

    def take(self, method: str, name: str) -> list[Fault]:
        """The faults that meet this call; each counts it."""
        now = self._timer()
        with self._lock:
            self._active = [one for one in self._active if one.calls_left > 0 and now < one.ends]
            met = [one for one in self._active if one.fault.matches(method, name)]
            for one in met:
                one.calls_left -= 1
        return [one.fault for one in met]


def suffer(faults: list[Fault], method: str, name: str) -> bool:
    """Waits and refuses as the faults say; whether the response is to be corrupted."""
    time.sleep(sum(fault.latency_s for fault in faults))
    for fault in faults:
        if fault.status is not None:
            raise KmsRefusal(fault.status, f"{method} on {name}: an injected fault.")
    return any(fault.corrupts for fault in faults)


class Calls:
    """How often each method was called for each key, refused calls included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: collections.Counter[tuple[str, str]] = collections.Counter()

    def add(self, method: str, name: str) -> None:
        """Counts a call."""
        with self._lock:
            self._counts[method, key_of(name)] += 1

    def count(self, method: str = "", key: str = "") -> int:
        """Calls of a method, for a key; empty means all."""
        with self._lock:
            return sum(
                count
                for (called, name), count in self._counts.items()
                if method in ("", called) and key in ("", name)
            )

    def clear(self) -> None:
        """Counts from zero."""
        with self._lock:
            self._counts.clear()
