"""Motor imagery: mu and beta over the hand areas, which fall on the side opposite the hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, positions
from devices.simulator.noise import (
    SLOW_RATE_HZ,
    Stream,
    at_rate,
    peak_density,
    random_stream,
    shaped_noise,
)
from devices.simulator.paradigms import Trial
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

# Mu lies a little above the alpha of the occiput; beta has its own frequency near 20 Hz. Both
# fall within a second of the cue, contralaterally to a half of their amplitude and ipsilaterally
# little, and beta returns above its level when the imagery ends (Pfurtscheller and Lopes da
# Silva 1999).
DELAY_S, FALL_S = 0.4, 0.6
CONTRALATERAL, IPSILATERAL = 0.4, 0.85
REBOUND, REBOUND_S = 1.4, 1.0
_SPREAD = 0.35  # head radii: what a surface Laplacian can tell apart
_BETA_SHARE = 0.5  # of mu's amplitude


def motor_rhythms(
    settings: SimulatorSettings, subject: Subject, trials: Sequence[Trial]
) -> Float64:
    """Rhythms of both hand areas, (n_samples, n_channels) float64, microvolts.

    Args:
      trials: labelled with the hand, "left" or "right".
    """
    rng = random_stream(settings.seed, Stream.MOTOR)
    n_samples, rate_hz = settings.n_samples, float(settings.sampling_rate)
    mu_uv = rng.uniform(6, 10)
    mu_hz, beta_hz = np.clip(subject.alpha_hz + rng.uniform(0.3, 1.0), 8, 13), rng.uniform(18, 24)
    shape = (n_samples, 2)
    mu = shaped_noise(rng, peak_density(float(mu_hz), 0.8), shape=shape, rate_hz=rate_hz)
    beta = shaped_noise(rng, peak_density(float(beta_hz), 2.0), shape=shape, rate_hz=rate_hz)
    rhythms_uv = np.zeros((n_samples, len(settings.channels)))
    for side, (electrode, hand) in enumerate((("C3", "right"), ("C4", "left"))):
        level, rebound = _levels(trials, hand, settings.duration_s)
        of_mu = at_rate(level, n_samples=n_samples, rate_hz=rate_hz)
        of_beta = at_rate(level * rebound, n_samples=n_samples, rate_hz=rate_hz)
        source_uv = mu_uv * (of_mu * mu[:, side] + _BETA_SHARE * of_beta * beta[:, side])
        weight = falloff(subject.places, positions((electrode,))[0], _SPREAD)
        rhythms_uv += source_uv[:, None] * weight
    return rhythms_uv


def _levels(trials: Sequence[Trial], hand: str, duration_s: float) -> tuple[Float64, Float64]:
    """Amplitude over that at rest, and the factor of beta's rebound, each at SLOW_RATE_HZ."""
    time_s = np.arange(int(duration_s * SLOW_RATE_HZ) + 2) / SLOW_RATE_HZ
    level, rebound = np.ones(len(time_s)), np.ones(len(time_s))
    for trial in trials:
        lowest = CONTRALATERAL if trial.label == hand else IPSILATERAL
        falling = np.clip((time_s - trial.onset_s - DELAY_S) / FALL_S, 0, 1)
        rising = np.clip((time_s - trial.end_s) / FALL_S, 0, 1)
        level -= (1 - lowest) * (falling - rising)
        if trial.label == hand:
            phase = (time_s - trial.end_s - FALL_S / 2) / REBOUND_S
            rebound += (REBOUND - 1) * np.sin(np.pi * np.clip(phase, 0, 1)) ** 2
    return level, rebound
