"""The head moves: electrodes slide, cables sway, and slow large waves run through most channels."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff
from devices.simulator.noise import Density, shaped_noise, skewed
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

BAND_HZ = (0.5, 3.0)
"""Steps, nods and the sway of hanging cables (Gwin et al. 2010; Symeonidou et al. 2018)."""
VISIBLE_UV = 20.0
"""Root mean square from which it shows above the background."""


def sway_density(cadence_hz: float) -> Density:
    """1 uV root mean square around one cadence, some of it at twice that, inside 0.5 to 3 Hz."""
    weights = {cadence_hz: 1.0, 2 * cadence_hz: 0.25}

    def density(hz: Float64) -> Float64:
        inside = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
        bells = [w * np.exp(-0.5 * ((hz - at) / 0.25) ** 2) for at, w in weights.items()]
        return np.asarray(np.where(inside, np.sum(bells, axis=0), 0.0))

    hz = np.linspace(*BAND_HZ, 2000)
    power = float(np.trapezoid(density(hz), hz))
    return lambda hz: density(hz) / power


@dataclasses.dataclass(frozen=True, eq=False)
class Movement:
    """One movement of the head or the body.

    Attributes:
      duration_s: 2 to 6.
      cadence_hz: 0.7 to 1.5: where most of it is.
      rms_uv: (n_channels,) float64, at full swing.
      bundle: (n_channels,) float64 in 0 to 1, how much of it is the sway of one cable bundle
        rather than the movement that all share.
      ramp_s: from rest to full swing, and back.
      noise_seed: of the movement's own course.
    """

    duration_s: float
    cadence_hz: float
    rms_uv: Float64
    bundle: Float64
    ramp_s: float
    noise_seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Movement:
        """80 to 300 uV root mean square, most on the loosest electrode and its neighbours."""
        worst = int(rng.integers(len(subject.places)))
        strongest_uv = skewed(rng, median=140, low=80, high=300)
        bundle = falloff(subject.places, subject.places[worst], 0.5)
        uneven = np.clip(rng.lognormal(0.0, 0.2, len(bundle)), 0.7, 1.4)
        share = (0.5 + 0.5 * bundle) * uneven
        return cls(
            duration_s=skewed(rng, median=3, low=2, high=6),
            cadence_hz=float(rng.uniform(0.7, 1.5)),
            rms_uv=strongest_uv * share / share.max(),
            bundle=bundle,
            ramp_s=float(rng.uniform(0.3, 0.6)),
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
        """Adds the movement to (n, n_channels); `time_s` (n,) counts from its start."""
        waves = shaped_noise(
            np.random.default_rng(self.noise_seed),
            sway_density(self.cadence_hz),
            shape=(len(time_s), 2),
            rate_hz=rate_hz,
        )
        # A few seconds of so narrow a band scatter: each movement is as strong as it was drawn.
        waves /= np.maximum(np.sqrt((waves**2).mean(axis=0)), 1e-9)
        mixed = np.sqrt(1 - self.bundle) * waves[:, :1] + np.sqrt(self.bundle) * waves[:, 1:]
        edge = np.minimum(time_s, self.duration_s - time_s) / self.ramp_s
        envelope = np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2
        samples_uv += mixed * envelope[:, None] * self.rms_uv
