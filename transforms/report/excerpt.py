"""The stretch with the most artifacts, kept at full resolution while a recording streams by."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import StreamSpec, WindowBatch
from transforms.report.kinds import EVENTS
from transforms.report.timeline import WINDOWS_PER_S, Timeline

Array = npt.NDArray[Any]
Float32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]

EXCERPT_WINDOWS = 10 * WINDOWS_PER_S
MAX_ROWS = 6_000  # 10 s up to 600 Hz; shorter above, or the page would not stay small
MAX_CHANNELS = 6


@dataclasses.dataclass(frozen=True, eq=False)
class Excerpt:
    """A few seconds, sample by sample.

    Attributes:
      start_s: seconds since the first window's start.
      channels: (c,) positions in the stream's channels, those with most artifacts first.
      raw, filtered: (rows, c) float32, NaN where absent.
      flags: (w, c) uint32, bits of `Flag`.
      edges: (w + 1,) int64, the row at which each window begins, and the end of the last.
      n_events: windows times channels of the whole stream with a flag of `EVENTS`.
    """

    start_s: float
    channels: tuple[int, ...]
    raw: Float32
    filtered: Float32
    flags: UInt32
    edges: Int64
    n_events: int


class _Stretch:
    """One stretch while it fills: rows on the sample grid, windows on theirs."""

    def __init__(self, number: int, timeline: Timeline, n_windows: int, n_shown: int):
        self.number = number
        self.edges = timeline.first_samples(number * n_windows, n_windows + 1).clip(min=0)
        self.first, self.end = int(self.edges[0]), int(self.edges[-1])
        rows = self.end - self.first
        self.present = np.zeros(rows, bool)
        self.raw = np.full((rows, n_shown), np.nan, np.float32)
        self.filtered = np.full((rows, n_shown), np.nan, np.float32)
        self.flags = np.zeros((n_windows, n_shown), np.uint32)
        self.n_filtered, self.score = 0, 0

    def take_filtered(self, rows: Array) -> None:
        """Rows of `filtered` belong to the samples present, in their order."""
        at = np.flatnonzero(self.present)[self.n_filtered : self.n_filtered + len(rows)]
        self.filtered[at] = rows[: len(at)]
        self.n_filtered += len(rows)

    def excerpt(self, timeline: Timeline, shown: tuple[int, ...]) -> Excerpt:
        """What is kept of it: its busiest channels, up to its last sample."""
        rows = int(np.flatnonzero(self.present)[-1]) + 1
        windows = int(np.searchsorted(self.edges - self.first, rows))
        busy = (self.flags & np.uint32(EVENTS) != 0).sum(axis=0)
        best = np.argsort(-busy, kind="stable")[:MAX_CHANNELS]
        edges = np.minimum(self.edges[: windows + 1] - self.first, rows)
        return Excerpt(
            start_s=timeline.seconds_of(self.first),
            channels=tuple(shown[at] for at in best.tolist()),
            raw=self.raw[:rows, best],
            filtered=self.filtered[:rows, best],
            flags=self.flags[:windows, best],
            edges=edges.astype(np.int64),
            n_events=self.score,
        )


class ExcerptKeeper:
    """Watches stretch after stretch and remembers the one with the most artifacts.

    The first stretch is kept until one has more flagged windows of the kinds in `EVENTS`, counted
    over all channels of the stream.
    """

    def __init__(self, spec: StreamSpec, timeline: Timeline, shown: tuple[int, ...]):
        self._timeline, self._shown = timeline, shown
        rows_per_window = spec.sampling_rate_hz / WINDOWS_PER_S
        self._n_windows = max(1, min(EXCERPT_WINDOWS, int(MAX_ROWS / rows_per_window)))
        self._filling: dict[int, _Stretch] = {}  # two at most outlive a push: one has a window left
        self._best: _Stretch | None = None

    def take_samples(self, first_sample: int, samples: Array, present: Bools) -> None:
        """Takes samples of the channels drawn, (n, n_shown), and (n,) whether any channel is."""
        at, end = first_sample, first_sample + len(samples)
        while at < end:
            stretch = self._stretch(self._timeline.stretch_of(at, self._n_windows))
            cut = min(stretch.end, end)
            rows = slice(at - stretch.first, cut - stretch.first)
            stretch.raw[rows] = samples[at - first_sample : cut - first_sample]
            stretch.present[rows] = present[at - first_sample : cut - first_sample]
            at = cut

    def take_windows(self, windows: Int64, batch: WindowBatch, filtered: Array) -> None:
        """Takes finished windows.

        Args:
          windows: (w,) counted from the stream's first.
          batch: the same windows.
          filtered: (rows, n_shown) float32, its rows of the channels drawn.
        """
        rows = np.concatenate(([0], np.cumsum(batch.n_samples)))
        numbers = windows // self._n_windows
        events = (batch.flags & np.uint32(EVENTS) != 0).sum(axis=1)
        for number in np.unique(numbers).tolist():
            first, last = np.searchsorted(numbers, (number, number + 1)).tolist()
            stretch = self._stretch(number)
            stretch.score += int(events[first:last].sum())
            within = windows[first:last] - number * self._n_windows
            stretch.flags[within] = batch.flags[first:last][:, list(self._shown)]
            stretch.take_filtered(filtered[rows[first] : rows[last]])
            self._settle_before(number)

    def best(self) -> Excerpt | None:
        """The best so far; None before the first sample."""
        candidates = [s for s in (self._best, *self._filling.values()) if s and s.present.any()]
        if not candidates:
            return None
        best = min(candidates, key=lambda stretch: (-stretch.score, stretch.number))
        return best.excerpt(self._timeline, self._shown)

    def _stretch(self, number: int) -> _Stretch:
        if number not in self._filling:
            self._filling[number] = _Stretch(
                number, self._timeline, self._n_windows, len(self._shown)
            )
        return self._filling[number]

    def _settle_before(self, number: int) -> None:
        # Windows come in order, so stretches before this one are complete.
        for done in [key for key in self._filling if key < number]:
            stretch = self._filling.pop(done)
            if self._best is None or stretch.score > self._best.score:
                self._best = stretch
