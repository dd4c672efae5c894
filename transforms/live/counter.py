"""A device's counter of samples, counted on where it wraps."""

from __future__ import annotations

import bisect

from schemas.archive import unwrapped

_REMEMBERED = 64


class CounterUnwrapper:
    """Finds each packet's place by the packets around it.

    A narrow counter alone is ambiguous after a long loss, or where an old packet comes again; the
    packet's sequence says how many packets lie between it and one whose place is known.

    Attributes:
      known: (sequence, place, number of samples) of recent packets, by sequence.
    """

    def __init__(self, known: list[tuple[int, int, int]] | None = None):
        self.known = known or []

    def place(self, sequence: int, counter: int, counter_bits: int, n_samples: int) -> int:
        """The place of a packet's first sample since the epoch began."""
        if counter_bits == 0:
            return counter
        at = bisect.bisect_left(self.known, (sequence,))
        expected = max(0, self._expected(at, sequence, n_samples))
        place = unwrapped(counter, counter_bits, expected)
        if at == len(self.known) or self.known[at][0] != sequence:
            self.known.insert(at, (sequence, place, n_samples))
            del self.known[:-_REMEMBERED]
        return place

    def _expected(self, at: int, sequence: int, n_samples: int) -> int:
        if at < len(self.known) and self.known[at][0] == sequence:
            return self.known[at][1]
        if at > 0:
            before, place, n_before = self.known[at - 1]
            return place + n_before + (sequence - before - 1) * n_samples
        if self.known:
            after, place, _ = self.known[0]
            return place - (after - sequence) * n_samples
        return sequence * n_samples
