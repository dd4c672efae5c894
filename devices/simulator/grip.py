"""A grip in time: how far the hand is closed, and how the cortex gets ready for it before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.simulator.noise import SLOW_RATE_HZ
from devices.simulator.paradigms import Trial

Float64 = npt.NDArray[np.float64]

# Beta falls a second or so before the movement and returns half a second after it; high gamma
# comes with the movement itself and stays near its place (Crone et al. 1998; Miller et al. 2007).
BETA_LEAD_S, BETA_RAMP_S = 0.6, 0.5
GAMMA_LEAD_S, GAMMA_RAMP_S = 0.1, 0.2


def beta_fall(trials: Sequence[Trial], duration_s: float) -> Float64:
    """0 at rest, 1 while the hand works, at SLOW_RATE_HZ: (int(duration_s * 10) + 2,) float64."""
    return _course(trials, duration_s, BETA_LEAD_S, BETA_RAMP_S, lag_s=0.4)


def gamma_rise(trials: Sequence[Trial], duration_s: float) -> Float64:
    """0 at rest, 1 while the hand works, at SLOW_RATE_HZ: (int(duration_s * 10) + 2,) float64."""
    return _course(trials, duration_s, GAMMA_LEAD_S, GAMMA_RAMP_S, lag_s=0.0)


def _course(
    trials: Sequence[Trial], duration_s: float, lead_s: float, ramp_s: float, lag_s: float
) -> Float64:
    time_s = np.arange(int(duration_s * SLOW_RATE_HZ) + 2) / SLOW_RATE_HZ
    course = np.zeros(len(time_s))
    for trial in trials:
        rising = np.clip((time_s - trial.onset_s + lead_s) / ramp_s, 0, 1)
        falling = np.clip((time_s - trial.end_s - lag_s) / ramp_s, 0, 1)
        course = np.maximum(course, rising - falling)
    return course
