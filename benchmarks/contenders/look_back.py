"""The last samples of a stream, and where its windows end: what the loops below share."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import WINDOW_S, Float64, Workload


class LookBack:
    """Keeps the longest look-back and says which windows a block completes.

    Windows are the engine's: window k ends before sample ceil((k + 1) * 50 ms * rate), so at
    250 Hz they hold 13 and 12 samples in turn.
    """

    def __init__(self, workload: Workload):
        self._rate = workload.sampling_rate_hz
        self._length = workload.look_back_samples
        self._samples: Float64 = np.empty((0, workload.n_channels))
        self._end = 0  # samples seen
        self._window = 0  # the next to finish

    def extend(self, block: Float64) -> list[Float64]:
        """The look-back of each window that ends inside the block, oldest first.

        Returns:
          Views of (look-back, n_channels); a window without a full look-back is left out.
        """
        start = self._end - len(self._samples)  # of what we keep, in samples since the start
        self._samples = np.concatenate((self._samples, block))
        self._end += len(block)
        found = []
        while (end := self._window_end(self._window)) <= self._end:
            if end - self._length >= start:
                found.append(self._samples[end - self._length - start : end - start])
            self._window += 1
        self._samples = self._samples[-(self._length + self._rate) :]
        return found

    def _window_end(self, window: int) -> int:
        per_mille = round(WINDOW_S * 1000)
        return -(-(window + 1) * per_mille * self._rate // 1000)
