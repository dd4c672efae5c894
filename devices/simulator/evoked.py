"""Answers to stimuli: the flicker that the occiput follows, and the P300 to what is rare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere, positions
from devices.simulator.noise import Stream, random_stream
from devices.simulator.paradigms import Trial
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

# A flicker is answered at its frequency and the harmonics, largest over the occiput (Herrmann
# 2001), some 0.15 s late and not at once (Mueller et al. 1998).
_HARMONICS = ((1, 1.0), (2, 0.5), (3, 0.2))
STEADY_DELAY_S, STEADY_RAMP_S = 0.15, 0.3
_OCCIPUT = on_sphere(75.0, 180.0)

# Every stimulus is seen: N1 and P2 over the occiput. Rare ones raise the P3b over the parietal
# midline at 300 to 500 ms, 5 to 20 uV, later in some trials than in others (Polich 2007).
_N1 = (0.17, 0.022, -3.0)
_P2 = (0.23, 0.03, 2.5)
_P3_WIDTH_S, _P3_JITTER_S = 0.065, 0.025
_AFTER_S = 1.0


def steady_state(
    settings: SimulatorSettings, subject: Subject, trials: Sequence[Trial], samples_uv: Float64
) -> None:
    """Adds the answer to a flicker to (n_samples, n_channels).

    Args:
      trials: labelled with the stimulus, "13 Hz". The phase is locked to the onset.
    """
    rng = random_stream(settings.seed, Stream.STEADY_STATE)
    at_oz = falloff(positions(("Oz",)), _OCCIPUT, 0.5)
    weight = falloff(subject.places, _OCCIPUT, 0.5) / at_oz
    amplitude_uv = rng.uniform(4, 8)
    phases = rng.uniform(0, 2 * np.pi, len(_HARMONICS))
    rate_hz = float(settings.sampling_rate)
    for trial in trials:
        stimulus_hz = float(trial.label.removesuffix(" Hz"))
        rows, time_s = _during(trial, trial.duration_s + STEADY_DELAY_S, rate_hz, len(samples_uv))
        edge = np.minimum(time_s - STEADY_DELAY_S, trial.duration_s + STEADY_DELAY_S - time_s)
        envelope = np.clip(edge / STEADY_RAMP_S, 0, 1)
        wave = np.zeros(len(time_s))
        for (harmonic, share), phase in zip(_HARMONICS, phases, strict=True):
            if harmonic * stimulus_hz < rate_hz / 2:
                wave += share * np.sin(2 * np.pi * harmonic * stimulus_hz * time_s + phase)
        samples_uv[rows] += (amplitude_uv * envelope * wave)[:, None] * weight


def oddball_response(
    settings: SimulatorSettings, subject: Subject, trials: Sequence[Trial], samples_uv: Float64
) -> None:
    """Adds what each stimulus evokes to (n_samples, n_channels).

    Args:
      trials: labelled "target" or "non-target".
    """
    rng = random_stream(settings.seed, Stream.ODDBALL)
    amplitude_uv, latency_s = rng.uniform(9, 15), rng.uniform(0.34, 0.42)
    visual = falloff(subject.places, _OCCIPUT, 0.6)
    parietal = falloff(subject.places, positions(("Pz",))[0], 0.9)
    rate_hz = float(settings.sampling_rate)
    for trial in trials:
        # Drawn for both, so that a target more or less leaves the others as they were.
        size, late_s = rng.lognormal(0.0, 0.25), rng.normal(0.0, _P3_JITTER_S)
        rows, time_s = _during(trial, _AFTER_S, rate_hz, len(samples_uv))
        seen_uv = _bell(time_s, *_N1) + _bell(time_s, *_P2)
        samples_uv[rows] += seen_uv[:, None] * visual
        if trial.label == "target":
            p3_uv = _bell(time_s, latency_s + late_s, _P3_WIDTH_S, amplitude_uv * size)
            samples_uv[rows] += p3_uv[:, None] * parietal


def _during(trial: Trial, lasts_s: float, rate_hz: float, n_samples: int) -> tuple[slice, Float64]:
    """The rows from a trial's onset on, and their times since it."""
    first = int(np.ceil(trial.onset_s * rate_hz))
    end = min(int(np.ceil((trial.onset_s + lasts_s) * rate_hz)), n_samples)
    return slice(first, end), np.arange(first, end) / rate_hz - trial.onset_s


def _bell(time_s: Float64, centre_s: float, width_s: float, height: float) -> Float64:
    return np.asarray(height * np.exp(-0.5 * ((time_s - centre_s) / width_s) ** 2))
