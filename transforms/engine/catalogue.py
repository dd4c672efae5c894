"""Every feature once: name, unit, formula, look-back, path and source.

The engine computes from this table, BigQuery's columns and docs/features.md are generated from
it. In the formulas x is the path's signal over the look-back (N samples at rate fs), d its first
difference, P the one-sided Hann periodogram `scipy.signal.welch(x, fs, window="hann", nperseg=N,
detrend="constant")` and df = fs / N. Variances divide by the number of values (ddof 0).
"""

from __future__ import annotations

from fractions import Fraction

from transforms.engine.kind_features import KIND_FEATURES
from transforms.engine.measures import Feature, Measure, Path


def _band(name: str, low: float, high: float, look_back_s: Fraction) -> Feature:
    return Feature(
        name=f"{name}_power",
        measure=Measure.BAND_POWER,
        unit="uV^2",
        formula=f"sum of P * df over {low:g} <= f < {high:g} Hz",
        look_back_s=look_back_s,
        path=Path.MAIN,
        source="Welch 1967; bands after "
        + ("Crone et al. 1998" if low >= 70 else "IFCN (Nuwer et al. 1999)"),
        band_hz=(low, high),
    )


ONE_S, TWO_S, HALF_S = Fraction(1), Fraction(2), Fraction(1, 2)
LINE_HALF_WIDTH_HZ = 1.5  # three 1 Hz bins: the main lobe of the Hann window around the mains

FEATURES: tuple[Feature, ...] = (
    _band("delta", 1, 4, TWO_S),
    _band("theta", 4, 8, ONE_S),
    _band("alpha", 8, 13, ONE_S),
    _band("beta", 13, 30, HALF_S),
    _band("gamma", 30, 45, HALF_S),
    _band("high_gamma", 70, 150, HALF_S),
    Feature(
        "rms",
        Measure.RMS,
        "uV",
        "sqrt(mean(x^2))",
        ONE_S,
        Path.MAIN,
        "Root mean square",
    ),
    Feature(
        "log_variance",
        Measure.LOG_VARIANCE,
        "ln(uV^2)",
        "ln(var(x))",
        ONE_S,
        Path.MAIN,
        "Pfurtscheller and Neuper 2001",
    ),
    Feature(
        "line_length",
        Measure.LINE_LENGTH,
        "uV",
        "sum(|d|)",
        ONE_S,
        Path.MAIN,
        "Esteller et al. 2001",
    ),
    Feature(
        "mean_absolute",
        Measure.MEAN_ABSOLUTE,
        "uV",
        "mean(|x|)",
        ONE_S,
        Path.MAIN,
        "Hudgins et al. 1993 (mean absolute value)",
    ),
    Feature(
        "hjorth_mobility",
        Measure.MOBILITY,
        "1",
        "sqrt(var(d) / var(x))",
        ONE_S,
        Path.MAIN,
        "Hjorth 1970; differences per sample, as antropy",
    ),
    Feature(
        "hjorth_complexity",
        Measure.COMPLEXITY,
        "1",
        "sqrt(var(diff(d)) / var(d)) / hjorth_mobility",
        ONE_S,
        Path.MAIN,
        "Hjorth 1970; differences per sample, as antropy",
    ),
    Feature(
        "spectral_entropy",
        Measure.ENTROPY,
        "1",
        "-sum(p * ln(p)) / ln(n), p = P / sum(P) over the n bins of 1 <= f < 45 Hz",
        ONE_S,
        Path.MAIN,
        "Inouye et al. 1991, normalised to 0..1",
        band_hz=(1, 45),
    ),
    Feature(
        "spectral_edge_95",
        Measure.EDGE,
        "Hz",
        "frequency below which 95 % of sum(P) over 1 <= f < 45 Hz lies, each bin's power spread"
        " evenly over f - df/2 .. f + df/2",
        ONE_S,
        Path.MAIN,
        "Rampil et al. 1980, interpolated inside the bin",
        band_hz=(1, 45),
        fraction=0.95,
    ),
    Feature(
        "median_frequency",
        Measure.EDGE,
        "Hz",
        "frequency below which half of sum(P) over 20 <= f < 200 Hz lies, each bin's power spread"
        " evenly over f - df/2 .. f + df/2",
        HALF_S,
        Path.MAIN,
        "Stulen and De Luca 1981",
        band_hz=(20, 200),
        fraction=0.5,
    ),
    Feature(
        "peak_alpha_hz",
        Measure.PEAK,
        "Hz",
        "f of the largest P over 8 <= f < 13 Hz; where it exceeds both neighbours, the vertex of"
        " the parabola through ln(P) of the three",
        TWO_S,
        Path.MAIN,
        "Klimesch 1999; interpolation after Smith and Serra 1987",
        band_hz=(8, 13),
    ),
    Feature(
        "line_noise_ratio",
        Measure.LINE_RATIO,
        "1",
        "sum of P * df over line_hz - 1.5 <= f < line_hz + 1.5, divided by var(x)",
        ONE_S,
        Path.WIDE,
        "Share of mains, after PREP (Bigdely-Shamlo et al. 2015)",
    ),
    Feature(
        "muscle_ratio",
        Measure.HIGH_RATIO,
        "1",
        "mean(h^2) / var(m), m the main path, h the high path: main through a fourth-order"
        " Butterworth high-pass at 30 Hz and a second-order low-pass at 200 Hz or 0.4 of the rate,"
        " whichever is lower",
        ONE_S,
        Path.HIGH,
        "Share of the muscle band, after Muthukumaraswamy 2013",
    ),
    *KIND_FEATURES,
)

PAIR_BAND_HZ = (8, 13)
PAIR_SEGMENT_S = HALF_S

PAIR_FEATURES: tuple[Feature, ...] = (
    Feature(
        "covariance",
        Measure.COVARIANCE,
        "uV^2",
        "mean((x - mean(x)) * (y - mean(y)))",
        ONE_S,
        Path.MAIN,
        "Covariance, ddof 0",
    ),
    Feature(
        "alpha_coherence",
        Measure.COHERENCE,
        "1",
        "mean over 8 <= f < 13 Hz of |sum(X Y*)|^2 / (sum(|X|^2) sum(|Y|^2)), sums over segments of"
        " 0.5 s, half over, Hann, without their means",
        TWO_S,
        Path.MAIN,
        "scipy.signal.coherence; Carter et al. 1973",
        band_hz=(8, 13),
    ),
    Feature(
        "alpha_phase_locking",
        Measure.PHASE_LOCKING,
        "1",
        "mean over 8 <= f < 13 Hz of |mean over the same segments of X Y* / |X Y||",
        TWO_S,
        Path.MAIN,
        "Lachaux et al. 1999",
        band_hz=(8, 13),
    ),
)
"""Of channel pairs, where a stream asks for them (`StreamSpec.pairs`)."""

BY_NAME = {feature.name: feature for feature in FEATURES}
