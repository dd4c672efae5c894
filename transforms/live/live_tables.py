"""Finished windows to rows of tables: seconds at once, the log and events in portions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.window_cells import decode_window_cell
from transforms.engine import WINDOW_NS, StreamSpec, WindowBatch
from transforms.epoch_rows import window_content
from transforms.event_rows import EventRows
from transforms.flag_intervals import FLAGS, FlagIntervals
from transforms.live.state_bytes import StateError
from transforms.recordings.gaps import GapFinder
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.second_rows import WINDOWS_PER_S, Part, roll_up
from transforms.window_rows import features_part

LOG_WINDOWS = 20 * WINDOWS_PER_S
"""Windows of the log that wait at most: an Arrow table a packet would cost more than the engine."""

_NO_TIMES = StageTimes()


def live_name(identity: RowIdentity, table: str, mark: int) -> str:
    """Of a part: the same rows have the same name, and are told from others by `mark`."""
    stream = f"{identity.stream}-e{identity.epoch:06d}-r{identity.revision}"
    return f"{identity.session}/{stream}-{table}-{mark}.parquet"


class LiveTables:
    """As `StreamTables`, in portions that do not wait for a file to fill.

    Attributes:
      n_windows: so far.
      n_flagged: channel windows with any flag.
    """

    def __init__(self, spec: StreamSpec, identity: RowIdentity):
        self._spec, self._identity = spec, identity
        self._intervals = FlagIntervals(spec.n_channels)
        self._gap_finder = GapFinder()
        self._events = EventRows()
        self._second: list[WindowBatch] = []  # of the second that is not complete
        self._log: list[WindowBatch] = []
        self._n_logged = 0
        self.n_windows = self.n_flagged = 0

    @property
    def n_samples(self) -> int:
        """Samples present so far."""
        return self._gap_finder.n_present

    @property
    def end_ns(self) -> int:
        """Time after the last sample present."""
        return sample_ns(self._spec.start_ns, self._gap_finder.end, self._spec.sampling_rate)

    def restarted(self, detail: str) -> None:
        """Says why this epoch began."""
        self._events.add_restart(self._spec.start_ns, detail)

    def keep(self, first_sample: int, rows: npt.NDArray[np.float64]) -> None:
        """Samples as they are pushed: finds the gaps in them."""
        gaps = self._gap_finder.add(first_sample, rows)
        if gaps:
            self._events.add_gaps(gaps, self._spec)

    def add(self, batch: WindowBatch, times: StageTimes) -> Iterator[Part]:
        """The parts that windows complete."""
        if len(batch) == 0:
            return
        self.n_windows += len(batch)
        self.n_flagged += int(np.count_nonzero(batch.flags))
        self._events.add_intervals(self._intervals.add(batch), self._spec)
        kept = _rows(batch, 0, len(batch))
        self._log.append(kept)
        self._n_logged += len(batch)
        yield from self._seconds(kept, times)
        if self._n_logged >= LOG_WINDOWS:
            yield from self.flush()

    def flush(self) -> Iterator[Part]:
        """What waits, but for the second that is not complete."""
        if self._log:
            batch = WindowBatch.concatenate(self._log)
            self._log, self._n_logged = [], 0
            name = live_name(self._identity, "features", int(batch.index[0]))
            yield features_part(batch, self._spec, self._identity, name)
        yield from self._event_part()

    def finish(self) -> Iterator[Part]:
        """Everything: the epoch has ended."""
        self._events.add_intervals(self._intervals.finish(), self._spec)
        second, self._second = self._second, []
        yield from self._seconds_part(second, _NO_TIMES)
        yield from self.flush()

    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """For a snapshot, after `flush`."""
        assert not self._log, "flush comes before a snapshot"
        gaps, intervals = self._gap_finder, self._intervals
        fields = {
            "n_windows": self.n_windows,
            "n_flagged": self.n_flagged,
            "gaps": [gaps.end, gaps.n_present],
            "next_window": intervals.next_window,
        }
        arrays: dict[str, Any] = {"flagged": intervals.flagged, "since": intervals.start}
        if self._second:
            batch = WindowBatch.concatenate(self._second)
            arrays["second"] = window_content(batch, 0, len(batch))
        return fields, arrays

    def restore(self, fields: dict[str, Any], arrays: dict[str, Any], like: WindowBatch) -> None:
        """Undoes `fields`.

        Args:
          like: a batch of the engine.
        """
        self.n_windows, self.n_flagged = int(fields["n_windows"]), int(fields["n_flagged"])
        self._gap_finder = GapFinder(*map(int, fields["gaps"]))
        shape = len(FLAGS), self._spec.n_channels
        if arrays["flagged"].shape != shape or arrays["since"].shape != shape:
            raise StateError("flagged", arrays["flagged"].shape, f"{shape}")
        flagged, since = arrays["flagged"].astype(bool), arrays["since"].astype(np.int64)
        next_window = fields["next_window"]
        self._intervals = FlagIntervals(self._spec.n_channels, flagged, since, next_window)
        if "second" in arrays:
            self._second = [_batch_of(arrays["second"], like)]

    def _seconds(self, batch: WindowBatch, times: StageTimes) -> Iterator[Part]:
        """A second is complete with its last window, or when a later one has come."""
        last = int(batch.index[-1])
        open_from = last // WINDOWS_PER_S * WINDOWS_PER_S
        if last + 1 == open_from + WINDOWS_PER_S:
            open_from = last + 1
        waits = int(np.searchsorted(batch.index, open_from))
        held_is_open = bool(self._second) and int(self._second[0].index[0]) >= open_from
        if waits == 0 and (held_is_open or not self._second):
            self._second.append(batch)
            return
        complete = [*self._second, _rows(batch, 0, waits)] if waits else self._second
        self._second = [_rows(batch, waits, len(batch))] if waits < len(batch) else []
        yield from self._seconds_part(complete, times)
        yield from self._event_part()

    def _seconds_part(self, batches: list[WindowBatch], times: StageTimes) -> Iterator[Part]:
        if batches:
            batch = WindowBatch.concatenate(batches)
            name = live_name(self._identity, "seconds", int(batch.index[0]))
            yield roll_up(batch, self._spec.channels, self._identity, name, times)

    def _event_part(self) -> Iterator[Part]:
        mark = self.n_windows
        part = self._events.part(self._identity, live_name(self._identity, "events", mark))
        if part is not None:
            yield part.named_by_content()  # events may come without a window between them


def _rows(batch: WindowBatch, low: int, high: int) -> WindowBatch:
    return WindowBatch(
        batch.index[low:high],
        batch.start_ns[low:high],
        batch.n_samples[low:high],
        batch.features[low:high],
        batch.pair_features[low:high],
        batch.flags[low:high],
        batch.quality[low:high],
        batch.filtered[:0].copy(),  # a view would keep the whole
        batch.feature_names,
        batch.pair_feature_names,
    )


def _batch_of(content: bytes, like: WindowBatch) -> WindowBatch:
    cell = decode_window_cell(content)
    if cell.features.shape[1:] != like.features.shape[1:]:
        raise StateError("second", cell.features.shape, f"{like.features.shape}")
    return WindowBatch(
        index=cell.index,
        start_ns=cell.index * WINDOW_NS,
        n_samples=cell.n_samples,
        features=cell.features,
        pair_features=cell.pair_features,
        flags=cell.flags,
        quality=cell.quality,
        filtered=like.filtered[:0],
        feature_names=like.feature_names,
        pair_feature_names=like.pair_feature_names,
    )
