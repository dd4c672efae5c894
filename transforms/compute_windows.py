"""Streams to windows, as a Beam step: bounded memory, progress while it works."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.errors import SchemaError
from transforms.batch_records import DeadLetter, StreamOutcome, StreamTask
from transforms.compute_stream import compute_stream
from transforms.engine import warm_up
from transforms.epoch_rows import windows_per_bucket
from transforms.local_copy import local_copy
from transforms.recordings import Block, RecordingError, read_blocks
from transforms.rows_to_seal import RowToSeal
from transforms.table_part import TablePart

_LOG = logging.getLogger(__name__)

R = TypeVar("R")

STAGE = "ComputeWindows"
PROGRESS_S = 5.0


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ComputeWindows(beam.PTransform):
    """StreamTask to `parts` (TablePart), `outcomes` (StreamOutcome) and `rejected` (DeadLetter).

    Args:
      with_rows: also to `rows` (RowToSeal); a stream that no row can hold is told in `rejected`,
        and its tables are made all the same.
    """

    progress_s: float = PROGRESS_S
    with_rows: bool = False

    def expand(self, tasks: PCollection[StreamTask]) -> DoOutputsTuple:
        """One stream at a time, its parts handed on as they are completed."""
        compute = beam.ParDo(_ComputeFn(self.progress_s, self.with_rows))
        return tasks | "Compute" >> compute.with_output_types(TablePart).with_outputs(
            "outcomes", "rejected", "rows", main="parts"
        )


class _ComputeFn(beam.DoFn):
    def __init__(self, progress_s: float, with_rows: bool):
        self._progress_s, self._with_rows = progress_s, with_rows

    def setup(self) -> None:
        """Compiles what is not compiled yet, or loads it, before the first recording waits."""
        _LOG.info("loading the engine (compiled the first time, which may take half a minute)")
        warm_up()

    def process(self, task: StreamTask) -> Iterator[Any]:
        refused = _no_rows(task) if self._with_rows else None
        if refused is not None:
            yield TaggedOutput("rejected", refused)
        with_rows = self._with_rows and refused is None
        with local_copy(task.path, task.files) as path:
            samples = read_blocks(path, task.plan, size_bytes=task.size_bytes)
            blocks = _FollowedBlocks(samples, task, self._progress_s)
            for result in blocks.until_no_epoch_is_left(
                compute_stream(task, blocks, with_rows=with_rows)
            ):
                if blocks.error is not None and blocks.n_samples == 0:
                    break  # nothing was read: no session began
                _count(result)
                if isinstance(result, TablePart):
                    yield result
                else:
                    kind = "outcomes" if isinstance(result, StreamOutcome) else "rows"
                    yield TaggedOutput(kind, result)
        if blocks.error is None:
            blocks.tell_end()
        else:
            Metrics.counter(STAGE, f"rejected-{blocks.error.reason.value}").inc()
            yield TaggedOutput("rejected", _letter(task, blocks.error, blocks.seconds))


class _FollowedBlocks:
    """Blocks as they come; a line every few seconds; and an end where the file breaks.

    The file was opened before: if it breaks now, it is damaged inside, or has changed. What came
    before the break is finished like any recording, and the break is told.
    """

    def __init__(self, blocks: Iterator[Block], task: StreamTask, every_s: float):
        self._blocks, self._task, self._every_s = blocks, task, every_s
        self._started = self._told = time.monotonic()
        self.n_samples = 0
        self.error: RecordingError | None = None

    @property
    def seconds(self) -> float:
        """Of signal, so far."""
        return self.n_samples / self._task.plan.spec.sampling_rate_hz

    def __iter__(self) -> Iterator[Block]:
        try:
            for block in self._blocks:
                yield block
                self.n_samples += len(block.samples)
                self._tell_progress()
        except RecordingError as error:
            self.error = error

    def until_no_epoch_is_left(self, results: Iterator[R]) -> Iterator[R]:
        """What is computed of the blocks; a pause too many is an end like a break."""
        try:
            yield from results
        except RecordingError as error:
            self.error = error

    def _tell_progress(self) -> None:
        now, plan = time.monotonic(), self._task.plan
        if now - self._told < self._every_s:
            return
        self._told = now
        _LOG.info(
            "%s %s: %.0f of %.0f s (%.0f %%), %.0f x real time",
            *(self._task.name, plan.stream, self.seconds),
            *(plan.n_samples / plan.spec.sampling_rate_hz, 100 * self.n_samples / plan.n_samples),
            self.seconds / (now - self._started),
        )

    def tell_end(self) -> None:
        """How fast it was: a line, and counters for the summary of the job."""
        elapsed_s = time.monotonic() - self._started
        Metrics.counter(STAGE, "signal-ms").inc(round(1000 * self.seconds))
        Metrics.counter(STAGE, "elapsed-ms").inc(round(1000 * elapsed_s))
        _LOG.info(
            "%s %s: %.0f s of %d channels in %.2f s, %.0f x real time",
            *(self._task.name, self._task.plan.stream, self.seconds),
            *(self._task.plan.spec.n_channels, elapsed_s, self.seconds / max(elapsed_s, 1e-9)),
        )


def _count(result: TablePart | StreamOutcome | RowToSeal) -> None:
    if isinstance(result, TablePart):
        Metrics.counter(STAGE, f"rows-{result.table}").inc(result.rows.num_rows)
        return
    if isinstance(result, RowToSeal):
        return  # counted where it is written
    Metrics.counter(STAGE, "streams").inc()
    Metrics.counter(STAGE, "windows").inc(result.n_windows)
    for kind, n_flagged in result.flagged.items():
        Metrics.counter(STAGE, f"flagged-{kind}").inc(n_flagged)


def _no_rows(task: StreamTask) -> DeadLetter | None:
    """Why a stream cannot be kept in rows, if it cannot."""
    try:
        windows_per_bucket(task.plan.spec)
    except SchemaError as error:
        Metrics.counter(STAGE, "rejected-too_wide").inc()
        return DeadLetter(
            path=task.path,
            stage=STAGE,
            reason="too_wide",
            message=f"not stored in Bigtable, the tables are complete: {error}",
            identity=dataclasses.replace(task.identity, stream=task.plan.stream),
            size_bytes=task.size_bytes,
        )
    return None


def _letter(task: StreamTask, error: RecordingError, seconds: float) -> DeadLetter:
    _LOG.warning("%s %s breaks after %.0f s: %s", task.name, task.plan.stream, seconds, error)
    return DeadLetter(
        path=task.path,
        stage=STAGE,
        reason=error.reason.value,
        message=f"{error.message}; the {seconds:g} s in front of it were computed",
        identity=dataclasses.replace(task.identity, stream=task.plan.stream),
        size_bytes=task.size_bytes,
    )
