"""The frequencies of a report's spectra: fine where bands are narrow, coarser above."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from transforms.engine import BY_NAME

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

MAX_GROUPS = 192
MIN_SAMPLES = 16
"""A segment of fewer has no spectrum worth drawing."""

BANDS = tuple(name for name in BY_NAME if name.endswith("_power"))
ROUND_HZ = (1, 2, 5)


@dataclasses.dataclass(frozen=True, eq=False)
class FrequencyGrid:
    """Bins of a periodogram; where they are many, groups of them, evenly spaced in the logarithm.

    Bin 0, the mean, is left out.

    Attributes:
      starts: (g,) the first bin of each group.
      sizes: (g,) bins in each group.
      edges_hz: (g + 1,) where the groups meet: half a bin below their first bin; bin 1 is drawn
        from 0.75 of its frequency on.
    """

    starts: Int64
    sizes: Int64
    edges_hz: Float64

    @classmethod
    def of_segment(cls, n_samples: int, rate_hz: float) -> FrequencyGrid:
        """For the periodogram of so many samples, at least two, at this sampling rate."""
        n_bins = n_samples // 2 + 1
        bounds = np.arange(1, n_bins + 1)
        if n_bins > MAX_GROUPS:
            spaced = np.geomspace(1, n_bins, MAX_GROUPS + 1)
            bounds = np.unique(spaced.round().astype(np.int64))
        edges = bounds - 0.5
        edges[0] = 0.75  # half a bin would be a whole octave of the axis
        return cls(bounds[:-1], np.diff(bounds), edges * rate_hz / n_samples)


def centres_hz(edges_hz: npt.NDArray[np.floating]) -> Float64:
    """(g + 1,) edges to (g,) middles."""
    edges = edges_hz.astype(np.float64)
    return (edges[:-1] + edges[1:]) / 2


def place(hz: float, edges_hz: npt.NDArray[np.floating]) -> float:
    """Where a frequency lies on a logarithmic axis from the first edge (0) to the last (1)."""
    low, high = math.log(edges_hz[0]), math.log(edges_hz[-1])
    return (math.log(hz) - low) / (high - low)


def ticks(edges_hz: npt.NDArray[np.floating]) -> list[tuple[float, str]]:
    """Round frequencies on the axis: (place, label)."""
    low, high = float(edges_hz[0]), float(edges_hz[-1])
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    rounds = [k * 10.0**decade for decade in decades for k in ROUND_HZ]
    return [(place(hz, edges_hz), f"{hz:g} Hz") for hz in rounds if low <= hz <= high]


def bands(
    features: tuple[str, ...], edges_hz: npt.NDArray[np.floating]
) -> list[tuple[float, float, str]]:
    """The bands of a kind of signal on the axis: (from, to, name)."""
    found = []
    for name in features:
        band = BY_NAME[name].band_hz
        if name in BANDS and band and band[1] <= edges_hz[-1]:
            low = max(band[0], float(edges_hz[0]))
            found.append((place(low, edges_hz), place(band[1], edges_hz), name))
    return found
