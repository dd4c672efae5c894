"""Windows out of a hat: valid, on the true grid, with gaps, NaN and every flag."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from transforms.engine import WINDOW_NS, Flag, StreamSpec, WindowBatch, profile_for

ALL_FLAGS = [0, 0, *(int(flag) for flag in Flag)]


def made_windows(spec: StreamSpec, index: Any, seed: int = 0) -> WindowBatch:
    """One window for each number in `index`, rising."""
    rng = np.random.default_rng(seed)
    names = profile_for(spec.signal).features
    numbers = np.asarray(index, np.int64)
    shape = (len(numbers), spec.n_channels)
    features = rng.lognormal(0, 2, (*shape, len(names)))
    features[rng.random(features.shape) < 0.1] = np.nan
    n_samples = rng.integers(1, 5, len(numbers))
    return WindowBatch(
        index=numbers,
        start_ns=numbers * WINDOW_NS,
        n_samples=n_samples.astype(np.int64),
        features=features,
        pair_features=np.zeros((len(numbers), 0, 0)),
        flags=rng.choice(ALL_FLAGS, shape).astype(np.uint32)
        | rng.choice([0, 8], shape).astype("u4"),
        quality=rng.random(shape, np.float32),
        filtered=rng.normal(size=(int(n_samples.sum()), spec.n_channels)),
        feature_names=names,
    )


def cut_windows(batch: WindowBatch, cuts: Sequence[int]) -> list[WindowBatch]:
    """The same windows in several batches, empty ones included."""
    edges = [0, *sorted(min(cut, len(batch)) for cut in cuts), len(batch)]
    rows = np.concatenate([[0], np.cumsum(batch.n_samples)])
    names = [name for name in WindowBatch.ARRAYS if name != "filtered"]
    return [
        dataclasses.replace(
            batch,
            filtered=batch.filtered[rows[low] : rows[high]],
            **{name: getattr(batch, name)[low:high] for name in names},
        )
        for low, high in itertools.pairwise(edges)
    ]
