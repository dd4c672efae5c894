"""A stream's samples, in blocks whose size does not depend on the length of the recording."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from transforms.recordings.contained import samples_contained
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.file_access import refused_if_unreadable
from transforms.recordings.formats import FORMATS, function_named
from transforms.recordings.plan import RecordingSettings, StreamPlan

BLOCK_BYTES = 16_000_000
"""Of float64 samples. MNE and the engine hold a few copies of a block at a time."""

MAX_BLOCK_S = 60
"""So that progress is seen with few channels too."""


@dataclasses.dataclass(frozen=True)
class Block:
    """Consecutive samples.

    Attributes:
      first_sample: place of the first row in the stream.
      samples: (n_samples, n_channels) float64, in the unit of the engine.
    """

    first_sample: int
    samples: npt.NDArray[np.float64]


def block_samples(plan: StreamPlan) -> int:
    """Rows of a full block."""
    by_budget = BLOCK_BYTES // (8 * plan.spec.n_channels)
    by_time = int(MAX_BLOCK_S * plan.spec.sampling_rate)
    return max(1, min(by_budget, by_time))


def block_places(plan: StreamPlan) -> Iterator[tuple[int, int, int]]:
    """Where each block begins in the stream, and its first row in the file and the one after."""
    step = block_samples(plan)
    for run in plan.runs:
        for offset in range(0, run.n_samples, step):
            start = run.file_sample + offset
            stop = run.file_sample + min(offset + step, run.n_samples)
            yield run.first_sample + offset, start, stop


def read_blocks(path: str, plan: StreamPlan, *, size_bytes: int | None = None) -> Iterator[Block]:
    """All samples of a stream in time order; what the recording lacks is not in any block.

    Args:
      path: the recording's main file, local.
      size_bytes: of all its files; None: of the main one.

    Raises:
      RecordingError: the reader gave up on the way.
    """
    with refused_if_unreadable():
        yield from _blocks(path, plan, size_bytes)


def _blocks(path: str, plan: StreamPlan, size_bytes: int | None) -> Iterator[Block]:
    format_ = FORMATS[plan.reader]
    if not format_.is_read_whole:
        yield from function_named(format_.blocks)(path, plan)
        return
    settings = plan.settings or RecordingSettings()
    size_bytes = os.path.getsize(path) if size_bytes is None else size_bytes
    with samples_contained(format_, path, settings, size_bytes, plan.stream) as samples:
        last = plan.runs[-1]
        n_needed = last.file_sample + last.n_samples
        if samples.shape[1] != plan.spec.n_channels or len(samples) < n_needed:
            raise RecordingError(Reason.UNREADABLE, "it has changed since it was opened")
        for first_sample, start, stop in block_places(plan):
            yield Block(first_sample, np.array(samples[start:stop]))
