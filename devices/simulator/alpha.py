"""The alpha rhythm: occipital, waxing and waning, strong while the eyes are closed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere
from devices.simulator.noise import (
    SLOW_RATE_HZ,
    Stream,
    at_rate,
    peak_density,
    random_stream,
    shaped_noise,
    slow_noise,
)
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

WIDTH_HZ = 0.6
"""Standard deviation of the spectral peak: spindles of about a second."""

DELAY_S, BUILD_UP_S = 0.4, 0.5
"""Alpha answers the lids late and not at once (Adrian and Matthews 1934: up to a second)."""

_LEFT, _RIGHT = on_sphere(72.0, 160.0), on_sphere(72.0, -160.0)
_SPREAD = 1.1  # frontal electrodes see a quarter to a third of occipital amplitude


def alpha(
    settings: SimulatorSettings, subject: Subject, eyes_closed: Sequence[tuple[float, float]]
) -> Float64:
    """Alpha of all channels.

    Args:
      eyes_closed: (start_s, end_s) of each time with closed eyes.

    Returns:
      (n_samples, n_channels) float64, microvolts.
    """
    rng = random_stream(settings.seed, Stream.ALPHA)
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)

    peak = peak_density(subject.alpha_hz, WIDTH_HZ)
    # Both hemispheres in part together: one source of each and one between them.
    sources = shaped_noise(rng, peak, shape=(n_samples, 3), rate_hz=rate_hz)
    tide = slow_noise(rng, n_samples=n_samples, rate_hz=rate_hz, below_hz=0.1)
    closed = _closed_share(eyes_closed, n_samples=n_samples, rate_hz=rate_hz)
    share = subject.alpha_open_share + (1 - subject.alpha_open_share) * closed
    amplitude_uv = subject.alpha_closed_uv * share * np.exp(0.3 * tide - 0.045)
    sides = np.sqrt(0.5) * np.stack(
        [falloff(subject.places, _LEFT, _SPREAD), falloff(subject.places, _RIGHT, _SPREAD)]
    )
    # 1 where it is strongest: as large at O1 as the subject's alpha is.
    largest = falloff(_LEFT[None], _LEFT, _SPREAD) ** 2 + falloff(_LEFT[None], _RIGHT, _SPREAD) ** 2
    mixing = np.concatenate([sides, np.sqrt((sides**2).sum(axis=0))[None]])
    alpha_uv = sources @ (mixing / np.sqrt(largest))
    alpha_uv *= amplitude_uv[:, None]
    return np.asarray(alpha_uv)


def _closed_share(
    eyes_closed: Sequence[tuple[float, float]], *, n_samples: int, rate_hz: float
) -> Float64:
    """(n_samples,) float64: 0 with open eyes, 1 with closed, late and gradual in between."""
    time_s = np.arange(int(n_samples / rate_hz * SLOW_RATE_HZ) + 2) / SLOW_RATE_HZ
    closed = np.zeros(len(time_s))
    for start_s, end_s in eyes_closed:
        rising = np.clip((time_s - start_s - DELAY_S) / BUILD_UP_S, 0, 1)
        falling = np.clip((time_s - end_s - DELAY_S / 2) / BUILD_UP_S, 0, 1)
        closed = np.maximum(closed, rising - falling)
    return at_rate(closed, n_samples=n_samples, rate_hz=rate_hz)
