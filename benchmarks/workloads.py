"""The work that every contender is given: the same samples in the same blocks."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import scipy.signal

Float64 = npt.NDArray[np.float64]

WINDOW_S = 0.05
LOOK_BACK_S = 2.0
HIGH_PASS_HZ = 0.5
LINE_HZ = 50
BANDS_HZ = ((1, 4), (4, 8), (8, 13), (13, 30), (30, 45), (70, 150))
"""Delta to high gamma, as the engine's catalogue has them."""

NAMES_10_20 = ("Fp1", "Fp2", "C3", "C4", "P3", "P4", "O1", "O2")


@dataclasses.dataclass(frozen=True)
class Workload:
    """One stream, cut into blocks of equal length.

    Attributes:
      block_s: seconds of signal in each block; at 250 Hz, 250 ms are 62 and 63 samples in turn.
    """

    name: str
    n_channels: int
    sampling_rate_hz: int
    block_s: float

    @property
    def look_back_samples(self) -> int:
        """Samples in the longest look-back."""
        return round(LOOK_BACK_S * self.sampling_rate_hz)

    @property
    def channels(self) -> tuple[str, ...]:
        """Channel names: 10-20 sites, then numbers."""
        rest = (f"E{number}" for number in range(len(NAMES_10_20) + 1, self.n_channels + 1))
        return (*NAMES_10_20, *rest)[: self.n_channels]

    @property
    def bands_hz(self) -> tuple[tuple[int, int], ...]:
        """The bands that exist at this rate."""
        return tuple(band for band in BANDS_HZ if band[1] <= 0.45 * self.sampling_rate_hz)


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
      name: as the tables show it.
      computes: what comes out for each window, in a sentence.
      lacks: what of the engine's work it leaves out, so that a ratio can be judged.
      start: makes a function that takes a (n_samples, n_channels) block and returns how many
        windows it finished.
    """

    name: str
    computes: str
    lacks: str
    start: Callable[[Workload], Callable[[Float64], int]]


WORKLOADS = (
    Workload("8 ch x 250 Hz, packets of 250 ms", 8, 250, 0.25),
    Workload("8 ch x 250 Hz, blocks of 10 s", 8, 250, 10.0),
    Workload("64 ch x 1000 Hz, packets of 250 ms", 64, 1000, 0.25),
    Workload("64 ch x 1000 Hz, blocks of 10 s", 64, 1000, 10.0),
)


def background(n_samples: int, n_channels: int, sampling_rate_hz: float, seed: int) -> Float64:
    """Noise with the spectrum, alpha rhythm and mains of a resting EEG.

    Returns:
      (n_samples, n_channels) float64, microvolts, around 10 uV rms.
    """
    random = np.random.default_rng(seed)
    pink = scipy.signal.sosfilt(
        scipy.signal.butter(1, 2.0, fs=sampling_rate_hz, output="sos"),
        random.normal(size=(n_samples, n_channels)),
        axis=0,
    )
    white = random.normal(size=(n_samples, n_channels))
    seconds = np.arange(n_samples)[:, None] / sampling_rate_hz
    alpha = np.sin(2 * np.pi * 10 * seconds) * (1 + np.sin(2 * np.pi * 0.1 * seconds))
    mains = np.sin(2 * np.pi * LINE_HZ * seconds)
    signal: Float64 = 10 * pink / pink.std() + 2 * white + 4 * alpha + 2 * mains
    return signal


def blocks(workload: Workload, *, duration_s: float = 60.0) -> Iterator[Float64]:
    """Blocks without end: one minute of signal, again and again."""
    rate = workload.sampling_rate_hz
    signal = background(round(duration_s * rate), workload.n_channels, rate, seed=1)
    edges = [round(i * workload.block_s * rate) for i in range(int(duration_s / workload.block_s))]
    edges.append(len(signal))
    pieces = [np.ascontiguousarray(signal[a:b]) for a, b in itertools.pairwise(edges)]
    while True:
        yield from pieces
