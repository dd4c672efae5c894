"""The heart: when it beats, and what one beat looks like on the chest and on the scalp."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.noise import SLOW_RATE_HZ, Density, Stream, random_stream, shaped_noise
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

# Waves of one beat as bells around the R wave: (name, centre s, width s, height of R = 1). The
# sum of Gaussians of McSharry et al. 2003, with the timing and heights of a healthy lead II (PR
# 160 ms, QRS 90 ms, QT 390 ms at 60 beats a minute).
_WAVES = (
    ("P", -0.160, 0.022, 0.12),
    ("Q", -0.026, 0.008, -0.10),
    ("R", 0.0, 0.011, 1.05),
    ("S", 0.028, 0.009, -0.22),
    ("T", 0.270, 0.045, 0.28),
)
_BEFORE_S, _AFTER_S = 0.3, 0.7

# The heart's mean axis points to the left, the front and downwards; across the head its field is
# nearly even, positive towards the axis (Dirlich et al. 1997).
_AXIS = np.array([-0.75, 0.2, -0.63])


@dataclasses.dataclass(frozen=True)
class HeartRhythm:
    """How a person's heart beats at rest.

    Attributes:
      rate_bpm: mean, 55 to 85.
      sdnn_s: standard deviation of the intervals, 0.03 to 0.06 (Shaffer and Ginsberg 2017: 0.05).
      breathing_hz: 0.2 to 0.3; the interval grows with each breath out (respiratory sinus
        arrhythmia).
      breathing_share: of the variance; the rest are waves of blood pressure at 0.1 Hz (Mayer).
    """

    rate_bpm: float
    sdnn_s: float
    breathing_hz: float
    breathing_share: float


def draw_rhythm(seed: int) -> HeartRhythm:
    """The rhythm of the subject of a seed."""
    rng = random_stream(seed, Stream.HEART)
    return HeartRhythm(
        rate_bpm=float(rng.uniform(55, 85)),
        sdnn_s=float(rng.uniform(0.03, 0.06)),
        breathing_hz=float(rng.uniform(0.2, 0.3)),
        breathing_share=float(rng.uniform(0.45, 0.75)),
    )


def beat_times(seed: int, duration_s: float) -> Float64:
    """(n_beats,) float64: times of the R waves, seconds, of the subject of a seed.

    Intervals vary around 0.1 Hz and the breathing frequency as in McSharry et al. 2003, and are
    read off an integral of the momentary rate, so that no interval is cut to a sample.
    """
    rhythm = draw_rhythm(seed)
    rng = random_stream(seed, Stream.HEART, number=1)
    n_slow = int(duration_s * SLOW_RATE_HZ) + 2
    variation = shaped_noise(rng, _variability(rhythm), shape=(n_slow, 1), rate_hz=SLOW_RATE_HZ)[
        :, 0
    ]
    mean_s = 60 / rhythm.rate_bpm
    interval_s = np.maximum(mean_s + rhythm.sdnn_s * variation, 0.3 * mean_s)
    beats = np.cumsum(1 / interval_s) / SLOW_RATE_HZ
    beats -= beats[0] - rng.random()
    time_s = np.arange(n_slow) / SLOW_RATE_HZ
    times_s = np.interp(np.arange(1, int(beats[-1]) + 1), beats, time_s)
    return np.asarray(times_s[times_s < duration_s])


def beat_wave(
    beats_s: Float64, *, n_samples: int, rate_hz: float, heights: dict[str, float] | None = None
) -> Float64:
    """(n_samples,) float64: P, Q, R, S and T of each beat; the R wave is 1 high.

    Args:
      beats_s: (n_beats,), times of the R waves.
      heights: factors of some of the waves, by letter: another lead sees another heart.
    """
    wave = np.zeros(n_samples)
    intervals_s = np.diff(beats_s, prepend=beats_s[:1] - 0.9)
    for beat_s, interval_s in zip(beats_s.tolist(), intervals_s.tolist(), strict=True):
        first = max(int(np.ceil((beat_s - _BEFORE_S) * rate_hz)), 0)
        end = min(int(np.ceil((beat_s + _AFTER_S) * rate_hz)), n_samples)
        from_r_s = np.arange(first, end) / rate_hz - beat_s
        for name, centre_s, width_s, height in _WAVES:
            if name == "T":  # repolarisation comes sooner when the heart beats faster (Bazett)
                centre_s *= np.sqrt(np.clip(interval_s, 0.4, 1.5))
            scale = height * (heights or {}).get(name, 1.0)
            wave[first:end] += scale * np.exp(-0.5 * ((from_r_s - centre_s) / width_s) ** 2)
    return wave


def heart_on_scalp(settings: SimulatorSettings, subject: Subject, beats_s: Float64) -> Float64:
    """What electrodes on the head see of the heart, (n_samples, n_channels) float64, microvolts."""
    rng = random_stream(settings.seed, Stream.HEART_ON_SCALP)
    axis = _AXIS + rng.normal(0.0, 0.15, 3)
    gain = subject.places @ (axis / np.linalg.norm(axis))
    wave = beat_wave(
        beats_s,
        n_samples=settings.n_samples,
        rate_hz=float(settings.sampling_rate),
        heights={"P": 0.5, "T": 0.7},
    )
    return np.asarray(wave[:, None] * (settings.heart_uv * gain / np.abs(gain).max()))


def _variability(rhythm: HeartRhythm) -> Density:
    """Two bells of variance 1 together."""

    def density(hz: Float64) -> Float64:
        slow = np.exp(-0.5 * ((hz - 0.1) / 0.02) ** 2)
        breath = np.exp(-0.5 * ((hz - rhythm.breathing_hz) / 0.02) ** 2)
        share = rhythm.breathing_share
        return np.asarray((share * breath + (1 - share) * slow) / (0.02 * np.sqrt(2 * np.pi)))

    return density
