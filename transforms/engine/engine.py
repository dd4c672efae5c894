"""Blocks of samples in, finished windows out."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from transforms.engine import blocks, snapshots
from transforms.engine.errors import JumpError, SamplesError
from transforms.engine.layout import lay_out
from transforms.engine.spec import StreamSpec
from transforms.engine.state import Workspace, fresh_state
from transforms.engine.windows import Float64, Int64, WindowBatch

MAX_SAMPLE = 2**62


class SignalEngine:
    """Cuts one stream into 50 ms windows: filtered, flagged, with features and quality.

    The windows depend on the samples alone: not on how they were split into pushes, not on
    repeats, not on a snapshot and restore in between. Not thread-safe; one engine a stream.

    >>> import numpy as np
    >>> engine = SignalEngine(StreamSpec("eeg", 250, ("C3", "C4"), line_hz=50))
    >>> windows = engine.push(0, np.random.default_rng(1).normal(size=(1000, 2)))
    >>> len(windows), windows.features.shape
    (80, (80, 2, 16))
    """

    def __init__(self, spec: StreamSpec):
        self._layout = lay_out(spec)
        self._state = fresh_state(self._layout)
        self._work = Workspace(self._layout, self._state)
        self._finished = False

    @property
    def spec(self) -> StreamSpec:
        """The stream."""
        return self._layout.spec

    @property
    def parameter_version(self) -> str:
        """Of the profile in use; stands on every row."""
        return self._layout.profile.parameter_version

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The last axis of `WindowBatch.features`."""
        return self._layout.features.names

    @property
    def next_sample(self) -> int:
        """Number of the first sample that the engine has not seen."""
        return self._state.next_sample

    @property
    def repeated_samples(self) -> int:
        """Rows that were ignored because they had been seen before."""
        return self._state.repeated_samples

    def push(self, first_sample: SupportsIndex, samples: npt.ArrayLike) -> WindowBatch:
        """Takes the samples from `first_sample` on and returns the windows they complete.

        Args:
          first_sample: number of the first row since the epoch began, >= 0. Rows already seen are
            ignored and counted; rows missing in between are a gap.
          samples: (n, n_channels) integers or floats, in microvolt (g for acc). NaN is absent;
            infinities are absent too and flagged.

        Raises:
          SamplesError: wrong shape, type or number; the engine is as it was before.
          JumpError: more than an hour is missing; the engine is as it was before.
        """
        first, rows = self._checked(first_sample, samples)
        repeated = min(len(rows), max(0, self.next_sample - first))
        stretches = _stretches(first + repeated, rows[repeated:])
        self._refuse_jumps(stretches)
        self._state.repeated_samples += repeated
        batches = []
        for start, stretch in stretches:
            batches += self._continue_at(start)
            batches += self._take(stretch)
        return self._joined(batches)

    def finish(self) -> WindowBatch:
        """Ends the stream and returns its last, shorter window, if there is one."""
        self._finished = True
        state = self._state
        rows, state.pending = state.pending, state.pending[:0]
        if len(rows) == 0:
            return self._joined([])
        first = np.array([state.window_first, state.window_first + len(rows)], dtype=np.int64)
        batch = self._process(rows, np.array([state.window]), first, complete=False)
        state.window_first += len(rows)
        return self._joined([batch])

    def snapshot(self) -> bytes:
        """Everything that later windows depend on, versioned; see `restore`."""
        return snapshots.dump(self._layout, self._state, self._work, finished=self._finished)

    @classmethod
    def restore(cls, spec: StreamSpec, blob: bytes) -> SignalEngine:
        """The engine that took the snapshot.

        Raises:
          SnapshotError: damaged bytes, another version, another stream or other parameters.
        """
        engine = cls(spec)
        engine._state, engine._work, engine._finished = snapshots.load(engine._layout, blob)
        return engine

    def _checked(
        self, first_sample: SupportsIndex, samples: npt.ArrayLike
    ) -> tuple[int, np.ndarray]:
        if self._finished:
            raise SamplesError("push", "after finish", "a new engine for a new stream")
        try:
            first = operator.index(first_sample)
        except TypeError:
            raise SamplesError("first_sample", first_sample, "an integer") from None
        if isinstance(samples, np.ma.MaskedArray):
            raise SamplesError("samples", "a masked array", "NaN in place of what is masked")
        try:
            rows = np.asarray(samples)
        except ValueError:  # rows of different lengths
            raise SamplesError("samples", "rows of different lengths", "a rectangle") from None
        if not 0 <= first <= MAX_SAMPLE:
            raise SamplesError("first_sample", first, "0 to 2**62")
        if rows.ndim != 2 or rows.shape[1] != self.spec.n_channels:
            expected = f"(n, {self.spec.n_channels}): a row a sample, a column a channel"
            raise SamplesError("samples.shape", rows.shape, expected)
        if rows.dtype.kind not in "iuf":
            raise SamplesError("samples.dtype", str(rows.dtype), "integers or floats")
        return first, rows

    def _refuse_jumps(self, stretches: list[tuple[int, np.ndarray]]) -> None:
        expected = self.next_sample
        for start, rows in stretches:
            if start - expected > self._layout.largest_gap:
                right = f"at most {expected + self._layout.largest_gap}, an hour ahead"
                raise JumpError("first_sample", start, right)
            expected = start + len(rows)

    def _continue_at(self, start: int) -> list[WindowBatch]:
        """Opens the gap up to sample `start`, if there is one."""
        state, grid = self._state, self._layout.grid
        if start == state.next_sample:
            return []
        batches = []
        window = grid.window_of(start)
        if window != state.window:
            if len(state.pending):
                batches = self._take(self._absent(grid.first_sample(state.window + 1)))
            state.break_off()
            state.window = window
            state.window_first = max(0, grid.first_sample(window))
        state.pending = np.concatenate([state.pending, self._absent(start)])
        return batches

    def _absent(self, until: int) -> Float64:
        """Rows of NaN from the next sample to sample `until`."""
        return np.full((until - self._state.next_sample, self.spec.n_channels), np.nan)

    def _take(self, rows: np.ndarray) -> list[WindowBatch]:
        """Appends rows to the stream and works off the windows that they complete."""
        state, grid = self._state, self._layout.grid
        batches = []
        seen = state.next_sample + len(rows)
        while grid.first_sample(state.window + 1) <= seen:
            bounds = grid.first_samples(state.window, self._layout.block_windows + 1)
            bounds[0] = state.window_first
            bounds = bounds[: bounds.searchsorted(seen, side="right")]
            needed = int(bounds[-1]) - state.next_sample
            block = np.concatenate([state.pending, rows[:needed]], dtype=np.float64)
            rows = rows[needed:]
            numbers = np.arange(state.window, state.window + len(bounds) - 1, dtype=np.int64)
            state.pending = state.pending[:0]
            state.window += len(numbers)
            state.window_first = int(bounds[-1])
            if len(block):
                batches.append(self._process(block, numbers, bounds, complete=True))
        if len(rows):
            state.pending = np.concatenate([state.pending, rows], dtype=np.float64)
        return batches

    def _process(
        self, rows: Float64, numbers: Int64, bounds: Int64, *, complete: bool
    ) -> WindowBatch:
        return blocks.process(
            self._layout, self._state, self._work, rows, numbers, bounds, complete=complete
        )

    def _joined(self, batches: list[WindowBatch]) -> WindowBatch:
        return WindowBatch.concatenate(batches) if batches else blocks.no_windows(self._layout)


def _stretches(first: int, rows: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The rows cut at those that are all NaN: such a row is a missing row.

    Infinities are something seen, though absent, and do not cut.
    """
    if len(rows) == 0:
        return []
    if rows.dtype.kind != "f" or not np.isnan(rows[:, 0]).any():
        return [(first, rows)]
    seen = ~np.isnan(rows).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]).astype(np.int8)))
    return [(first + int(a), rows[a:b]) for a, b in edges.reshape(-1, 2)]
