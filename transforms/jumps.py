"""Pauses of more than an hour, at which the engine's stream ends and another begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.engine import StreamSpec

JUMP_S = 3600


def jump_row(
    spec: StreamSpec, expected: int, first_sample: int, samples: npt.NDArray[np.float64]
) -> int:
    """The row at which a new epoch begins, of a block that the engine refused for a jump.

    Args:
      expected: the engine's next sample.
      first_sample: of the block, counted as `expected` is.
      samples: (n_samples, n_channels); a row of NaN is a missing row.
    """
    rows = np.flatnonzero(~np.isnan(samples).all(axis=1))
    before = np.concatenate([[expected - 1], first_sample + rows[:-1]])
    jumps = first_sample + rows - before - 1 > JUMP_S * spec.sampling_rate
    return int(rows[jumps.argmax()])
