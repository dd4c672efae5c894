"""Saccades: the eye is a battery, and turning it turns the field that frontal electrodes see."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff, on_sphere, positions
from devices.simulator.noise import skewed
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]

VISIBLE_UV = 15.0
"""Step from which a gaze shift shows above the background."""

# The cornea is positive: it comes nearer to the electrodes of the side looked at and leaves those
# of the other. Across both canthi it is 10 to 20 uV per degree (Marmor et al. 2011, ISCEV); F7
# and F8, some centimetres above, each see about a third of that (Croft and Barry 2000).
_LEFT_EYE, _RIGHT_EYE = on_sphere(100.0, 50.0), on_sphere(100.0, -50.0)
_SPREAD = 0.4
UV_PER_DEGREE_AT_F7 = (3.0, 6.0)


def sweep_s(degrees: float) -> float:
    """Duration of a saccade: 2.2 ms per degree and 21 ms, the main sequence.

    Bahill, Clark and Stark 1975; Carpenter 1988.
    """
    return 0.0022 * degrees + 0.021


@dataclasses.dataclass(frozen=True, eq=False)
class Saccade:
    """The gaze goes aside, rests there and comes back: a box, of opposite sign on both sides.

    The truth lasts from the first saccade to the end of the one back.

    Attributes:
      degrees: 5 to 25.
      rest_s: 0.3 to 1.2 s of fixation between the two.
      step_uv: (n_channels,) float64, what a channel shows while the gaze rests.
    """

    degrees: float
    rest_s: float
    step_uv: Float64

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Saccade:
        """To either side."""
        degrees = skewed(rng, median=12, low=5, high=25)
        side = float(rng.choice((-1, 1)))
        at_f7_uv = float(rng.uniform(*UV_PER_DEGREE_AT_F7)) * degrees
        weight = _lateral(subject.places) / _lateral(positions(("F7",)))
        return cls(
            degrees=degrees,
            rest_s=float(rng.uniform(0.3, 1.2)),
            step_uv=side * at_f7_uv * weight,
        )

    @property
    def duration_s(self) -> float:
        """Seconds from leaving the middle until being back."""
        return 2 * sweep_s(self.degrees) + self.rest_s

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: where it can be seen."""
        return np.asarray(np.abs(self.step_uv) >= VISIBLE_UV)

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds the gaze shift to (n, n_channels); `time_s` (n,) counts from its start."""
        edge = np.minimum(time_s, self.duration_s - time_s) / sweep_s(self.degrees)
        gaze = 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0, 1))
        samples_uv += gaze[:, None] * self.step_uv


def _lateral(places: Float64) -> Float64:
    """(n,) float64: positive on the left, negative on the right, 0 on the midline."""
    return np.asarray(falloff(places, _LEFT_EYE, _SPREAD) - falloff(places, _RIGHT_EYE, _SPREAD))
