"""Eyes: blinks, and the times when they are closed."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere, positions
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

VISIBLE_UV = 25.0
"""Peak from which a blink shows above the background."""

# The lid slides over the positively charged cornea: a source between and below Fp1 and Fp2. With
# this length Fz sees a quarter of Fp, Cz 7 %, Oz 2 %, as far as measured propagation falls off
# (Lins et al. 1993; Croft and Barry 2000).
_EYES = on_sphere(100.0, 0.0)
_SPREAD = 0.37


@dataclasses.dataclass(frozen=True, eq=False)
class Blink:
    """One blink: closing in about 100 ms, opening in twice that (VanderWerf et al. 2003).

    Attributes:
      duration_s: 0.2 to 0.4.
      peak_uv: (n_channels,) float64, positive.
      closing_share: of the duration, until the peak.
      sharpness: exponent of both flanks; 1 is a half cosine.
    """

    duration_s: float
    peak_uv: Float64
    closing_share: float
    sharpness: float

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Blink:
        """Blinks of a person vary by a quarter around the person's own."""
        at_fp = falloff(positions(("Fp1",)), _EYES, _SPREAD)
        weight = falloff(subject.places, _EYES, _SPREAD) / at_fp
        at_fp_uv = float(np.clip(rng.lognormal(np.log(subject.blink_uv), 0.25), 80, 300))
        return cls(
            duration_s=float(rng.uniform(0.2, 0.4)),
            peak_uv=at_fp_uv * weight * rng.lognormal(0.0, 0.05, len(weight)),
            closing_share=float(rng.uniform(0.28, 0.45)),
            sharpness=float(rng.uniform(1.0, 1.8)),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: where it can be seen."""
        return np.asarray(self.peak_uv >= VISIBLE_UV)

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds the blink to (n, n_channels); `time_s` (n,) counts from its start."""
        peak_s = self.closing_share * self.duration_s
        phase = np.where(
            time_s < peak_s,
            time_s / peak_s,
            (self.duration_s - time_s) / (self.duration_s - peak_s),
        )
        shape = (0.5 - 0.5 * np.cos(np.pi * np.clip(phase, 0, 1))) ** self.sharpness
        samples_uv += shape[:, None] * self.peak_uv


@dataclasses.dataclass(frozen=True, eq=False)
class EyesClosed:
    """A while with closed eyes. Alpha follows it (alpha.py), and nobody blinks."""

    duration_s: float
    n_channels: int

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> EyesClosed:
        """5 to 10 s."""
        return cls(duration_s=float(rng.uniform(5, 10)), n_channels=len(subject.places))

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: the state is the subject's, so all of them."""
        return np.ones(self.n_channels, dtype=np.bool_)

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Changes nothing by itself."""
