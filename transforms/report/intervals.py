"""Windows that follow each other become intervals; only the longest are kept."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

JOIN_WINDOWS = 4
"""Windows up to 4 apart are in one interval: breaks of less than 200 ms do not end a blink."""


@dataclasses.dataclass(frozen=True)
class Interval:
    """A stretch of time.

    Attributes:
      start: its first window or sample, counted from the stream's first.
      length: number of windows or samples.
      n_channels: the most channels concerned at once.
    """

    start: int
    length: int
    n_channels: int


@dataclasses.dataclass(frozen=True)
class Intervals:
    """How many intervals there were, how long they were together, and the longest of them."""

    count: int
    total_length: int
    longest: tuple[Interval, ...]

    def first_of_longest(self, limit: int) -> tuple[Interval, ...]:
        """The `limit` longest, in the order of time."""
        by_length = sorted(self.longest, key=_longer_then_earlier)
        return tuple(sorted(by_length[:limit], key=lambda interval: interval.start))


class Longest:
    """Counts intervals and keeps the `limit` longest; of equals, the earlier."""

    def __init__(self, limit: int):
        self._limit = limit
        self._kept: list[Interval] = []
        self._count, self._total_length = 0, 0

    def add(self, starts: Int64, lengths: Int64, n_channels: Int64) -> None:
        """Takes intervals as three arrays of (n,)."""
        self._count += len(starts)
        self._total_length += int(lengths.sum())
        # Only the longest of these can be kept: sorting first bounds the loop.
        order = np.lexsort((starts, -lengths))[: self._limit]
        columns = (starts[order], lengths[order], n_channels[order])
        self._kept += [Interval(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        self._kept.sort(key=_longer_then_earlier)
        del self._kept[self._limit :]

    def summary(self) -> Intervals:
        """What is known so far."""
        in_time = sorted(self._kept, key=lambda interval: interval.start)
        return Intervals(self._count, self._total_length, tuple(in_time))


class FlaggedRuns:
    """Joins the flagged windows of one kind to intervals, across any number of pushes."""

    def __init__(self, limit: int):
        self._closed = Longest(limit)
        self._open: Interval | None = None

    def add(self, windows: Int64, n_channels: Int64) -> None:
        """Takes flagged windows, ascending and later than all before, and how many channels."""
        if not len(windows):
            return
        if self._open is not None:  # told again by its two ends, so that it can be continued
            last = self._open.start + self._open.length - 1
            windows = np.concatenate(([self._open.start, last], windows))
            n_channels = np.concatenate(([self._open.n_channels] * 2, n_channels))
        apart = np.diff(windows) > JOIN_WINDOWS
        if self._open is not None:
            apart[0] = False
        starts = np.flatnonzero(np.concatenate(([True], apart)))
        ends = np.concatenate((starts[1:], [len(windows)])) - 1
        lengths = windows[ends] - windows[starts] + 1
        most = np.maximum.reduceat(n_channels, starts)
        self._closed.add(windows[starts[:-1]], lengths[:-1], most[:-1])
        self._open = Interval(int(windows[starts[-1]]), int(lengths[-1]), int(most[-1]))

    def summary(self) -> Intervals:
        """What is known so far, the interval that may still go on included."""
        if self._open is None:
            return self._closed.summary()
        closed = copy.deepcopy(self._closed)
        fields = dataclasses.astuple(self._open)
        closed.add(*(np.array([value], np.int64) for value in fields))
        return closed.summary()


def _longer_then_earlier(interval: Interval) -> tuple[int, int]:
    return -interval.length, interval.start
