"""What the simulator returns: samples, and the truth about them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import numpy.typing as npt

ARTIFACT_KINDS = ("blink", "muscle", "pop", "drift", "line_noise", "flat", "saturated")
"""What a detector should find."""

STATE_KINDS = ("eyes_closed",)
"""What the subject did; nothing is wrong with the signal."""


@dataclasses.dataclass(frozen=True)
class Interval:
    """Something that is true of some channels for some time.

    Attributes:
      kind: one of `ARTIFACT_KINDS` or `STATE_KINDS`.
      start_s: seconds since the first sample.
      end_s: seconds since the first sample, later than `start_s`.
      channels: names of those where it can be seen.
    """

    kind: str
    start_s: float
    end_s: float
    channels: tuple[str, ...]

    @property
    def is_artifact(self) -> bool:
        """Whether the signal is spoilt, rather than the subject in another state."""
        return self.kind not in STATE_KINDS


@dataclasses.dataclass(frozen=True, eq=False)
class SimulatedRecording:
    """A recording with everything that is known about it.

    Attributes:
      samples_uv: (n_samples, n_channels) float64, microvolts, read-only; each is a multiple of
        `adc_step_uv` and inside `adc_range_uv`.
      sampling_rate: exact, in hertz.
      channels: names, in the order of the columns.
      adc_range_uv: (lowest, highest) value the converter can return.
      adc_bits: the converter's resolution.
      line_hz: mains frequency, or None.
      truth: all intervals, sorted by start.
    """

    samples_uv: npt.NDArray[np.float64]
    sampling_rate: Fraction
    channels: tuple[str, ...]
    adc_range_uv: tuple[float, float]
    adc_bits: int
    line_hz: int | None
    truth: tuple[Interval, ...]

    @property
    def sampling_rate_hz(self) -> float:
        """The rate as a float."""
        return float(self.sampling_rate)

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to one sample after the last."""
        return float(len(self.samples_uv) / self.sampling_rate)

    @property
    def adc_step_uv(self) -> float:
        """The least difference between two samples, microvolts."""
        return -self.adc_range_uv[0] / 2 ** (self.adc_bits - 1)

    def truth_of(self, *kinds: str) -> tuple[Interval, ...]:
        """The intervals of these kinds, sorted by start."""
        return tuple(interval for interval in self.truth if interval.kind in kinds)
