"""One epoch of a stream to the files of its tables, while it passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from transforms.engine import WINDOW_NS, StreamSpec, WindowBatch
from transforms.event_rows import EventRows
from transforms.flag_intervals import FLAGS, FlagIntervals
from transforms.recordings import Notice
from transforms.recordings.gaps import GapFinder
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.session_row import session_part
from transforms.table_part import TablePart, part_name
from transforms.window_chunks import Chunk, WindowChunks, chunk_windows
from transforms.window_rows import features_1s_part, features_part


class StreamTables:
    """Takes blocks and the windows they finished; returns parts of bounded size.

    Attributes:
      n_windows, n_samples: so far.
      n_flagged: (flags + 1,) channel windows with each of `FLAGS`, and with any.
    """

    def __init__(self, spec: StreamSpec, identity: RowIdentity, source: str):
        self._spec, self._identity, self._source = spec, identity, source
        self._chunks = WindowChunks(chunk_windows(spec.n_channels))
        self._intervals = FlagIntervals(spec.n_channels)
        self._gap_finder, self._gaps = GapFinder(), list[tuple[int, int]]()
        self._events = EventRows()
        self._last_part = 0
        self.n_windows = 0
        self.n_flagged = np.zeros(len(FLAGS) + 1, np.int64)

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

    def add(
        self, first_sample: int, samples: npt.NDArray[np.float64], batch: WindowBatch
    ) -> Iterator[TablePart]:
        """The parts that a block completes.

        Args:
          first_sample: of the block, since the epoch began.
          samples: (n_samples, n_channels), as pushed.
          batch: the windows that the engine returned for it.
        """
        self._gaps += self._gap_finder.add(first_sample, samples)
        self._count(batch)
        for chunk in self._chunks.add(batch):
            yield from self._chunk_parts(chunk)

    def finish(self, notices: Sequence[Notice]) -> Iterator[TablePart]:
        """The last windows and intervals, what people should know, and the session's row."""
        for chunk in self._chunks.finish():
            yield from self._chunk_parts(chunk, is_last=True)
        self._events.add_intervals(self._intervals.finish(), self._spec)
        self._events.add_gaps(self._gaps, self._spec)
        self._events.add_notices(notices, self._spec.start_ns, self.end_ns)
        yield from self._event_part(self._last_part)
        yield self._session_part()

    def _count(self, batch: WindowBatch) -> None:
        self.n_windows += len(batch)
        if batch.flags.any():
            self.n_flagged[-1] += np.count_nonzero(batch.flags)
            for place, flag in enumerate(FLAGS):
                self.n_flagged[place] += np.count_nonzero(batch.flags & np.uint32(flag))

    def _chunk_parts(self, chunk: Chunk, is_last: bool = False) -> Iterator[TablePart]:
        name = part_name(self._identity, chunk.number)
        yield features_part(chunk.batch, self._spec, self._identity, name)
        yield features_1s_part(chunk.batch, self._spec, self._identity, name)
        self._last_part = chunk.number
        self._events.add_intervals(self._intervals.add(chunk.batch), self._spec)
        if not is_last:
            # A later gap may be known already, depending on the blocks: it waits for its chunk.
            ended = [gap for gap in self._gaps if self._window_of(gap[1]) < chunk.stop]
            self._gaps = self._gaps[len(ended) :]
            self._events.add_gaps(ended, self._spec)
            yield from self._event_part(chunk.number)

    def _window_of(self, sample: int) -> int:
        return sample_ns(self._spec.start_ns, sample, self._spec.sampling_rate) // WINDOW_NS

    def _event_part(self, number: int) -> Iterator[TablePart]:
        part = self._events.part(self._identity, part_name(self._identity, number))
        if part is not None:
            yield part

    def _session_part(self) -> TablePart:
        return session_part(
            self._spec,
            self._identity,
            part_name(self._identity, 0),
            source=self._source,
            end_ns=self.end_ns,
            n_samples=self.n_samples,
            n_windows=self.n_windows,
            n_flagged=int(self.n_flagged[-1]),
        )
