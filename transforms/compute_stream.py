"""One stream of a file through the engine: blocks in, parts of tables and an outcome out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from schemas.packet import MAX_EPOCH
from transforms.batch_records import StreamOutcome, StreamTask
from transforms.engine import JumpError, SignalEngine, StreamSpec, profile_for
from transforms.epoch_rows import EpochRows
from transforms.flag_intervals import FLAGS
from transforms.jumps import jump_row
from transforms.recordings import Block, Notice
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plausible import PlausibilityCheck
from transforms.recordings.times import sample_ns
from transforms.report import ReportCollector
from transforms.rows_to_seal import RowToSeal
from transforms.stream_tables import StreamTables
from transforms.table_part import TablePart

FLAG_NAMES = tuple((flag.name or "").lower() for flag in FLAGS)


def compute_stream(
    task: StreamTask, blocks: Iterable[Block], *, with_rows: bool = False
) -> Iterator[TablePart | StreamOutcome | RowToSeal]:
    """Pushes the blocks, in time order, through the engine.

    Args:
      with_rows: also yield the rows for Bigtable, whose cells hold the samples and the windows.

    A pause of more than an hour, which the engine refuses, begins a new epoch at the next sample
    present.

    Yields:
      Parts as they are completed, and one outcome an epoch. They depend on the stream alone, not
      on how it was cut into blocks.

    Raises:
      RecordingError: a pause for which no epoch is left, after everything in front of it.
    """
    epoch = _Epoch(task, task.plan.spec, number=task.plan.epoch, origin=0, with_rows=with_rows)
    if task.plan.packet_epoch:
        epoch.tables.restarted("the device began to count its samples from 0 again")
    for block in blocks:
        while True:
            try:
                yield from epoch.push(block)
                break
            except JumpError as error:  # raised before anything of the block was taken
                row = jump_row(epoch.spec, epoch.next_sample, block.first_sample, block.samples)
                before, block = _cut(block, row)
                yield from epoch.push(before)
                yield from epoch.finish()
                if epoch.number + task.plan.jump_epochs > MAX_EPOCH:
                    told = f"{error}; expected epochs up to {MAX_EPOCH}, one more a pause"
                    raise RecordingError(Reason.TOO_MANY_JUMPS, told) from None
                epoch = _next_epoch(task, epoch, block.first_sample)
                epoch.tables.restarted(str(error))
    yield from epoch.finish()


def _cut(block: Block, row: int) -> tuple[Block, Block]:
    rest = Block(block.first_sample + row, block.samples[row:])
    return Block(block.first_sample, block.samples[:row]), rest


def _next_epoch(task: StreamTask, before: _Epoch, origin: int) -> _Epoch:
    spec, number = task.plan.spec, before.number + task.plan.jump_epochs
    start_ns = sample_ns(spec.start_ns, origin, spec.sampling_rate)
    restarted = dataclasses.replace(spec, start_ns=start_ns)
    return _Epoch(task, restarted, number=number, origin=origin, with_rows=before.with_rows)


class _Epoch:
    """Samples counted from one start: an engine, and what is made of its windows."""

    def __init__(
        self, task: StreamTask, spec: StreamSpec, *, number: int, origin: int, with_rows: bool
    ):
        self.number, self.with_rows = number, with_rows
        self.spec = self._spec = spec
        self._task, self._origin = task, origin
        self._identity = dataclasses.replace(
            task.identity,
            stream=task.plan.stream,
            epoch=number,
            parameter_version=profile_for(spec.signal).parameter_version,
        )
        self._engine = SignalEngine(spec)
        self._check = PlausibilityCheck(spec, task.plan.unit)
        self._report = ReportCollector(spec, task.markers, task.plan.positions)
        self.tables = StreamTables(spec, self._identity, task.name)
        self._rows = EpochRows(spec, self._identity, task.path) if with_rows else None

    @property
    def next_sample(self) -> int:
        """The first that the engine has not seen, counted as blocks are."""
        return self._engine.next_sample + self._origin

    def push(self, block: Block) -> Iterator[TablePart | RowToSeal]:
        """Takes a block of this epoch."""
        samples, first_sample = block.samples, block.first_sample - self._origin
        batch = self._engine.push(first_sample, samples)
        self._check.add(samples)
        self._report.add(first_sample, samples, batch)
        yield from self.tables.add(first_sample, samples, batch)
        if self._rows is not None:
            yield from self._rows.add(first_sample, samples, batch)

    def finish(self) -> Iterator[TablePart | StreamOutcome | RowToSeal]:
        """Ends the epoch."""
        rest, nothing = self._engine.finish(), np.empty((0, self._spec.n_channels))
        self._report.add(0, nothing, rest)
        yield from self.tables.add(0, nothing, rest)
        if self._rows is not None:
            yield from self._rows.add(0, nothing, rest)
            yield from self._rows.finish()
        notices = self._check.notices()
        yield from self.tables.finish(notices)
        yield self._outcome(notices)

    def _outcome(self, notices: list[Notice]) -> StreamOutcome:
        *flagged, any_flagged = self.tables.n_flagged.tolist()
        return StreamOutcome(
            path=self._task.path,
            identity=self._identity,
            n_channels=self._spec.n_channels,
            sampling_rate_hz=self._spec.sampling_rate_hz,
            n_samples=self.tables.n_samples,
            n_windows=self.tables.n_windows,
            flagged=dict(zip(FLAG_NAMES, flagged, strict=True)),
            any_flagged=any_flagged,
            notices=(*self._task.notices, *notices),
            report=self._report.summary(),
        )
