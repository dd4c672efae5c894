"""What became of every sample that the client was given, as counts."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable

from devices.client.places import Outcome, PacketPlace

Observer = Callable[[PacketPlace, Outcome, str], None]
"""Is told of each packet, what became of it, and the reason where it was refused."""


class Account:
    """Counts since the client was opened; may be told and asked by several threads.

    Args:
      observer: is told too, by the thread that works; it must not block.
    """

    def __init__(self, observer: Observer | None = None):
        self._observer = observer
        self._lock = threading.Lock()
        self._packets: collections.Counter[tuple[str, Outcome]] = collections.Counter()
        self._samples: collections.Counter[tuple[str, Outcome]] = collections.Counter()
        self._reasons: collections.Counter[str] = collections.Counter()

    def tell(self, place: PacketPlace, outcome: Outcome, reason: str = "") -> None:
        """Counts a packet."""
        with self._lock:
            self._packets[place.stream, outcome] += 1
            self._samples[place.stream, outcome] += place.n_samples
            if reason:
                self._reasons[reason] += 1
        if self._observer is not None:
            self._observer(place, outcome, reason)

    def packets(self, outcome: Outcome, stream: str | None = None) -> int:
        """Packets of one stream, or of all."""
        return self._total(self._packets, outcome, stream)

    def samples(self, outcome: Outcome, stream: str | None = None) -> int:
        """Samples of one stream, or of all."""
        return self._total(self._samples, outcome, stream)

    def reasons(self) -> dict[str, int]:
        """Why packets were refused or dropped, and how many."""
        with self._lock:
            return dict(self._reasons)

    def _total(
        self, counts: collections.Counter[tuple[str, Outcome]], outcome: Outcome, stream: str | None
    ) -> int:
        with self._lock:
            return sum(
                count
                for (name, which), count in counts.items()
                if which is outcome and stream in (None, name)
            )
