"""A stream's samples, in blocks whose size does not depend on the length of the recording."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from transforms.recordings.plan import StreamPlan
from transforms.recordings.reader import open_edf, open_fif, quiet_mne

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


def read_blocks(path: str, plan: StreamPlan) -> Iterator[Block]:
    """All samples of a stream in time order; what the recording lacks is not in any block.

    Raises:
      RecordingError: the reader gave up on the way.
    """
    with quiet_mne(path):
        if plan.reader == "fif":
            raw = open_fif(path)
        else:
            raw = open_edf(path, plan.reader, plan.source_channels)
    factors = np.array(plan.factors)
    step = block_samples(plan)
    picks = [raw.ch_names.index(name) for name in plan.source_channels]
    for run in plan.runs:
        for offset in range(0, run.n_samples, step):
            start = run.file_sample + offset
            stop = run.file_sample + min(offset + step, run.n_samples)
            with quiet_mne(path):
                volts = raw.get_data(picks=picks, start=start, stop=stop)
            yield Block(run.first_sample + offset, np.ascontiguousarray(volts.T) * factors)
