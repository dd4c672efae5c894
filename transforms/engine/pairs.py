"""Features of channel pairs, computed only for the pairs that a stream asks for."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from transforms.engine.catalogue import PAIR_BAND_HZ, PAIR_FEATURES, PAIR_SEGMENT_S
from transforms.engine.spec import StreamSpec
from transforms.engine.spectrum import bin_range, fits
from transforms.engine.windows import Float64, Int64


@dataclasses.dataclass(frozen=True)
class PairPlan:
    """The pair features of a stream.

    Attributes:
      left, right: (n_pairs,) int64, columns of the channels.
      n_covariance, n_spectral: samples of the look-backs.
      n_segment: samples of a segment, of which the spectral look-back holds several, half over.
      bins: bins of a segment's transform in the band; none where the rate leaves no room.
      hann: (n_segment, 1) float64.
    """

    left: Int64
    right: Int64
    n_covariance: int
    n_spectral: int
    n_segment: int
    bins: slice
    hann: Float64

    @property
    def n_longest(self) -> int:
        """Samples of the longest look-back in use."""
        return max(self.n_covariance, self.n_spectral) if len(self.left) else 0

    @property
    def names(self) -> tuple[str, ...]:
        """The last axis of `pair_features`."""
        return tuple(feature.name for feature in PAIR_FEATURES) if len(self.left) else ()


def plan_pairs(spec: StreamSpec) -> PairPlan:
    """Lays out the pair features of a stream."""
    rate = spec.sampling_rate
    n_segment = max(1, round(PAIR_SEGMENT_S * rate))
    band = (Fraction(PAIR_BAND_HZ[0]), Fraction(PAIR_BAND_HZ[1]))
    bins = bin_range(band, n_segment, rate) if fits(band[1], rate) else range(0)
    columns = [[spec.channels.index(name) for name in pair] for pair in spec.pairs]
    left, right = np.array(columns, dtype=np.int64).reshape(-1, 2).T
    phase = 2 * np.pi * np.arange(n_segment) / n_segment
    covariance, coherence = PAIR_FEATURES[0], PAIR_FEATURES[1]
    return PairPlan(
        left=left,
        right=right,
        n_covariance=round(covariance.look_back_s * rate),
        n_spectral=round(coherence.look_back_s * rate),
        n_segment=n_segment,
        bins=slice(bins.start, bins.stop),
        hann=(0.5 - 0.5 * np.cos(phase))[:, None],
    )


def pair_features(
    plan: PairPlan, main: Float64, ends: Int64, runs: Int64, features: Float64
) -> Float64:
    """The pair features of some windows.

    Args:
      main: (rows, n_channels) float64 buffer; ends: (w,) rows after each window.
      runs: (w, n_channels) int64, unbroken samples at the window's last grid sample.
      features: (w, n_channels, n_features) float64; all NaN where the input does not move.

    Returns:
      (w, n_pairs, n_pair_features) float64, NaN where a look-back is not complete.
    """
    if len(plan.left) == 0:
        return np.empty((len(ends), 0, 0))
    out = np.full((len(ends), len(plan.left), len(plan.names)), np.nan)
    still = np.all(np.isnan(features), axis=2)
    shorter = np.minimum(runs[:, plan.left], runs[:, plan.right])
    moving = ~(still[:, plan.left] | still[:, plan.right])
    for window, end in enumerate(ends):
        valid = moving[window] & (shorter[window] >= plan.n_covariance)
        if valid.any():
            out[window, valid, 0] = _covariance(plan, main[end - plan.n_covariance : end])[valid]
        valid = moving[window] & (shorter[window] >= plan.n_spectral)
        if valid.any() and plan.bins.stop > plan.bins.start:
            out[window, valid, 1:] = _spectral(plan, main[end - plan.n_spectral : end])[valid]
    return out


def _covariance(plan: PairPlan, x: Float64) -> Float64:
    off = x - x.mean(axis=0)
    return (off[:, plan.left] * off[:, plan.right]).mean(axis=0)


def _spectral(plan: PairPlan, x: Float64) -> Float64:
    """Coherence and phase-locking value over the segments, averaged over the bins of the band."""
    hop = plan.n_segment - plan.n_segment // 2
    starts = range(0, len(x) - plan.n_segment + 1, hop)
    segments = np.stack([x[start : start + plan.n_segment] for start in starts])
    segments = (segments - segments.mean(axis=1, keepdims=True)) * plan.hann
    spectra = np.fft.rfft(segments, axis=1)[:, plan.bins]
    a, b = spectra[..., plan.left], spectra[..., plan.right]
    cross = a * b.conj()
    size_a, size_b = (a.real**2 + a.imag**2), (b.real**2 + b.imag**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = cross.sum(axis=0)
        both = size_a.sum(axis=0) * size_b.sum(axis=0)
        coherence = ((total.real**2 + total.imag**2) / both).mean(axis=0)
        locked = np.abs((cross / np.sqrt(size_a * size_b)).mean(axis=0)).mean(axis=0)
    return np.stack([coherence, locked], axis=-1)
