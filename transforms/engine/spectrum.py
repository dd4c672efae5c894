"""Which bins of which look-backs a stream's spectral features need, and the tables for them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from transforms.engine.catalogue import LINE_HALF_WIDTH_HZ
from transforms.engine.kernels import spectrum as kernel
from transforms.engine.measures import (
    NS_PER_S,
    NYQUIST_MARGIN,
    WINDOW_NS,
    Feature,
    Measure,
    Path,
)
from transforms.engine.spec import StreamSpec
from transforms.engine.windows import Float64, Int64

WINDOW_S = Fraction(WINDOW_NS, NS_PER_S)
SPECTRAL = (Measure.BAND_POWER, Measure.ENTROPY, Measure.EDGE, Measure.PEAK, Measure.LINE_RATIO)


@dataclasses.dataclass(frozen=True)
class LookBack:
    """The samples of one path that end with a window's last grid sample."""

    path: Path
    seconds: Fraction
    n_samples: int
    is_whole: bool  # whole in samples and in windows: a sum of per-window terms

    @property
    def n_windows(self) -> int:
        """Windows that a whole look-back consists of."""
        return int(self.seconds / WINDOW_S)


@dataclasses.dataclass(frozen=True)
class SpectralBand:
    """Where a feature's bins lie in the array of powers, and how to scale them.

    Attributes:
      first, last: `power[first:last]` are the bins of the band.
      first_hz: frequency of the first bin; bin_hz: distance of bins.
      scale: turns |Y|^2 into power per bin (P * df).
    """

    look_back: LookBack
    first: int
    last: int
    first_hz: float
    bin_hz: float
    scale: float


@dataclasses.dataclass(frozen=True)
class PathPlan:
    """The look-backs of one path that are whole in windows; see kernels/spectrum.py.

    Attributes:
      look_backs: (n, 5) int64.
      frequencies: (n_bins,) int64, cycles per look-back, look-back after look-back.
      cosines, sines: (2, half, n_bins) float64: for the shorter full window, and for the longer.
      roots: (2, sum of 2 N) float64.
    """

    look_backs: Int64
    frequencies: Int64
    cosines: Float64
    sines: Float64
    roots: Float64

    @property
    def n_windows(self) -> int:
        """Windows of the longest look-back."""
        return int(self.look_backs[:, kernel.WINDOWS].max(initial=1))


@dataclasses.dataclass(frozen=True)
class SpectrumPlan:
    """Everything the kernels need that depends on the stream alone.

    A channel's powers are one row: those of main's whole look-backs, of wide's, and of the
    look-backs that are not whole and have to be transformed.

    Attributes:
      bands: where each spectral feature finds its powers; features without a band are absent.
      n_lines: length of the row of powers.
      transformed: look-backs that are not whole: their bins of `rfft`, and where they go.
    """

    bands: dict[str, SpectralBand]
    main: PathPlan
    wide: PathPlan
    n_lines: int
    transformed: tuple[tuple[LookBack, Int64, int], ...]


def look_back_of(feature: Feature, sampling_rate: Fraction) -> LookBack:
    """A feature's look-back at a rate, in whole samples rounded half to even."""
    exact = feature.look_back_s * sampling_rate
    path = Path.WIDE if feature.path is Path.WIDE else Path.MAIN
    whole = exact.denominator == 1 and (feature.look_back_s / WINDOW_S).denominator == 1
    # Below 20 Hz some windows have no sample and are not counted among those emitted.
    is_whole = whole and sampling_rate * WINDOW_S >= 1
    return LookBack(path, feature.look_back_s, round(exact), is_whole)


def band_hz(feature: Feature, spec: StreamSpec) -> tuple[Fraction, Fraction] | None:
    """The band of a feature for this stream, None where the rate leaves no room for it."""
    if feature.measure is Measure.LINE_RATIO:
        if spec.line_hz is None:
            return None
        half = Fraction(str(LINE_HALF_WIDTH_HZ))
        low, high = spec.line_hz - half, spec.line_hz + half
    else:
        assert feature.band_hz is not None
        low, high = (Fraction(str(edge)) for edge in feature.band_hz)
    return (low, high) if fits(high, spec.sampling_rate) else None


def fits(high: Fraction, rate: Fraction) -> bool:
    """Whether a band that ends at `high` exists at a rate."""
    return high <= NYQUIST_MARGIN * rate


def bin_range(band: tuple[Fraction, Fraction], n_samples: int, rate: Fraction) -> range:
    """Bins f = i * rate / n_samples with low <= f < high."""
    low, high = (edge * n_samples / rate for edge in band)
    return range(-(-low.numerator // low.denominator), -(-high.numerator // high.denominator))


def plan_spectrum(spec: StreamSpec, features: tuple[Feature, ...]) -> SpectrumPlan:
    """Collects the bins of all spectral features and lays them out."""
    rate = spec.sampling_rate
    wanted: dict[LookBack, set[int]] = {}
    ranges: dict[str, tuple[LookBack, range]] = {}
    for feature in features:
        band = band_hz(feature, spec) if feature.measure in SPECTRAL else None
        if band is None:
            continue
        look_back = look_back_of(feature, rate)
        bins = bin_range(band, look_back.n_samples, rate)
        if len(bins) == 0 or bins.start < 1:
            continue
        ranges[feature.name] = (look_back, bins)
        margin = 1 if feature.measure is Measure.PEAK else 0  # the parabola's neighbours
        wanted.setdefault(look_back, set()).update(range(bins.start - margin, bins.stop + margin))
    line_of: dict[tuple[LookBack, int], int] = {}
    main = _plan_path(Path.MAIN, wanted, rate, 0, line_of)
    wide = _plan_path(Path.WIDE, wanted, rate, len(main.frequencies), line_of)
    n_lines = len(main.frequencies) + len(wide.frequencies)
    transformed = []
    for look_back in wanted:
        if not look_back.is_whole:
            cycles = sorted(wanted[look_back])
            transformed.append((look_back, np.array(cycles), n_lines))
            line_of |= {(look_back, f): n_lines + i for i, f in enumerate(cycles)}
            n_lines += len(cycles)
    bands = {
        name: _band(look_back, span, line_of[look_back, span.start], rate)
        for name, (look_back, span) in ranges.items()
    }
    return SpectrumPlan(bands, main, wide, n_lines, tuple(transformed))


def _band(look_back: LookBack, span: range, first_line: int, rate: Fraction) -> SpectralBand:
    n_samples = look_back.n_samples
    return SpectralBand(
        look_back=look_back,
        first=first_line,
        last=first_line + len(span),
        first_hz=float(span.start * rate / n_samples),
        bin_hz=float(rate / n_samples),
        scale=float(Fraction(16, 3) / n_samples**2),  # 2 / (sum(hann^2) N)
    )


def _plan_path(
    path: Path,
    wanted: dict[LookBack, set[int]],
    rate: Fraction,
    first_line: int,
    line_of: dict[tuple[LookBack, int], int],
) -> PathPlan:
    """Lays the bins of a path's whole look-backs side by side, each with its Hann neighbours."""
    look_backs: list[tuple[int, ...]] = []
    cycles: list[int] = []
    periods: list[int] = []
    roots = [np.empty((2, 0))]
    for look_back in (lb for lb in wanted if lb.path is path and lb.is_whole):
        plain = sorted({f + d for f in wanted[look_back] for d in (-1, 0, 1)})
        n = look_back.n_samples
        n_roots = sum(part.shape[1] for part in roots)
        look_backs.append((n, look_back.n_windows, n_roots, len(cycles), len(plain)))
        line_of |= {(look_back, f): first_line + len(cycles) + i for i, f in enumerate(plain)}
        cycles += plain
        periods += [n] * len(plain)
        roots.append(np.stack(_turn(np.arange(2 * n), n)))
    cosines, sines = _tables(rate, cycles, periods)
    return PathPlan(
        look_backs=np.array(look_backs, dtype=np.int64).reshape(-1, 5),
        frequencies=np.array(cycles, dtype=np.int64),
        cosines=cosines,
        sines=sines,
        roots=np.concatenate(roots, axis=1),
    )


def _turn(halves: Int64, n_samples: int) -> tuple[Float64, Float64]:
    """cos and sin of half-sample steps on a circle of n_samples."""
    angle = (halves % (2 * n_samples)) * (np.pi / n_samples)
    return np.cos(angle), np.sin(angle)


def window_lengths(rate: Fraction) -> tuple[int, int]:
    """Samples of the shorter and of the longer full windows; equal where the rate fits."""
    exact = rate * WINDOW_S
    return exact.numerator // exact.denominator, -(-exact.numerator // exact.denominator)


def _tables(rate: Fraction, cycles: list[int], periods: list[int]) -> tuple[Float64, Float64]:
    """cos and sin of a bin's phase at sample s, counted back from the window's centre.

    Bin 0 stays zero: that removes the mean.
    """
    lengths = window_lengths(rate)
    half = -(-lengths[1] // 8) * 4  # pairs, rounded up to a multiple of four
    cosines, sines = np.zeros((2, 2, half, len(cycles)))
    for number, length in enumerate(lengths):
        pairs = -(-length // 2)
        back = length - 1 - 2 * np.arange(pairs)
        for column, (frequency, n_samples) in enumerate(zip(cycles, periods, strict=True)):
            if frequency > 0:
                turn = _turn(back * frequency, n_samples)
                cosines[number, :pairs, column], sines[number, :pairs, column] = turn
    return cosines, sines
