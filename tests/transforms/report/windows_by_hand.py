"""Windows made without the engine: on the true grid, with features and flags out of a hat."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from fractions import Fraction
from math import floor

import numpy as np

from transforms.engine import WINDOW_NS, Flag, StreamSpec, WindowBatch, profile_for

ALL_FLAGS = list(Flag)


def window_of(spec: StreamSpec, sample: int) -> int:
    """The window of a sample, by fractions."""
    return floor((spec.start_ns + sample * 1_000_000_000 / spec.sampling_rate) / WINDOW_NS)


def windows_of(spec: StreamSpec, samples: np.ndarray, seed: int = 0) -> WindowBatch:
    """All windows of a whole recording, (n, n_channels), that begins with sample 0."""
    rng = np.random.default_rng(seed)
    present = np.flatnonzero(np.isfinite(samples).any(axis=1))
    index, n_samples = np.unique(
        np.array([window_of(spec, int(at)) for at in present], np.int64), return_counts=True
    )
    names = profile_for(spec.signal).features
    shape = (len(index), spec.n_channels)
    features = rng.lognormal(0, 2, (*shape, len(names)))
    features[:10] = np.nan
    chosen = rng.choice([0, 0, 0, *(int(flag) for flag in ALL_FLAGS)], size=(2, *shape))
    return WindowBatch(
        index=index,
        start_ns=index * WINDOW_NS,
        n_samples=n_samples.astype(np.int64),
        features=features,
        pair_features=np.zeros((len(index), 0, 0)),
        flags=(chosen[0] | chosen[1]).astype(np.uint32),
        quality=rng.uniform(0, 1, shape).astype(np.float32),
        filtered=np.where(np.isfinite(samples), samples / 2, np.nan)[present],
        feature_names=names,
    )


def between(batch: WindowBatch, first: int, end: int) -> WindowBatch:
    """The windows from `first` up to `end` of a batch."""
    rows = np.concatenate(([0], np.cumsum(batch.n_samples)))
    cut = {name: getattr(batch, name)[first:end] for name in WindowBatch.ARRAYS[:-1]}
    return dataclasses.replace(batch, **cut, filtered=batch.filtered[rows[first] : rows[end]])


def pushes(
    spec: StreamSpec, samples: np.ndarray, cuts: list[int], batch: WindowBatch
) -> Iterator[tuple[int, np.ndarray, WindowBatch]]:
    """Blocks cut at `cuts` with the windows each of them finishes, and the end of the stream."""
    present = np.isfinite(samples).any(axis=1)
    taken = 0
    bounds = [0, *sorted(cut for cut in cuts if cut < len(samples)), len(samples)]
    for first, end in itertools.pairwise(bounds):
        seen = np.flatnonzero(present[:end])
        # A window is finished when the sample after the last present one lies beyond it.
        open_window = window_of(spec, int(seen[-1]) + 1) if len(seen) else batch.index[:1].sum()
        ready = int(np.searchsorted(batch.index, open_window))
        yield first, samples[first:end], between(batch, taken, max(taken, ready))
        taken = max(taken, ready)
    yield len(samples), samples[:0], between(batch, taken, len(batch))


def gap_free(spec: StreamSpec, n_samples: int, seed: int = 0) -> np.ndarray:
    """Noise of 20 uV on an offset of 1 mV, (n_samples, n_channels)."""
    noise = np.random.default_rng(seed).normal(0, 20, (n_samples, spec.n_channels))
    return noise + 1000.0


def at_rate(rate: int | str, n_channels: int = 3, start_ns: int = 0) -> StreamSpec:
    """An eeg stream with this rate."""
    names = [f"E{k}" for k in range(n_channels)]
    return StreamSpec("eeg", Fraction(rate), names, start_ns=start_ns)
