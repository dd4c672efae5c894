"""Samples kept until the windows that hold them are finished."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


class SampleBuffer:
    """Takes blocks in time order, gives back any stretch once.

    Attributes:
      blocks: (first sample, samples) of those that are kept.
    """

    def __init__(self, n_channels: int):
        self._n_channels = n_channels
        self.blocks: list[tuple[int, Float64]] = []

    def add(self, first_sample: int, samples: Float64) -> None:
        """Keeps (n_samples, n_channels); without a row that is present it makes no window."""
        if len(samples) == 0:
            return
        is_present = samples[-1, 0] == samples[-1, 0]  # as nearly always
        if is_present or not np.isnan(samples).all():
            self.blocks.append((first_sample, samples))

    def take(self, first: int, stop: int) -> Float64:
        """Samples [first, stop), NaN where there are none; forgets the blocks before `stop`."""
        if self.blocks:  # most often a stretch lies in one block
            block_first, samples = self.blocks[0]
            if block_first <= first and stop <= block_first + len(samples):
                taken = samples[first - block_first : stop - block_first]
                if block_first + len(samples) == stop:
                    del self.blocks[0]
                return taken
        taken = np.empty((stop - first, self._n_channels))
        left, filled = [], 0
        for block_first, samples in self.blocks:
            low, high = max(first, block_first), min(stop, block_first + len(samples))
            if low < high:
                taken[filled : low - first] = np.nan
                taken[low - first : high - first] = samples[low - block_first : high - block_first]
                filled = high - first
            if block_first + len(samples) > stop:
                left.append((block_first, samples))
        taken[filled:] = np.nan
        self.blocks = left
        return taken
