"""Flags of single windows to intervals: how people speak of artifacts."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from transforms.engine import Flag, WindowBatch

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

FLAGS = tuple(Flag)
_BITS = tuple(int(flag) for flag in FLAGS)  # operators of enumerations cost more than the arrays


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


_NONE = Intervals(*[np.zeros(0, np.int64)] * 4)


class FlagIntervals:
    """Joins neighbouring windows that carry a flag; a window that is missing ends the interval.

    Attributes:
      flagged: (flags, n_channels) in the last window seen.
      start: (flags, n_channels) first window of the intervals still open.
      next_window: the one that would continue them; None before the first.
    """

    def __init__(
        self,
        n_channels: int,
        flagged: Bool | None = None,
        start: Int64 | None = None,
        next_window: int | None = None,
    ):
        shape = len(FLAGS), n_channels
        self.flagged = np.zeros(shape, bool) if flagged is None else flagged
        self.start = np.zeros(shape, np.int64) if start is None else start
        self.next_window = next_window

    def add(self, batch: WindowBatch) -> Intervals:
        """The intervals that ended, known by the windows of this batch, the next in time."""
        if len(batch) == 0:
            return _sorted([])
        if not (self.flagged.any() or batch.flags.any()):  # as most often
            self.next_window = int(batch.index[-1]) + 1
            return _sorted([])
        apart = np.diff(batch.index, prepend=batch.index[0]) != 1
        apart[0] = int(batch.index[0]) != self.next_window
        seen = int(np.bitwise_or.reduce(batch.flags, axis=None))
        is_open: Bool = np.any(self.flagged, axis=1)
        ended = []
        for place, bit in enumerate(_BITS):
            if seen & bit or is_open[place]:
                flagged = (batch.flags & np.uint32(bit)) != 0
                ended.append(self._add_flag(place, flagged, apart, batch.index))
        self.next_window = int(batch.index[-1]) + 1
        return _sorted(ended)

    def finish(self) -> Intervals:
        """The intervals still open when the stream ends."""
        place, channel = np.nonzero(self.flagged)
        self.flagged[:] = False
        stop = np.full(len(place), self.next_window or 0, np.int64)
        return _sorted([(place, channel, self.start[place, channel], stop)])

    def _add_flag(
        self, place: int, flagged: Bool, apart: Bool, index: Int64
    ) -> tuple[Int64, Int64, Int64, Int64]:
        before = np.concatenate([self.flagged[place][None], flagged[:-1]])
        begins = flagged & (~before | apart[:, None])
        ends = before & (~flagged | apart[:, None])
        # Channel by channel, and within a channel in time: then the n-th end is that of the
        # n-th begin, once the intervals that were open are put in front.
        begin_channel, begin_row = np.nonzero(begins.T)
        end_channel, end_row = np.nonzero(ends.T)
        was_open = np.flatnonzero(self.flagged[place])
        channel = np.concatenate([was_open, begin_channel])
        start = np.concatenate([self.start[place][was_open], index[begin_row]])
        order = np.argsort(channel, kind="stable")
        channel, start = channel[order], start[order]
        self.flagged[place] = flagged[-1]
        # A channel flagged in the last row keeps its last interval open.
        is_last = np.append(channel[1:] != channel[:-1], True)[: len(channel)]
        stays = is_last & flagged[-1][channel]
        self.start[place][channel[stays]] = start[stays]
        last_window = np.concatenate([[self.next_window or 0], index[:-1] + 1])
        kind = np.full(len(end_row), place, np.int64)
        return kind, end_channel, start[~stays], last_window[end_row]


def _sorted(parts: list[tuple[Int64, Int64, Int64, Int64]]) -> Intervals:
    if not parts:
        return _NONE
    flag, channel, start, stop = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((channel, flag, start))
    return Intervals(flag[order], channel[order], start[order], stop[order])
