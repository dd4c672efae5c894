"""The stretch with the most artifacts, kept at full resolution while a recording streams by."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import StreamSpec, WindowBatch
from transforms.report.kinds import EVENTS
from transforms.report.stretches import Stretch, Stretches
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


class ExcerptKeeper:
    """Watches stretch after stretch and remembers the one with the most artifacts.

    The first stretch is kept until one has more flagged windows of the kinds in `EVENTS`, counted
    over all channels of the stream.
    """

    def __init__(self, spec: StreamSpec, timeline: Timeline, shown: tuple[int, ...]):
        self._timeline, self._shown = timeline, shown
        rows_per_window = spec.sampling_rate_hz / WINDOWS_PER_S
        n_windows = max(1, min(EXCERPT_WINDOWS, int(MAX_ROWS / rows_per_window)))
        self._stretches = Stretches(timeline, n_windows, shown)
        self._best: Stretch | None = None

    def take_samples(self, first_sample: int, samples: Array, present: Bools) -> None:
        """Takes samples of the channels drawn, (n, n_shown), and (n,) whether any channel is."""
        self._stretches.take_samples(first_sample, samples, present)

    def take_windows(self, windows: Int64, batch: WindowBatch, filtered: Array) -> None:
        """Takes finished windows.

        Args:
          windows: (w,) counted from the stream's first.
          batch: the same windows.
          filtered: (rows, n_shown) float32, its rows of the channels drawn.
        """
        events = (batch.flags & np.uint32(EVENTS) != 0).sum(axis=1)
        for stretch in self._stretches.take_windows(windows, batch, filtered, events):
            if self._best is None or stretch.n_events > self._best.n_events:
                self._best = stretch

    def best(self) -> Excerpt | None:
        """The best so far; None before the first sample."""
        seen = (self._best, *self._stretches.filling.values())
        candidates = [stretch for stretch in seen if stretch and stretch.present.any()]
        if not candidates:
            return None
        best = min(candidates, key=lambda stretch: (-stretch.n_events, stretch.number))
        return _excerpt(best, self._timeline, self._shown)


def _excerpt(stretch: Stretch, timeline: Timeline, shown: tuple[int, ...]) -> Excerpt:
    """What is kept of a stretch: its busiest channels, up to its last sample."""
    rows = int(np.flatnonzero(stretch.present)[-1]) + 1
    windows = int(np.searchsorted(stretch.edges - stretch.first, rows))
    busy = (stretch.flags & np.uint32(EVENTS) != 0).sum(axis=0)
    best = np.argsort(-busy, kind="stable")[:MAX_CHANNELS]
    edges = np.minimum(stretch.edges[: windows + 1] - stretch.first, rows)
    return Excerpt(
        start_s=timeline.seconds_of(stretch.first),
        channels=tuple(shown[at] for at in best.tolist()),
        raw=stretch.raw[:rows, best],
        filtered=stretch.filtered[:rows, best],
        flags=stretch.flags[:windows, best],
        edges=edges.astype(np.int64),
        n_events=stretch.n_events,
    )
