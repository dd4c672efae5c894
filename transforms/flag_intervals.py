"""Flags of single windows to intervals: how people speak of artifacts."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from transforms.engine import Flag, WindowBatch

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

FLAGS = tuple(Flag)


@dataclasses.dataclass(frozen=True)
class Intervals:
    """`n` intervals, each of one flag on one channel, sorted by start, flag and channel.

    Attributes:
      flag: (n,) int64, place in `FLAGS`.
      channel: (n,) int64, place in the stream's channels.
      start: (n,) int64, first window.
      stop: (n,) int64, the window after the last.
    """

    flag: Int64
    channel: Int64
    start: Int64
    stop: Int64

    def __len__(self) -> int:
        return len(self.start)


class FlagIntervals:
    """Joins neighbouring windows that carry a flag; a window that is missing ends the interval."""

    def __init__(self, n_channels: int):
        self._flagged = np.zeros((len(FLAGS), n_channels), bool)  # in the last window seen
        self._start = np.zeros((len(FLAGS), n_channels), np.int64)  # of the intervals still open
        self._next: int | None = None  # the window that would continue them

    def add(self, batch: WindowBatch) -> Intervals:
        """The intervals that ended, known by the windows of this batch, the next in time."""
        if len(batch) == 0:
            return _sorted([])
        apart = np.diff(batch.index, prepend=batch.index[0]) != 1
        apart[0] = int(batch.index[0]) != self._next
        seen = np.bitwise_or.reduce(batch.flags, axis=None)
        ended = []
        for place, flag in enumerate(FLAGS):
            if seen & flag or self._flagged[place].any():
                flagged = (batch.flags & np.uint32(flag)) != 0
                ended.append(self._add_flag(place, flagged, apart, batch.index))
        self._next = int(batch.index[-1]) + 1
        return _sorted(ended)

    def finish(self) -> Intervals:
        """The intervals still open when the stream ends."""
        place, channel = np.nonzero(self._flagged)
        self._flagged[:] = False
        stop = np.full(len(place), self._next or 0, np.int64)
        return _sorted([(place, channel, self._start[place, channel], stop)])

    def _add_flag(
        self, place: int, flagged: Bool, apart: Bool, index: Int64
    ) -> tuple[Int64, Int64, Int64, Int64]:
        before = np.concatenate([self._flagged[place][None], flagged[:-1]])
        begins = flagged & (~before | apart[:, None])
        ends = before & (~flagged | apart[:, None])
        # Channel by channel, and within a channel in time: then the n-th end is that of the
        # n-th begin, once the intervals that were open are put in front.
        begin_channel, begin_row = np.nonzero(begins.T)
        end_channel, end_row = np.nonzero(ends.T)
        was_open = np.flatnonzero(self._flagged[place])
        channel = np.concatenate([was_open, begin_channel])
        start = np.concatenate([self._start[place][was_open], index[begin_row]])
        order = np.argsort(channel, kind="stable")
        channel, start = channel[order], start[order]
        self._flagged[place] = flagged[-1]
        # A channel flagged in the last row keeps its last interval open.
        is_last = np.append(channel[1:] != channel[:-1], True)[: len(channel)]
        stays = is_last & flagged[-1][channel]
        self._start[place][channel[stays]] = start[stays]
        last_window = np.concatenate([[self._next or 0], index[:-1] + 1])
        kind = np.full(len(end_row), place, np.int64)
        return kind, end_channel, start[~stays], last_window[end_row]


def _sorted(parts: list[tuple[Int64, Int64, Int64, Int64]]) -> Intervals:
    if not parts:
        empty = np.zeros(0, np.int64)
        return Intervals(empty, empty, empty, empty)
    flag, channel, start, stop = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((channel, flag, start))
    return Intervals(flag[order], channel[order], start[order], stop[order])
