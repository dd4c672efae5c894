"""A stream cut into stretches of a few seconds, raw and filtered side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import WindowBatch
from transforms.report.timeline import Timeline

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]


class Stretch:
    """One stretch while it fills: rows on the sample grid, windows on theirs.

    Attributes:
      number: its first window is `number * n_windows` of the stream.
      edges: (n_windows + 1,) samples at which its windows begin, and its end.
      present: (rows,) whether any channel of the stream is present.
      raw, filtered: (rows, c) float32, NaN where absent.
      flags: (n_windows, c) uint32, bits of `Flag`; 0 where there is no window.
      n_events: whatever is counted for it.
    """

    def __init__(self, number: int, timeline: Timeline, n_windows: int, n_channels: int):
        self.number = number
        self.edges = timeline.first_samples(number * n_windows, n_windows + 1).clip(min=0)
        self.first, self.end = int(self.edges[0]), int(self.edges[-1])
        rows = self.end - self.first
        self.present = np.zeros(rows, bool)
        self.raw = np.full((rows, n_channels), np.nan, np.float32)
        self.filtered = np.full((rows, n_channels), np.nan, np.float32)
        self.flags = np.zeros((n_windows, n_channels), np.uint32)
        self.n_events = 0
        self._n_filtered = 0

    def take_samples(self, first_sample: int, samples: Array, present: Bools) -> None:
        """Takes rows that lie in it."""
        rows = slice(first_sample - self.first, first_sample - self.first + len(samples))
        self.raw[rows] = samples
        self.present[rows] = present

    def take_filtered(self, rows: Array) -> None:
        """Rows of `filtered` belong to the samples present, in their order."""
        at = np.flatnonzero(self.present)[self._n_filtered : self._n_filtered + len(rows)]
        self.filtered[at] = rows[: len(at)]
        self._n_filtered += len(rows)


class Stretches:
    """Fills stretch after stretch; two at most outlive a push, since one has a window left.

    Args:
      timeline: of the stream.
      n_windows: length of a stretch.
      channels: positions of the channels kept.
      every: stretches are kept whose number is a multiple of what this returns for it.
    """

    def __init__(
        self,
        timeline: Timeline,
        n_windows: int,
        channels: tuple[int, ...],
        every: Callable[[int], int] | None = None,
    ):
        self._timeline, self.n_windows = timeline, n_windows
        self._every = every
        self._channels = list(channels)
        self.filling: dict[int, Stretch] = {}

    def take_samples(self, first_sample: int, samples: Array, present: Bools) -> None:
        """Takes new samples: (n, c) of the channels kept, and (n,) whether any is present."""
        at, end = first_sample, first_sample + len(samples)
        while at < end:
            number = self._timeline.stretch_of(at, self.n_windows)
            cut = min(self._timeline.first_sample(number + 1, self.n_windows), end)
            stretch = self._stretch(number)
            if stretch is not None:
                rows = slice(at - first_sample, cut - first_sample)
                stretch.take_samples(at, samples[rows], present[rows])
            at = cut

    def take_windows(
        self, windows: Int64, batch: WindowBatch, filtered: Array, events: Int64
    ) -> Iterator[Stretch]:
        """Takes finished windows; yields the stretches to which no window can come any more.

        Args:
          windows: (w,) counted from the stream's first, w > 0.
          batch: the same windows.
          filtered: (rows, c) of the channels kept.
          events: (w,) added up in `n_events`.
        """
        rows = np.concatenate(([0], np.cumsum(batch.n_samples)))
        flags = batch.flags[:, self._channels]
        numbers = windows // self.n_windows
        firsts = np.flatnonzero(np.diff(numbers, prepend=-1)).tolist()
        for first, last in zip(firsts, [*firsts[1:], len(windows)], strict=True):
            number = int(numbers[first])
            yield from self._passed(number)
            stretch = self._stretch(number)
            if stretch is None:
                continue
            stretch.n_events += int(events[first:last].sum())
            stretch.flags[windows[first:last] - number * self.n_windows] = flags[first:last]
            stretch.take_filtered(filtered[rows[first] : rows[last]])
            if windows[last - 1] == (number + 1) * self.n_windows - 1:
                yield self.filling.pop(number)

    def _stretch(self, number: int) -> Stretch | None:
        if self._every is not None and number % self._every(number):
            return None
        if number not in self.filling:
            self.filling[number] = Stretch(
                number, self._timeline, self.n_windows, len(self._channels)
            )
        return self.filling[number]

    def _passed(self, number: int) -> Iterator[Stretch]:
        # Windows come in order, so stretches before this one are complete.
        for done in [key for key in self.filling if key < number]:
            yield self.filling.pop(done)
