"""The engine's promises written out slowly, from scipy and antropy, sharing no code with it."""

from __future__ import annotations

import math
from fractions import Fraction

import antropy
import numpy as np
import scipy.signal

from transforms.engine import StreamSpec


def sections(rate_hz: float, line_hz: int | None) -> dict[str, np.ndarray]:
    """Second-order sections of the paths of eeg, from their definitions."""
    wide = np.empty((0, 6))
    if rate_hz * 0.45 > 0.5:
        wide = scipy.signal.butter(2, 0.5, "highpass", fs=rate_hz, output="sos")
    main = [wide]
    for harmonic in range(line_hz or 1000, 251, line_hz or 1000):
        if harmonic < 0.45 * rate_hz:
            b, a = scipy.signal.iirnotch(harmonic, 30, fs=rate_hz)
            main.append(np.concatenate([b, a])[None])  # tf2sos would round once more
    if 0.4 * rate_hz <= 30:
        return {"wide": wide, "main": np.concatenate(main)}
    high = scipy.signal.butter(4, 30, "highpass", fs=rate_hz, output="sos")
    low = scipy.signal.butter(2, min(200, 0.4 * rate_hz), "lowpass", fs=rate_hz, output="sos")
    return {
        "wide": wide,
        "main": np.concatenate(main),
        "high": np.concatenate([*main, high, low]),
    }


def runs(present: np.ndarray) -> list[tuple[int, int]]:
    """Unbroken stretches of samples that are present."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def filtered(samples: np.ndarray, sos: np.ndarray) -> np.ndarray:
    """One sosfilt over each unbroken run of each channel; NaN where absent."""
    out = np.full(samples.shape, np.nan)
    for channel in range(samples.shape[1]):
        x = samples[:, channel]
        for first, last in runs(np.isfinite(x)):
            if len(sos) == 0:
                out[first:last, channel] = x[first:last]
                continue
            zi = scipy.signal.sosfilt_zi(sos) * x[first]
            out[first:last, channel], _ = scipy.signal.sosfilt(sos, x[first:last], zi=zi)
    return out


def window_of(spec: StreamSpec, sample: int) -> int:
    """The window of a sample, from the definition in rational numbers."""
    time_ns = spec.start_ns + Fraction(sample * 10**9) / spec.sampling_rate
    return math.floor(time_ns / 50_000_000)


def end_of(spec: StreamSpec, window: int) -> int:
    """The sample after a window's last grid sample."""
    return math.ceil(
        (Fraction((window + 1) * 50_000_000) - spec.start_ns) * spec.sampling_rate / 10**9
    )


def look_back(x: np.ndarray, end: int, seconds: float, rate: Fraction) -> np.ndarray | None:
    """The samples of one channel's look-back, None if one of them is absent."""
    n_samples = round(Fraction(str(seconds)) * rate)
    if end > len(x) or end < n_samples:
        return None
    part = x[end - n_samples : end]
    return None if np.isnan(part).any() else part


def spectrum(x: np.ndarray, rate_hz: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Frequencies, one-sided Hann periodogram, distance of bins."""
    hz, density = scipy.signal.welch(
        x, rate_hz, window="hann", nperseg=len(x), detrend="constant", scaling="density"
    )
    return np.arange(len(hz)) * rate_hz / len(x), density, rate_hz / len(x)


def band_power(x: np.ndarray, rate_hz: float, low: float, high: float) -> float:
    """Power of low <= f < high, NaN where the rate has no room for the band."""
    if high > 0.45 * rate_hz:
        return math.nan
    hz, density, df = spectrum(x, rate_hz)
    return density[(low <= hz) & (hz < high)].sum() * df


def entropy(x: np.ndarray, rate_hz: float) -> float:
    """Normalised Shannon entropy of the spectrum from 1 to 45 Hz."""
    if rate_hz * 0.45 < 45:
        return math.nan
    hz, density, _ = spectrum(x, rate_hz)
    p = density[(hz >= 1) & (hz < 45)]
    p = p / p.sum()
    return -(p * np.log(p)).sum() / np.log(len(p))


def edge(x: np.ndarray, rate_hz: float, low: float, high: float, fraction: float) -> float:
    """Frequency below which a fraction of the power of the band lies."""
    if high > rate_hz * 0.45:
        return math.nan
    hz, density, df = spectrum(x, rate_hz)
    inside = (hz >= low) & (hz < high)
    share = np.concatenate([[0], np.cumsum(density[inside]) / density[inside].sum()])
    edges = np.concatenate([hz[inside] - df / 2, [hz[inside][-1] + df / 2]])
    return float(np.interp(fraction, share, edges))


def peak_alpha(x: np.ndarray, rate_hz: float) -> float:
    """The alpha peak, by the parabola through three logarithms."""
    if rate_hz * 0.45 < 13:
        return math.nan
    hz, density, df = spectrum(x, rate_hz)
    inside = np.flatnonzero((hz >= 8) & (hz < 13))
    i = inside[np.argmax(density[inside])]
    if density[i] > density[i - 1] and density[i] > density[i + 1]:
        a, _, c = np.polyfit([-1, 0, 1], np.log(density[i - 1 : i + 2]), 2)[[0, 2, 1]]
        return float(hz[i] - c / (2 * a) * df)
    return float(hz[i])


def features(paths: dict[str, np.ndarray], end: int, spec: StreamSpec) -> dict[str, float]:
    """Every feature of one channel of eeg for the window that ends before sample `end`."""
    rate, rate_hz = spec.sampling_rate, spec.sampling_rate_hz
    main = {s: look_back(paths["main"], end, s, rate) for s in (0.5, 1, 2)}
    out = {}
    for name, low, high, seconds in (
        ("delta_power", 1, 4, 2),
        ("theta_power", 4, 8, 1),
        ("alpha_power", 8, 13, 1),
        ("beta_power", 13, 30, 0.5),
        ("gamma_power", 30, 45, 0.5),
        ("high_gamma_power", 70, 150, 0.5),
    ):
        x = main[seconds]
        out[name] = math.nan if x is None else band_power(x, rate_hz, low, high)
    out["peak_alpha_hz"] = math.nan if main[2] is None else peak_alpha(main[2], rate_hz)
    if main[1] is not None:
        x = main[1]
        wide = look_back(paths["wide"], end, 1, rate)
        high_path = look_back(paths["high"], end, 1, rate) if "high" in paths else None
        assert wide is not None
        mobility, complexity = antropy.hjorth_params(x)
        line = (spec.line_hz - 1.5, spec.line_hz + 1.5) if spec.line_hz else (0, rate_hz)
        out |= {
            "rms": math.sqrt((x**2).mean()),
            "log_variance": math.log(x.var()),
            "line_length": np.abs(np.diff(x)).sum(),
            "hjorth_mobility": mobility,
            "hjorth_complexity": complexity,
            "spectral_entropy": entropy(x, rate_hz),
            "spectral_edge_95": edge(x, rate_hz, 1, 45, 0.95),
            "line_noise_ratio": band_power(wide, rate_hz, *line) / wide.var(),
            "muscle_ratio": math.nan if high_path is None else (high_path**2).mean() / x.var(),
        }
    return out
