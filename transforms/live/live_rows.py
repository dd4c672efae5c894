"""Finished windows to cells for Bigtable, as soon as a packet has finished them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.float_grid import FloatGrid, find_grid
from schemas.window_cells import MAX_WINDOWS
from schemas.window_rows import (
    SIGNAL_FAMILY,
    WINDOW_FAMILY,
    WINDOWS,
    cell_time_us,
    qualifier,
    row_key,
)
from transforms.engine import StreamSpec, WindowBatch
from transforms.engine.grid import Grid
from transforms.epoch_rows import (
    description_row,
    place_of,
    signal_content,
    window_content,
    windows_per_bucket,
)
from transforms.live.state_bytes import StateError
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import PlainCell, RowToSeal, StageTimes
from transforms.sample_buffer import SampleBuffer

Float64 = npt.NDArray[np.float64]


class LiveRows:
    """Cells of the windows and the samples of each batch, none longer than a second.

    Their places depend on the packets, unlike those of `EpochRows`; what readers put together
    from them does not.

    Args:
      steps: of the numbers, where the packets' format says them; None: found in the first batch.
    """

    def __init__(self, spec: StreamSpec, identity: RowIdentity, steps: FloatGrid | None):
        self._spec, self._identity, self._steps = spec, identity, steps
        self._place = place_of(identity)
        self._time_us = cell_time_us(identity.revision)
        self._bucket = windows_per_bucket(spec)
        self._grid = Grid(spec.start_ns, spec.sampling_rate)
        self._samples = SampleBuffer(spec.n_channels)
        self._described = False

    def keep(self, first_sample: int, rows: Float64) -> None:
        """Samples of which windows will be made, in time order."""
        self._samples.add(first_sample, rows)

    def add(self, batch: WindowBatch, times: StageTimes) -> Iterator[RowToSeal]:
        """The rows of the windows; the epoch's description comes before the first."""
        if len(batch) == 0:
            return
        if not self._described:
            self._described = True
            yield description_row(self._spec, self._identity, self._place, batch)
        cells: dict[int, list[PlainCell]] = {}
        for low, high in itertools.pairwise(self._edges(batch)):
            bucket = int(batch.index[low]) // self._bucket
            cells.setdefault(bucket, []).extend(self._cells(batch, low, high))
        revision = self._identity.revision
        times = StageTimes(
            *(times.device_ns, times.received_ns, times.published_ns, times.windowed_ns),
            newest_window=int(batch.index[-1]),
            parameter_version=str(self._identity.parameter_version),
            traceparent=times.traceparent,
        )
        for bucket, some in cells.items():
            key = row_key(self._place, bucket * self._bucket, self._bucket)
            yield RowToSeal(
                *(WINDOWS, key, self._time_us, tuple(some), self._place, revision), times=times
            )

    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """For a snapshot."""
        blocks = self._samples.blocks
        rows = [samples for _, samples in blocks] or [np.empty((0, self._spec.n_channels))]
        arrays = {"samples": np.concatenate(rows)}
        if self._steps is not None:
            arrays |= {"step": self._steps.step, "origin": self._steps.origin}
        places = [[first, len(samples)] for first, samples in blocks]
        return {"described": self._described, "blocks": places}, arrays

    def restore(self, fields: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Undoes `fields`."""
        self._described = bool(fields["described"])
        if "step" in arrays:
            self._steps = FloatGrid(arrays["step"], arrays["origin"])
        start, samples = 0, arrays["samples"]
        if samples.shape[1] != self._spec.n_channels:
            raise StateError("samples", samples.shape, f"{self._spec.n_channels} channels")
        for first, n_rows in fields["blocks"]:
            self._samples.add(first, samples[start : start + n_rows])
            start += n_rows

    def _edges(self, batch: WindowBatch) -> list[int]:
        """Where cells begin and end: at buckets, and so that none spans more than a second."""
        if batch.index[-1] - batch.index[0] < MAX_WINDOWS and (
            batch.index[0] // self._bucket == batch.index[-1] // self._bucket
        ):
            return [0, len(batch)]
        edges, first = [0], int(batch.index[0])
        for at, window in enumerate(batch.index.tolist()):
            if window - first >= MAX_WINDOWS or window // self._bucket != first // self._bucket:
                edges.append(at)
                first = window
        return [*edges, len(batch)]

    def _cells(self, batch: WindowBatch, low: int, high: int) -> Iterator[PlainCell]:
        first, last = int(batch.index[low]), int(batch.index[high - 1])
        column = qualifier(first, last, self._bucket)
        yield PlainCell(WINDOW_FAMILY, column, window_content(batch, low, high))
        start, stop = self._grid.first_sample(first), self._grid.first_sample(last + 1)
        samples = self._samples.take(max(0, start), stop)
        if self._steps is None:
            self._steps = find_grid(samples)
        content = signal_content(max(0, start), samples, self._steps)
        yield PlainCell(SIGNAL_FAMILY, column, content)
