"""One epoch of a stream to the rows of Bigtable, while it passes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from schemas.archive import EpochPlace
from schemas.float_grid import FloatGrid, find_grid
from schemas.signal_cells import SignalCell, encode_signal_cell
from schemas.stream_descriptions import StreamDescription
from schemas.window_cells import WindowCell, encode_window_cell
from schemas.window_rows import (
    SIGNAL_FAMILY,
    STREAM_FAMILY,
    STREAMS,
    WINDOW_FAMILY,
    WINDOWS,
    WINDOWS_PER_S,
    bucket_windows,
    cell_time_us,
    qualifier,
    row_key,
    stream_row_key,
)
from transforms.engine import StreamSpec, WindowBatch, profile_for
from transforms.engine.grid import Grid
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import PlainCell, RowToSeal
from transforms.sample_buffer import SampleBuffer
from transforms.window_chunks import WindowChunks

Float64 = npt.NDArray[np.float64]

_GRID_ROWS = 2_500  # of a bucket, in which the steps of its numbers are looked for


def windows_per_bucket(spec: StreamSpec) -> int:
    """Windows of each row of a stream; `SchemaError` for a stream that no row can hold."""
    return bucket_windows(spec.n_channels, spec.sampling_rate_hz, len(spec.pairs))


class EpochRows:
    """Takes blocks and the windows they finished; returns a row a bucket, in cells of a second.

    Rows depend on the windows and samples alone, not on the blocks: a second run writes the same
    cells. Their content is what went in, bit for bit.
    """

    def __init__(self, spec: StreamSpec, identity: RowIdentity, path: str):
        self._spec, self._identity, self._path = spec, identity, path
        self._bucket = windows_per_bucket(spec)
        self._chunks = WindowChunks(self._bucket)
        self._grid = Grid(spec.start_ns, spec.sampling_rate)
        self._samples = SampleBuffer(spec.n_channels)
        self._described = False
        self._place = place_of(identity)

    def add(self, first_sample: int, samples: Float64, batch: WindowBatch) -> Iterator[RowToSeal]:
        """The rows that a block completes; the epoch's description comes before the first.

        Args:
          first_sample: of the block, since the epoch began.
          samples: (n_samples, n_channels), as pushed.
          batch: the windows that the engine returned for it.
        """
        if not self._described:
            self._described = True
            yield description_row(self._spec, self._identity, self._place, batch, self._path)
        self._samples.add(first_sample, samples)
        for chunk in self._chunks.add(batch):
            yield self._row(chunk.batch)

    def finish(self) -> Iterator[RowToSeal]:
        """The row that was under way."""
        for chunk in self._chunks.finish():
            yield self._row(chunk.batch)

    def _row(self, batch: WindowBatch) -> RowToSeal:
        key = row_key(self._place, int(batch.index[0]), self._bucket)
        first = self._grid.first_sample(int(batch.index[0]))
        stop = self._grid.first_sample(int(batch.index[-1]) + 1)
        samples = self._samples.take(first, stop)
        steps = find_grid(samples[:: max(1, len(samples) // _GRID_ROWS)])
        seconds = batch.index // WINDOWS_PER_S
        edges = [0, *(np.flatnonzero(np.diff(seconds)) + 1).tolist(), len(batch)]
        cells = []
        for low, high in itertools.pairwise(edges):
            column = qualifier(int(batch.index[low]), int(batch.index[high - 1]), self._bucket)
            cells.append(PlainCell(WINDOW_FAMILY, column, window_content(batch, low, high)))
            start = self._grid.first_sample(int(batch.index[low]))
            end = self._grid.first_sample(int(batch.index[high - 1]) + 1)
            content = signal_content(start, samples[start - first : end - first], steps)
            cells.append(PlainCell(SIGNAL_FAMILY, column, content))
        return RowToSeal(WINDOWS, key, self._time_us, tuple(cells), *self._origin)

    @property
    def _time_us(self) -> int:
        return cell_time_us(self._identity.revision)

    @property
    def _origin(self) -> tuple[EpochPlace, int, str]:
        return self._place, self._identity.revision, self._path


def description_row(
    spec: StreamSpec, identity: RowIdentity, place: EpochPlace, batch: WindowBatch, path: str = ""
) -> RowToSeal:
    """The row that says what an epoch is; readers need it before any other.

    Args:
      batch: any of the engine's, for the names of its features.
    """
    described = StreamDescription(
        signal=spec.signal,
        rate_num=spec.sampling_rate.numerator,
        rate_den=spec.sampling_rate.denominator,
        channels=spec.channels,
        start_ns=spec.start_ns,
        line_hz=spec.line_hz,
        unit=profile_for(spec.signal).unit,
        adc_range=spec.adc_range,
        pairs=spec.pairs,
        windows_per_bucket=windows_per_bucket(spec),
        feature_names=batch.feature_names,
        pair_feature_names=batch.pair_feature_names,
        parameter_version=str(identity.parameter_version),
        code_version=identity.code_version,
    )
    column = f"{identity.revision:013d}".encode()
    cell = PlainCell(STREAM_FAMILY, column, described.to_bytes())
    time_us = cell_time_us(identity.revision)
    return RowToSeal(
        STREAMS, stream_row_key(place), time_us, (cell,), place, identity.revision, path
    )


def place_of(identity: RowIdentity) -> EpochPlace:
    """Where the rows of an epoch belong."""
    return EpochPlace(
        tenant=identity.tenant,
        session=str(identity.session),
        stream=str(identity.stream),
        epoch=int(identity.epoch or 0),
        subject=identity.subject,
    )


def window_content(batch: WindowBatch, low: int, high: int) -> bytes:
    """The content of a cell of the windows [low, high) of a batch."""
    cell = WindowCell(
        batch.index[low:high],
        batch.n_samples[low:high],
        batch.features[low:high],
        batch.pair_features[low:high],
        batch.flags[low:high],
        batch.quality[low:high],
    )
    return encode_window_cell(cell)


def signal_content(first: int, samples: Float64, steps: FloatGrid) -> bytes:
    """The content of a cell of samples, without the absent rows at its ends.

    Args:
      samples: (n_samples, n_channels) of windows, so that at least one row is present.
    """
    low, high = 0, len(samples)
    if np.isnan(samples[0, 0]) or np.isnan(samples[-1, 0]):  # else both ends are present
        present = np.flatnonzero(~np.isnan(samples).all(axis=1))
        low, high = int(present[0]), int(present[-1]) + 1
    return encode_signal_cell(SignalCell(first + low, samples[low:high]), steps)
