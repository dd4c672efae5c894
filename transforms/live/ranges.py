"""Places that were passed over, remembered in bounded memory."""

from __future__ import annotations

import bisect

Range = tuple[int, int]


class Ranges:
    """Disjoint ranges [first, stop), in order; the oldest are joined where there are too many.

    What lies between two that were joined counts as passed over too: then a repetition of it is
    taken for a late packet, and stored twice rather than not at all.
    """

    def __init__(self, most: int = 256, ranges: list[Range] | None = None):
        self._most = most
        self.ranges: list[Range] = ranges or []

    def add(self, first: int, stop: int) -> None:
        """A range behind all others; joined with the last where they touch."""
        if self.ranges and self.ranges[-1][1] == first:
            first = self.ranges.pop()[0]
        self.ranges.append((first, stop))
        self._bound()

    def take(self, first: int, stop: int) -> int:
        """How many places of [first, stop) were passed over; they are from now on no longer."""
        if not self.ranges or first >= self.ranges[-1][1]:
            return 0
        begin = bisect.bisect_right(self.ranges, first, key=lambda one: one[1])
        taken, end, left = 0, begin, list[Range]()
        while end < len(self.ranges) and self.ranges[end][0] < stop:
            low, high = self.ranges[end]
            taken += min(high, stop) - max(low, first)
            left += [(low, first)] if low < first else []
            left += [(stop, high)] if stop < high else []
            end += 1
        self.ranges[begin:end] = left
        self._bound()
        return taken

    def _bound(self) -> None:
        if len(self.ranges) > self._most:  # by one: each call adds one at most
            (low, _), (_, high) = self.ranges[:2]
            self.ranges[:2] = [(low, high)]
