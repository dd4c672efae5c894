"""What is always there: cortex, resting muscle tone, the amplifier's own noise, the offset."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere
from devices.simulator.muscle import muscle_density
from devices.simulator.noise import (
    Stream,
    random_stream,
    rms_of,
    shaped_noise,
    slow_noise,
)
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

KNEE_HZ = 0.3
"""Below, the background no longer rises: at rest and awake there is little cortical power."""

CORRELATION_LENGTH = 0.7
"""In head radii: neighbours 4 to 5 cm apart correlate by about a half, the far side hardly.

Volume conduction alone gives coherence at distances below 10 cm (Nunez et al. 1997).
"""


def background(settings: SimulatorSettings, subject: Subject) -> Float64:
    """The sum of all, (n_samples, n_channels) float64, microvolts."""
    sum_uv = _cortex(settings, subject)
    sum_uv += _tonic_muscle(settings, subject)
    sum_uv += _amplifier(settings)
    return sum_uv


def _cortex(settings: SimulatorSettings, subject: Subject) -> Float64:
    rng = random_stream(settings.seed, Stream.BACKGROUND)
    exponent = subject.aperiodic_exponent

    def density(hz: Float64) -> Float64:
        return np.asarray(1 / (KNEE_HZ**exponent + hz**exponent))

    n_channels = len(settings.channels)
    shape, rate_hz = (settings.n_samples, n_channels), float(settings.sampling_rate)
    # Electrodes differ by impedance, skull and distance to the reference.
    channel_uv = subject.background_uv * rng.lognormal(0.0, 0.15, n_channels)
    # Vigilance: the whole background swells and ebbs over tens of seconds.
    slow = slow_noise(rng, n_samples=shape[0], rate_hz=rate_hz, below_hz=0.03)
    sources = shaped_noise(rng, density, shape=shape, rate_hz=rate_hz)
    mixing = np.linalg.cholesky(_correlation(subject.places)).T
    cortex_uv = sources @ (mixing * channel_uv / rms_of(density, 0.5, 45.0))
    cortex_uv *= np.exp(0.15 * slow)[:, None]
    return np.asarray(cortex_uv)


def _correlation(places: Float64) -> Float64:
    distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=-1))
    # A thousandth of its own keeps electrodes at the same place from being one.
    return np.asarray(np.exp(-distance / CORRELATION_LENGTH) + 1e-3 * np.eye(len(places))) / 1.001


def _tonic_muscle(settings: SimulatorSettings, subject: Subject) -> Float64:
    """Even at rest scalp muscle adds to everything above 20 Hz (Whitham et al. 2007)."""
    rng = random_stream(settings.seed, Stream.TONIC_MUSCLE)
    left, right = on_sphere(90.0, 75.0), on_sphere(90.0, -75.0)
    near = np.maximum(falloff(subject.places, left, 0.6), falloff(subject.places, right, 0.6))
    near_uv = rng.uniform(1.0, 3.0) * near
    noise = shaped_noise(
        rng,
        muscle_density(30.0, 120.0),
        shape=(settings.n_samples, len(settings.channels)),
        rate_hz=float(settings.sampling_rate),
    )
    noise *= near_uv
    return noise


def _amplifier(settings: SimulatorSettings) -> Float64:
    """White noise of amplifier (0.02) and contact, wet to dry: 0.03 to 0.1 uV/sqrt(Hz).

    Kinds of electrodes are compared by Chi et al. 2010.
    """
    rng = random_stream(settings.seed, Stream.AMPLIFIER)
    n_channels = len(settings.channels)
    offset_uv = rng.normal(0.0, settings.electrode_offset_uv, n_channels)
    limit_uv = 0.5 * settings.adc_full_scale_uv  # further out, the electrode would be replaced
    half_band_hz = float(settings.sampling_rate) / 2
    noise_uv = rng.uniform(0.03, 0.1, n_channels) * np.sqrt(half_band_hz)
    noise = rng.standard_normal((settings.n_samples, n_channels))
    noise *= noise_uv
    noise += np.clip(offset_uv, -limit_uv, limit_uv)
    return noise
