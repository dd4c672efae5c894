"""Streams to test with: rates, gaps, absences and packets that hypothesis draws."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from transforms.engine import SignalEngine, StreamSpec, WindowBatch

LOW_RATES = (1, 10, 19.9)  # most windows have no sample, filters are left out
RATES = (100, 125, 128, 128.5, 160, 250, 256, 256.01, 500, 512, 1000, 1024, 2048, 30000)
NAMES = ("Fp1", "Cz", "O1", "ch4", "EOG", "T7", "x")


@dataclasses.dataclass(frozen=True)
class Stream:
    """A spec, its samples (NaN and infinities included), and where it was cut into packets."""

    spec: StreamSpec
    samples: np.ndarray
    cuts: tuple[int, ...]

    @property
    def packets(self) -> list[tuple[int, np.ndarray]]:
        """First sample and rows of each packet; some are empty."""
        edges = [0, *self.cuts, len(self.samples)]
        return [(a, self.samples[a:b]) for a, b in itertools.pairwise(edges)]


@st.composite
def streams(draw: st.DrawFn, *, clean: bool = False, rates: tuple = RATES + LOW_RATES) -> Stream:
    """Between no samples and six seconds (0.4 s at 30 kHz), 1 to 7 channels, any cuts."""
    rate = draw(st.sampled_from(rates))
    n_channels = draw(st.sampled_from((1, 2, 3, 5, 7)))
    spec = StreamSpec(
        signal=draw(st.sampled_from(("eeg", "eeg", "ecog", "emg", "acc", "spikes", "ecg"))),
        sampling_rate=rate,
        channels=NAMES[:n_channels],
        start_ns=draw(st.one_of(st.just(0), st.integers(-(10**18), 2 * 10**18))),
        line_hz=draw(st.sampled_from((50, 60, None))),
        adc_range=draw(st.sampled_from((None, (-150.0, 150.0)))),
    )
    longest = int(rate * (6 if rate < 5000 else 0.4))
    n_samples = draw(st.integers(0, longest))
    seed = draw(st.integers(0, 2**32 - 1))
    samples = np.cumsum(np.random.default_rng(seed).normal(size=(n_samples, n_channels)), axis=0)
    samples += draw(st.sampled_from((0.0, 60_000.0)))
    if not clean:
        samples = _damage(draw, samples)
    cuts = draw(st.lists(st.integers(0, n_samples), max_size=12))
    return Stream(spec, samples, tuple(sorted(cuts)))


def _damage(draw: st.DrawFn, samples: np.ndarray) -> np.ndarray:
    n_samples, n_channels = samples.shape
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, max(0, n_samples - 1)))
        length = draw(st.one_of(st.integers(0, 30), st.integers(0, n_samples)))
        value = draw(st.sampled_from((np.nan, np.nan, np.nan, np.inf, -np.inf, 0.0, 5000.0)))
        channel = draw(st.one_of(st.none(), st.integers(0, n_channels - 1)))
        samples[start : start + length, slice(None) if channel is None else channel] = value
    return samples


def run(spec: StreamSpec, packets: list[tuple[int, np.ndarray]]) -> WindowBatch:
    """All windows of a stream, from one engine."""
    engine = SignalEngine(spec)
    batches = [engine.push(first, rows) for first, rows in packets]
    return WindowBatch.concatenate([*batches, engine.finish()])


def assert_same(found: WindowBatch, expected: WindowBatch) -> None:
    """`==` on every array, NaN matching NaN; types and names too."""
    assert found.feature_names == expected.feature_names
    for name in WindowBatch.ARRAYS:
        a, b = getattr(found, name), getattr(expected, name)
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)


def seconds(sample: int, rate: float) -> Fraction:
    """Time of a sample since the stream began."""
    return sample / Fraction(str(rate))
