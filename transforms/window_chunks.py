"""Windows in chunks that depend on the grid alone: one chunk becomes one file of each table."""

from __future__ import annotations

import dataclasses

import numpy as np

from transforms.engine import WindowBatch
from transforms.window_rows import WINDOWS_PER_S

CHANNEL_SECONDS = 6_000  # below 35 MB of features at 20 windows a second
MAX_CHUNK_S = 3_600


@dataclasses.dataclass(frozen=True)
class Chunk:
    """All windows of one span of the grid.

    Attributes:
      number: 0 for the span of the stream's first window.
      stop: the window after the span.
      batch: without `filtered`, which no table holds.
    """

    number: int
    stop: int
    batch: WindowBatch


def chunk_windows(n_channels: int) -> int:
    """Windows of a chunk: whole seconds, by a budget of bytes.

    It follows from the number of channels alone, so that a second run, whatever its blocks or
    its list of features, writes the same spans to the same files.
    """
    return WINDOWS_PER_S * min(MAX_CHUNK_S, max(1, CHANNEL_SECONDS // n_channels))


class WindowChunks:
    """Cuts what the engine returns at the edges of spans of so many windows."""

    def __init__(self, span_windows: int):
        self._span = span_windows
        self._held: list[WindowBatch] = []
        self._first: int | None = None  # the span of the stream's first window

    def add(self, batch: WindowBatch) -> list[Chunk]:
        """The chunks that are complete because a later window has come."""
        chunks = []
        spans = batch.index // self._span
        edges = np.flatnonzero(np.diff(spans)) + 1
        for low, high in zip([0, *edges], [*edges, len(batch)], strict=True):
            if low == high:
                continue
            if self._held and self._held[-1].index[-1] // self._span != spans[low]:
                chunks += self.finish()
            if self._first is None:
                self._first = int(spans[low])
            self._held.append(_rows(batch, int(low), int(high)))
        return chunks

    def finish(self) -> list[Chunk]:
        """The chunk that was under way, if any."""
        if not self._held:
            return []
        batch = WindowBatch.concatenate(self._held)
        self._held = []
        span = int(batch.index[0]) // self._span
        return [Chunk(span - (self._first or 0), (span + 1) * self._span, batch)]


def _rows(batch: WindowBatch, low: int, high: int) -> WindowBatch:
    per_window = (name for name in WindowBatch.ARRAYS if name != "filtered")
    return dataclasses.replace(
        batch,
        filtered=batch.filtered[:0],
        **{name: getattr(batch, name)[low:high] for name in per_window},
    )
