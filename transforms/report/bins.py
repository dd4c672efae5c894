"""Time bins that coarsen as a recording grows: its length is not known in advance."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

FIXED_POINT = 1 << 20
"""Means are sums of integers of this fraction of one: the order of adding must not show."""


@dataclasses.dataclass
class _Layer:
    values: Array
    combine: np.ufunc
    empty: float


class TimeBins:
    """Named layers over at most `capacity` equal bins of `width` windows each.

    Every layer has a way to combine two values (`np.add` on integers, `np.fmin`, `np.fmax`) that
    does not depend on order, so the result is the same however the recording was cut.

    Args:
      capacity: number of bins, even. When a window lies beyond, neighbours are merged in pairs.
    """

    def __init__(self, capacity: int):
        self.capacity, self.width, self.n_used = capacity, 1, 0
        self._layers: dict[str, _Layer] = {}

    def layer(
        self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike, combine: np.ufunc
    ) -> None:
        """Adds a layer of `(capacity, *shape)`, empty: 0 where it is added up, else NaN."""
        empty = 0.0 if combine is np.add else np.nan
        values = np.full((self.capacity, *shape), empty, dtype)
        self._layers[name] = _Layer(values, combine, empty)

    def reach(self, window: int, least: int = 1) -> None:
        """Makes room up to a window, counted from the stream's first, in bins of `least` or more.

        Args:
          least: a power of two.
        """
        while window // self.width >= self.capacity or self.width < least:
            for layer in self._layers.values():
                half = layer.combine(layer.values[0::2], layer.values[1::2])
                layer.values[: len(half)] = half
                layer.values[len(half) :] = layer.empty
            self.width *= 2
            self.n_used = (self.n_used + 1) // 2
        self.n_used = max(self.n_used, window // self.width + 1)

    def fold(self, name: str, rows: Array, starts: Int64, bins: Int64) -> None:
        """Combines runs of rows into bins.

        Args:
          rows: (n, *shape), not empty.
          starts: (r,) the first row of each run; a run ends where the next begins.
          bins: (r,) each run's bin, each bin at most once.
        """
        layer = self._layers[name]
        folded = layer.combine.reduceat(rows, starts, axis=0)
        layer.values[bins] = layer.combine(layer.values[bins], folded)

    def used(self, name: str) -> Array:
        """(n_used, *shape): a copy of a layer as far as it was reached."""
        return self._layers[name].values[: self.n_used].copy()


def runs(bins: Int64) -> tuple[Int64, Int64]:
    """The runs of equal values in a sorted, non-empty array: (first positions, values)."""
    starts = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
    return starts, bins[starts]
