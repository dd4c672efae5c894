"""What a device plays: chunks of samples and marks in the order in which they are due."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from devices.simulator.recording import SimulatedRecording
from devices.simulator.wire import format_of, stream_of
from schemas.codec import Numbers
from schemas.float_grid import APART, FloatGrid, find_grid, to_counts
from schemas.packet_format import SignalFormat
from transforms.recordings import (
    Block,
    Marker,
    OpenedRecording,
    RecordingSettings,
    StreamPlan,
    open_recording,
    read_blocks,
)

_NS = 1_000_000_000
_MAX_DECIMALS = 6


@dataclasses.dataclass(frozen=True, eq=False)
class Chunk:
    """Consecutive samples of a stream.

    Attributes:
      begin_s, due_s: of the first sample, and of the end of the last one, since the beginning.
      first_sample: place by a count that never restarts.
      restarts: whether the stream's epoch begins with it.
    """

    begin_s: float
    due_s: float
    stream: str
    first_sample: int
    samples: Numbers
    absent: npt.NDArray[np.bool_] | None = None
    restarts: bool = False


@dataclasses.dataclass(frozen=True)
class Mark:
    """A marker of the experiment."""

    due_s: float
    description: str
    duration_ns: int = 0


class Source(Protocol):
    """Something that can be played from its beginning, as often as one likes."""

    @property
    def formats(self) -> Mapping[str, SignalFormat]:
        """Of each stream."""

    @property
    def duration_s(self) -> float:
        """From the first sample of all streams to the end of the last."""

    @property
    def n_samples(self) -> Mapping[str, int]:
        """By which a stream's count goes on when it is played again."""

    def items(self, chunk_s: float) -> Iterator[Chunk | Mark]:
        """In the order in which they are due."""


class SimulatedSource:
    """A simulated recording: the converter's codes, and the trials as marks."""

    def __init__(self, recording: SimulatedRecording):
        self._recording, self._stream = recording, stream_of(recording.signal)
        self.formats = {self._stream: format_of(recording)}
        self.duration_s = recording.duration_s
        self.n_samples = {self._stream: len(recording.samples)}

    def items(self, chunk_s: float) -> Iterator[Chunk | Mark]:
        """In the order in which they are due."""
        rate, codes = self._recording.sampling_rate, self._recording.codes()
        step = max(round(chunk_s * rate), 1)
        chunks = (
            Chunk(
                begin_s=float(at / rate),
                due_s=float(min(at + step, len(codes)) / rate),
                stream=self._stream,
                first_sample=at,
                samples=codes[at : at + step],
            )
            for at in range(0, len(codes), step)
        )
        trials = self._recording.trials
        marks = (Mark(one.onset_s, one.label, round(one.duration_s * _NS)) for one in trials)
        yield from _merged([chunks, marks])


class RecordingSource:
    """A recorded file of any format that the batch job reads.

    Samples are the amplifier's integers where all of them lie on a grid of steps, a few units in
    the last place away at most; else they stay the floating-point numbers of the file.

    Raises:
      RecordingError: the file cannot be used.
    """

    def __init__(self, path: str, settings: RecordingSettings | None = None):
        self._path = path
        opened: OpenedRecording = open_recording(path, settings or RecordingSettings())
        self._start_ns = min(plan.spec.start_ns for plan in opened.streams)
        self._markers: Sequence[Marker] = opened.markers
        self._plans = {
            stream: sorted(plans, key=lambda plan: (plan.spec.start_ns, plan.epoch))
            for stream, plans in itertools.groupby(
                sorted(opened.streams, key=lambda plan: plan.stream), key=lambda plan: plan.stream
            )
        }
        self._grids = {name: _grid_of(path, plans) for name, plans in self._plans.items()}
        self.formats = {
            name: _format_of(plans[0], self._grids[name]) for name, plans in self._plans.items()
        }
        self.n_samples = {
            name: sum(_length(plan) for plan in plans) for name, plans in self._plans.items()
        }
        self.duration_s = max(
            self._begin_s(plan) + _length(plan) / plan.spec.sampling_rate_hz
            for plan in opened.streams
        )

    def items(self, chunk_s: float) -> Iterator[Chunk | Mark]:
        """In the order in which they are due."""
        marks = (
            Mark((one.start_ns - self._start_ns) / _NS, one.description, one.duration_ns)
            for one in sorted(self._markers, key=lambda one: one.start_ns)
        )
        yield from _merged([*(self._chunks(name, chunk_s) for name in self._plans), marks])

    def _chunks(self, name: str, chunk_s: float) -> Iterator[Chunk]:
        before = 0
        for number, plan in enumerate(self._plans[name]):
            rate, begin_s = plan.spec.sampling_rate_hz, self._begin_s(plan)
            step = max(round(chunk_s * rate), 1)
            is_first = True
            for block in read_blocks(self._path, plan):
                for at in range(0, len(block.samples), step):
                    place = block.first_sample + at
                    samples, absent = _numbers(block.samples[at : at + step], self._grids[name])
                    yield Chunk(
                        begin_s=begin_s + place / rate,
                        due_s=begin_s + (place + len(samples)) / rate,
                        stream=name,
                        first_sample=before + place,
                        samples=samples,
                        absent=absent,
                        restarts=is_first and number > 0,
                    )
                    is_first = False
            before += _length(plan)

    def _begin_s(self, plan: StreamPlan) -> float:
        return (plan.spec.start_ns - self._start_ns) / _NS


def _merged(parts: Sequence[Iterator[Chunk] | Iterator[Mark]]) -> Iterator[Chunk | Mark]:
    return heapq.merge(*parts, key=lambda item: item.due_s)


def _length(plan: StreamPlan) -> int:
    last = plan.runs[-1]
    return last.first_sample + last.n_samples


def _grid_of(path: str, plans: Sequence[StreamPlan]) -> FloatGrid | None:
    """The grid on which all samples lie; None: some do not."""
    grid: FloatGrid | None = None
    for plan in plans:
        for block in read_blocks(path, plan):
            grid = _with_decimals(find_grid(block.samples), block) if grid is None else grid
            if not _is_on(block, grid):
                return None
    return grid


def _with_decimals(grid: FloatGrid, block: Block) -> FloatGrid:
    """Text files round what was counted to some decimals: another grid than the amplifier's."""
    step, origin = grid.step.copy(), grid.origin.copy()
    for channel in np.flatnonzero(~grid.is_on):
        values = np.ascontiguousarray(block.samples[:, [channel]])
        values = values[np.isfinite(values)][:, None]
        for decimals in range(_MAX_DECIMALS + 1) if len(values) else ():
            tried = FloatGrid(np.array([10.0**-decimals]), np.zeros(1))
            if not (to_counts(values, tried)[1] == APART).any():
                step[channel] = tried.step[0]
                break
    return FloatGrid(step, origin)


def _is_on(block: Block, grid: FloatGrid) -> bool:
    present = np.isfinite(block.samples)
    if present[:, ~grid.is_on].any() or np.isinf(block.samples).any():
        return False
    _, residues = to_counts(block.samples[:, grid.is_on], _only_on(grid))
    return not (residues == APART)[present[:, grid.is_on]].any()


def _only_on(grid: FloatGrid) -> FloatGrid:
    return FloatGrid(grid.step[grid.is_on], grid.origin[grid.is_on])


def _numbers(
    samples: npt.NDArray[np.float64], grid: FloatGrid | None
) -> tuple[Numbers, npt.NDArray[np.bool_] | None]:
    """What is sent for samples in the unit of the engine, and where there is no number."""
    if grid is None:
        return samples, None
    counts = np.zeros(samples.shape, np.int32)
    found, _ = to_counts(np.ascontiguousarray(samples[:, grid.is_on]), _only_on(grid))
    counts[:, grid.is_on] = found
    absent = np.isnan(samples)
    return counts, absent if absent.any() else None


def _format_of(plan: StreamPlan, grid: FloatGrid | None) -> SignalFormat:
    spec = plan.spec
    n_channels = spec.n_channels
    scale, offset = np.ones(n_channels), np.zeros(n_channels)
    if grid is not None:
        scale, offset = np.where(grid.is_on, grid.step, 1.0), grid.origin
    ranges = spec.adc_range or ()
    if len(ranges) == 1:
        ranges = ranges * n_channels
    return SignalFormat(
        signal=spec.signal,
        sampling_rate=spec.sampling_rate,
        channels=spec.channels,
        unit="g" if spec.signal == "acc" else "uV",
        scale=tuple(scale.tolist()),
        offset=tuple(offset.tolist()),
        adc_range=tuple(
            None if ends is None else _counts_of(ends, scale[channel], offset[channel])
            for channel, ends in enumerate(ranges)
        ),
    )


def _counts_of(ends: tuple[float, float], scale: float, offset: float) -> tuple[float, float]:
    low, high = sorted((end - offset) / scale for end in ends)
    whole = (float(round(low)), float(round(high)))
    is_near = math.isclose(whole[0], low, abs_tol=1e-3) and math.isclose(
        whole[1], high, abs_tol=1e-3
    )
    return whole if is_near else (low, high)
