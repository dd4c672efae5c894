"""Samples that an amplifier counted, found again in floats: integers, a step and an origin.

Recordings hold counts; readers hand on `count * gain + offset` as float64, whose 52 bits of
mantissa do not compress. Here the counts are found again, whatever the reader did to them, and what
is left (the rounding of its arithmetic, a few units in the last place) is kept beside them.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from schemas.planes import planes_of

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

NEAR = 127  # units in the last place that a residue may have; the value stands by itself beyond
APART = -128  # in the place of a residue: the value stands by itself
MAX_COUNT = 2**31 - 1
_CLOSE = 1e-5  # of a step: nearer than that to a whole number is whole
_ROUNDS = 40
_DIGITS = (6, 8, 10, 12, 14)


@dataclasses.dataclass(frozen=True)
class FloatGrid:
    """The grid of each channel.

    Attributes:
      step: (n_channels,) float64; 0 where a channel is on no grid.
      origin: (n_channels,) float64, the value of count 0.
    """

    step: Float64
    origin: Float64

    @functools.cached_property
    def is_on(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) whether a channel has a grid."""
        return self.step > 0

    @functools.cached_property
    def n_on(self) -> int:
        """Channels that have a grid."""
        return int(self.is_on.sum())

    @functools.cached_property
    def planes(self) -> bytes:
        """Steps and origins as a cell holds them."""
        return planes_of(self.step) + planes_of(self.origin)


def find_grid(samples: Float64) -> FloatGrid:
    """The grid of (n_samples, n_channels); what it misses costs bytes, never a number."""
    with np.errstate(all="ignore"):  # the largest floats have no neighbours: they are on no grid
        found = [_find_one(samples[:, channel]) for channel in range(samples.shape[1])]
    return FloatGrid(np.array([step for step, _ in found]), np.array([at for _, at in found]))


def to_counts(samples: Float64, grid: FloatGrid) -> tuple[Int64, npt.NDArray[np.int8]]:
    """Counts, and how far the samples are from them.

    Args:
      samples: (n_samples, n_channels) of channels that have a grid.

    Returns:
      (n_samples, n_channels) int64 in the range of int32, 0 where nothing is near; and int8,
      units in the last place, or `APART`.
    """
    with np.errstate(all="ignore"):  # NaN and infinities end up APART
        counts = np.rint((samples - grid.origin) / grid.step)
    counts = np.where(np.abs(counts) <= MAX_COUNT, counts, 0.0).astype(np.int64)
    residues = samples.view(np.int64) - from_counts(counts, grid).view(np.int64)
    near = np.abs(residues) <= NEAR
    return counts, np.where(near, residues, APART).astype(np.int8)


def from_counts(counts: npt.NDArray[np.integer], grid: FloatGrid) -> Float64:
    """Each count's value: one product and one sum, the same on every machine."""
    products: Float64 = counts * grid.step
    return products + grid.origin


def _find_one(samples: Float64) -> tuple[float, float]:
    values = np.unique(samples[np.isfinite(samples)])
    if len(values) < 2:
        return (0.0, 0.0) if len(values) == 0 else (1.0, float(values[0]))
    step = _common_step(np.diff(values), noise=8 * float(np.spacing(np.abs(values).max())))
    span = float(values[-1] - values[0])
    if step == 0.0 or span / step > MAX_COUNT / 2:
        return 0.0, 0.0
    step = span / round(span / step)
    steps = [float(f"{step:.{digits}g}") for digits in _DIGITS] + [step]
    grids = [(each, origin) for each in steps for origin in (0.0, _origin(values, each))]
    return min(grids, key=lambda grid: _cost(values, *grid))


def _common_step(differences: Float64, noise: float) -> float:
    """The largest number of which all are multiples, but for the noise; 0 if there is none."""
    step = float(differences[differences > noise].min(initial=np.inf))
    for _ in range(_ROUNDS):
        if not noise / _CLOSE < step < np.inf:
            return 0.0
        rest = np.abs(differences - np.rint(differences / step) * step)
        wrong = rest[rest > max(_CLOSE * step, noise)]
        if len(wrong) == 0:
            return step
        step = float(wrong.min())
    return 0.0


def _origin(values: Float64, step: float) -> float:
    """What is left of the value nearest to 0, where rounding hides least."""
    nearest = float(values[np.abs(values).argmin()])
    return nearest - round(nearest / step) * step


def _cost(values: Float64, step: float, origin: float) -> tuple[int, int]:
    """Values that would stand by themselves, and residues other than 0."""
    grid = FloatGrid(np.array([step]), np.array([origin]))
    _, residues = to_counts(values[:, None], grid)
    return int((residues == APART).sum()), int((residues != 0).sum())
