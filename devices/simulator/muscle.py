"""Muscle bursts: jaw, brow and neck."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere
from devices.simulator.noise import Density, rms_of, shaped_noise, skewed
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

BAND_HZ = (20.0, 200.0)
VISIBLE_UV = 4.0
"""Root mean square from which a burst shows above the background of the same band."""

SPREAD = 0.45
"""Head radii over which a burst falls to 1/e; a jaw clench is seen on the whole scalp."""

# Temporalis left, right and both (jaw), frontalis (brow), splenius and trapezius (neck).
_TEMPLE_LEFT, _TEMPLE_RIGHT = on_sphere(90.0, 75.0), on_sphere(90.0, -75.0)
_SITES = (
    (_TEMPLE_LEFT,),
    (_TEMPLE_RIGHT,),
    (_TEMPLE_LEFT, _TEMPLE_RIGHT),
    (_TEMPLE_LEFT, _TEMPLE_RIGHT),
    (on_sphere(85.0, 20.0), on_sphere(85.0, -20.0)),
    (on_sphere(105.0, 165.0), on_sphere(105.0, -165.0)),
)


def muscle_density(rise_hz: float, fall_hz: float) -> Density:
    """Surface electromyogram, 1 uV root mean square between 20 and 200 Hz.

    A broad hump: it rises to the second power up to `rise_hz` and falls likewise from `fall_hz`
    on. Frontalis peaks at 20 to 30 Hz, temporalis at 40 to 80 (Goncharova et al. 2003).
    """

    def hump(hz: Float64) -> Float64:
        rising = 1 / (1 + (rise_hz / hz) ** 4)
        return np.asarray(rising / (1 + (hz / fall_hz) ** 4))

    scale = rms_of(hump, *BAND_HZ) ** -2
    return lambda hz: hump(hz) * scale


@dataclasses.dataclass(frozen=True, eq=False)
class MuscleBurst:
    """One contraction.

    Attributes:
      duration_s: 0.3 to 2.
      rms_uv: (n_channels,) float64, over 20 to 200 Hz at full contraction.
      ramp_s: from rest to full contraction, and back.
      rise_hz: where the spectrum stops rising.
      fall_hz: where it starts to fall.
      noise_seed: of the burst's own noise.
    """

    duration_s: float
    rms_uv: Float64
    ramp_s: float
    rise_hz: float
    fall_hz: float
    noise_seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> MuscleBurst:
        """Strong enough to be seen somewhere: 10 to 100 uV at the electrode nearest to it."""
        site = _SITES[rng.integers(len(_SITES))]
        weight = np.max([falloff(subject.places, place, SPREAD) for place in site], axis=0)
        peak_uv = skewed(rng, median=25, low=10, high=100)
        uneven = rng.lognormal(0.0, 0.2, len(weight))
        return cls(
            duration_s=skewed(rng, median=0.8, low=0.3, high=2.0),
            rms_uv=peak_uv * weight * uneven / (weight * uneven).max(),
            ramp_s=float(rng.uniform(0.03, 0.1)),
            rise_hz=float(rng.uniform(20, 40)),
            fall_hz=float(rng.uniform(80, 180)),
            noise_seed=int(rng.integers(2**63)),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: where it can be seen."""
        return np.asarray(self.rms_uv >= VISIBLE_UV)

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds the burst to (n, n_channels); `time_s` (n,) counts from its start."""
        n_samples, n_channels = samples_uv.shape
        noise = shaped_noise(
            np.random.default_rng(self.noise_seed),
            muscle_density(self.rise_hz, self.fall_hz),
            shape=(n_samples, n_channels + 1),
            rate_hz=rate_hz,
        )
        # The same motor units reach all electrodes, and each has nearer ones of its own.
        shared = np.sqrt(0.5) * (noise[:, :1] + noise[:, 1:])
        edge = np.minimum(time_s, self.duration_s - time_s) / self.ramp_s
        envelope = np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2
        samples_uv += shared * envelope[:, None] * self.rms_uv
