"""Where a stream has no samples at all: each such stretch is one event."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


class GapFinder:
    """Follows which rows are present.

    As in the engine, a row is present if any channel is, what is not finite is absent, and rows
    absent at the end are no gap.
    """

    def __init__(self, end: int = 0, n_present: int = 0) -> None:
        self._next = end  # the row after the last one present
        self.n_present = n_present

    def add(self, first_sample: int, samples: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
        """The gaps that this block, the next in time, brings to an end: (first row, row after)."""
        goes_on = first_sample == self._next
        if goes_on and np.isfinite(samples[:, 0]).all():  # as nearly always
            self._next += len(samples)
            self.n_present += len(samples)
            return []
        present = np.isfinite(samples).any(axis=1)
        if goes_on and present.all():
            self._next += len(samples)
            self.n_present += len(samples)
            return []
        rows = first_sample + np.flatnonzero(present)
        self.n_present += len(rows)
        if len(rows) == 0:
            return []
        before = np.concatenate([[self._next], rows[:-1] + 1])
        apart = np.flatnonzero(rows != before)
        self._next = int(rows[-1]) + 1
        return list(zip(before[apart].tolist(), rows[apart].tolist(), strict=True))

    @property
    def end(self) -> int:
        """The row after the last one present."""
        return self._next
