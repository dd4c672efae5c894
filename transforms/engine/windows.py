"""What the engine returns: finished windows as a struct of arrays."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]


@dataclasses.dataclass(frozen=True)
class WindowBatch:
    """`w` finished windows, oldest first.

    Attributes:
      index: (w,) int64, the window's number on the 50 ms grid since 1970.
      start_ns: (w,) int64, `index * 50_000_000`.
      n_samples: (w,) int64, rows present: those in which any channel is.
      features: (w, n_channels, n_features) float64; NaN where a look-back is not complete.
      pair_features: (w, n_pairs, n_pair_features) float64.
      flags: (w, n_channels) uint32, bits of `Flag`.
      quality: (w, n_channels) float32, 0 (useless) to 1 (clean).
      filtered: (sum(n_samples), n_channels) float64, the `main` path; NaN where absent.
      feature_names: the last axis of `features`.
      pair_feature_names: the last axis of `pair_features`.
    """

    index: Int64
    start_ns: Int64
    n_samples: Int64
    features: Float64
    pair_features: Float64
    flags: UInt32
    quality: Float32
    filtered: Float64
    feature_names: tuple[str, ...]
    pair_feature_names: tuple[str, ...] = ()

    ARRAYS = (
        "index",
        "start_ns",
        "n_samples",
        "features",
        "pair_features",
        "flags",
        "quality",
        "filtered",
    )

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def concatenate(cls, batches: list[WindowBatch]) -> WindowBatch:
        """One batch out of several of the same stream; at least one."""
        if len(batches) == 1:
            return batches[0]
        names = (batches[0].feature_names, batches[0].pair_feature_names)
        return cls(
            np.concatenate([one.index for one in batches]),
            np.concatenate([one.start_ns for one in batches]),
            np.concatenate([one.n_samples for one in batches]),
            np.concatenate([one.features for one in batches]),
            np.concatenate([one.pair_features for one in batches]),
            np.concatenate([one.flags for one in batches]),
            np.concatenate([one.quality for one in batches]),
            np.concatenate([one.filtered for one in batches]),
            *names,
        )
