"""Small signals with a known truth: action potentials, contractions, heartbeats."""

from __future__ import annotations

import math

import numpy as np

Float64 = np.ndarray


def action_potential(rate_hz: float) -> Float64:
    """A trough of 90 uV and the hump after it, from 0.5 ms before the trough on."""
    t_ms = np.arange(round(2 * rate_hz / 1000)) * 1000 / rate_hz - 0.5
    trough = -90 * np.exp(-0.5 * (t_ms / 0.12) ** 2)
    return np.asarray(trough + 30 * np.exp(-0.5 * ((t_ms - 0.45) / 0.25) ** 2))


def electrode(seed: int, n_samples: int, rate_hz: float) -> tuple[Float64, Float64]:
    """Noise of 8 uV with action potentials, and their times."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 8, n_samples)
    places = np.cumsum(rng.exponential(rate_hz / 12, n_samples).astype(int) + int(rate_hz * 0.003))
    places = places[places < n_samples - int(rate_hz * 0.003)]
    shape = action_potential(rate_hz)
    for place in places:
        samples[place : place + len(shape)] += shape
    return samples, places / rate_hz


def contractions(seed: int, rate_hz: int, bursts_s: list[tuple[float, float]]) -> Float64:
    """Muscle at rest (2 uV), and 40 uV during bursts."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 2, int(20 * rate_hz))
    for start_s, end_s in bursts_s:
        part = slice(int(start_s * rate_hz), int(end_s * rate_hz))
        samples[part] += rng.normal(0, 40, part.stop - part.start)
    return samples


def heartbeat_times_s(seed: int, duration_s: float) -> Float64:
    """70 beats a minute, faster with every breath in (Task Force 1996: 0.15 to 0.4 Hz)."""
    rng = np.random.default_rng(seed)
    times = [0.4]
    while times[-1] < duration_s - 1:
        breath = 0.04 * math.sin(2 * math.pi * 0.25 * times[-1])
        times.append(times[-1] + 60 / 70 + breath + rng.normal(0, 0.01))
    return np.array(times)


def ecg(times_s: Float64, rate_hz: float, duration_s: float, sign: float = 1) -> Float64:
    """P, Q, R, S and T as Gaussians (McSharry et al. 2003), in microvolt."""
    t = np.arange(int(duration_s * rate_hz)) / rate_hz
    out = np.zeros(len(t))
    waves = ((-0.2, 0.025, 120), (-0.03, 0.01, -120), (0, 0.011, 1000), (0.03, 0.01, -250))
    for time_s in times_s:
        for offset_s, width_s, height_uv in (*waves, (0.3, 0.05, 300)):
            near = np.abs(t - time_s - offset_s) < 6 * width_s
            arc = (t[near] - time_s - offset_s) / width_s
            out[near] += height_uv * np.exp(-0.5 * arc**2)
    return sign * out
