"""Stored sessions read back: windows as the engine returned them, samples as they were recorded.

Reading never guesses: a cell that does not open under its own place, or does not hold what its
place says, is an error.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from google.cloud.bigtable.data import Cell, ReadRowsQuery, RowRange
from google.cloud.bigtable.data.row_filters import (
    CellsColumnLimitFilter,
    FamilyNameRegexFilter,
    RowFilterChain,
)

from schemas.archive import EpochPlace
from schemas.errors import CellError
from schemas.signal_cells import decode_signal_cell
from schemas.stream_descriptions import StreamDescription
from schemas.window_cells import WindowCell, decode_window_cell
from schemas.window_rows import (
    SIGNAL_FAMILY,
    STREAM_FAMILY,
    STREAMS,
    WINDOW_FAMILY,
    WINDOWS,
    parse_stream_row_key,
    revision_of,
    scan_range,
    session_range,
    window_of,
    windows_of,
)
from transforms.engine import StreamSpec, WindowBatch
from transforms.engine.grid import Grid
from transforms.rows_to_seal import cell_context
from transforms.sealed_store import SealedStore
from transforms.stored_windows import merge_cells

Float64 = npt.NDArray[np.float64]


class NothingStoredError(LookupError):
    """What was asked for is not in the store: what, and what would be."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


@dataclasses.dataclass(frozen=True)
class SessionOwner:
    """A session, and whose it is: as the registry or the table `sessions` say."""

    tenant: str
    subject: str = dataclasses.field(repr=False)
    session: str


@dataclasses.dataclass(frozen=True)
class StoredEpoch:
    """An epoch of a stream that can be read.

    Attributes:
      descriptions: revision to what it was computed as.
    """

    place: EpochPlace = dataclasses.field(repr=False)
    descriptions: Mapping[int, StreamDescription]

    @property
    def newest(self) -> StreamDescription:
        """As the highest revision describes it."""
        return self.descriptions[max(self.descriptions)]

    @property
    def spec(self) -> StreamSpec:
        """For an engine that shall compute the same windows again."""
        newest = self.newest
        return StreamSpec(
            signal=newest.signal,
            sampling_rate=Fraction(newest.rate_num, newest.rate_den),
            channels=newest.channels,
            start_ns=newest.start_ns,
            line_hz=newest.line_hz,
            adc_range=newest.adc_range,
            pairs=newest.pairs,
        )


@dataclasses.dataclass(frozen=True)
class StoredSignal:
    """Consecutive samples as they were recorded.

    Attributes:
      first_sample: place of the first row since the epoch began.
      start_ns: time of the first row.
      samples: (n_samples, n_channels) float64 in the unit of the engine; NaN where absent.
    """

    spec: StreamSpec
    first_sample: int
    start_ns: int
    samples: Float64


@dataclasses.dataclass(frozen=True)
class _FoundCell:
    first_window: int
    stop_window: int
    revision: int
    content: bytes = dataclasses.field(repr=False)


class SessionReader:
    """Reads with the rights of the store's credentials: without the key of a tenant, nothing."""

    def __init__(self, store: SealedStore):
        self._store = store

    def epochs(self, owner: SessionOwner) -> list[StoredEpoch]:
        """The session's streams and epochs, in the order of their names.

        Raises:
          NothingStoredError: the tenant has no such session.
          SealError: it has, and it is not this subject's, or not for us to read.
          CellError: what is stored is no description.
        """
        first, after = session_range(owner.tenant, owner.session)
        query = ReadRowsQuery(
            row_ranges=RowRange(start_key=first, end_key=after),
            row_filter=FamilyNameRegexFilter(STREAM_FAMILY),
        )
        found = []
        for row in self._store.table(STREAMS).read_rows(query):
            stream, epoch = parse_stream_row_key(row.row_key)
            place = EpochPlace(owner.tenant, owner.session, stream, epoch, owner.subject)
            descriptions = {
                revision_of(cell.timestamp_micros): StreamDescription.from_bytes(
                    self._open(place, row.row_key, cell)
                )
                for cell in row
            }
            found.append(StoredEpoch(place, descriptions))
        if not found:
            expected = f"a session of tenant {owner.tenant} with stored streams"
            raise NothingStoredError("session", owner.session, expected)
        return found

    def read_windows(self, epoch: StoredEpoch, start_ns: int, end_ns: int) -> WindowBatch:
        """The windows of [start_ns, end_ns), each once, from the highest revision that has it.

        Returns:
          As the engine returned them, oldest first, but `filtered`, which an engine makes again
          out of `read_signal`. Features that a revision did not have are NaN.

        Raises:
          SealError, CellError: a cell is not what was written there.
        """
        cells = [
            (found.revision, self._window_cell(found))
            for found in self._cells(epoch, WINDOW_FAMILY, start_ns, end_ns)
        ]
        first, stop = window_of(start_ns), window_of(end_ns - 1) + 1
        return merge_cells(epoch.descriptions, cells, first, stop)

    def read_signal(self, epoch: StoredEpoch, start_ns: int, end_ns: int) -> StoredSignal:
        """The samples of [start_ns, end_ns), from the first to the last that is stored.

        Raises:
          NothingStoredError: there are none.
          SealError, CellError: a cell is not what was written there.
        """
        spec = epoch.spec
        grid = Grid(spec.start_ns, spec.sampling_rate)
        first, stop = (_first_sample_at(spec, time_ns) for time_ns in (start_ns, end_ns))
        pieces = []
        found = self._cells(epoch, SIGNAL_FAMILY, start_ns, end_ns)
        for cell in sorted(found, key=lambda cell: cell.revision):
            piece = decode_signal_cell(cell.content)
            end = piece.first_sample + len(piece.samples)
            inside = grid.window_of(end - 1) < cell.stop_window
            if grid.window_of(piece.first_sample) < cell.first_window or not inside:
                raise CellError("samples", piece.first_sample, "those of the cell's place")
            if piece.samples.shape[1] != spec.n_channels:
                raise CellError("channels", piece.samples.shape[1], f"{spec.n_channels}")
            if piece.first_sample < stop and end > first:
                pieces.append(piece)
        if not pieces:
            expected = "a time in which samples are stored"
            raise NothingStoredError("start_ns", start_ns, expected)
        low = max(first, min(piece.first_sample for piece in pieces))
        high = min(stop, max(piece.first_sample + len(piece.samples) for piece in pieces))
        samples = np.full((high - low, spec.n_channels), np.nan)
        for piece in pieces:  # the highest revision last
            begin = max(low, piece.first_sample)
            end = min(high, piece.first_sample + len(piece.samples))
            place = slice(begin - piece.first_sample, end - piece.first_sample)
            samples[begin - low : end - low] = piece.samples[place]
        return StoredSignal(spec, low, grid.time_ns(low), samples)

    def _cells(
        self, epoch: StoredEpoch, family: str, start_ns: int, end_ns: int
    ) -> Iterator[_FoundCell]:
        """The opened cells that may hold windows of [start_ns, end_ns): one contiguous scan."""
        buckets = {each.windows_per_bucket for each in epoch.descriptions.values()}
        ranges = [scan_range(epoch.place, start_ns, end_ns, bucket) for bucket in buckets]
        query = ReadRowsQuery(
            row_ranges=RowRange(
                start_key=min(first for first, _ in ranges),
                end_key=max(last for _, last in ranges),
                end_is_inclusive=True,
            ),
            row_filter=RowFilterChain(
                filters=[FamilyNameRegexFilter(family), CellsColumnLimitFilter(1)]
            ),
        )
        first, stop = window_of(start_ns), window_of(end_ns - 1) + 1
        for row in self._store.table(WINDOWS).read_rows_stream(query):
            for cell in row:
                revision = revision_of(cell.timestamp_micros)
                described = epoch.descriptions.get(revision)
                if described is None:
                    raise CellError("revision", revision, "one that the epoch's description has")
                bucket = described.windows_per_bucket
                begins, ends = windows_of(row.row_key, cell.qualifier, bucket)
                if begins < stop and ends > first:
                    content = self._open(epoch.place, row.row_key, cell)
                    yield _FoundCell(begins, ends, revision, content)

    def _window_cell(self, found: _FoundCell) -> WindowCell:
        cell = decode_window_cell(found.content)
        windows = int(cell.index[0]), int(cell.index[-1]) + 1
        if windows != (found.first_window, found.stop_window):
            raise CellError("windows", windows, "those of the cell's place")
        return cell

    def _open(self, place: EpochPlace, row_key: bytes, cell: Cell) -> bytes:
        family, column = cell.family, cell.qualifier
        context = cell_context(place, row_key, family, column, cell.timestamp_micros)
        return self._store.vault.opener.open(cell.value, context)


def _first_sample_at(spec: StreamSpec, time_ns: int) -> int:
    """The first sample at or after a time; exact."""
    rate = spec.sampling_rate
    return -((spec.start_ns - time_ns) * rate.numerator // (rate.denominator * 10**9))
