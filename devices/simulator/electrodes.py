"""What electrodes and their cables do: pops, drifts, flat and saturated channels."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.simulator.montage import falloff
from devices.simulator.noise import skewed
from devices.simulator.subject import Subject

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

POP_VISIBLE_UV = 25.0
POP_OVER_UV = 0.05
DRIFT_VISIBLE_UV = 30.0
CONTACT_S = 5e-4
"""A contact changes within about a millisecond: one sample at most rates, a ramp at 30 kHz."""


@dataclasses.dataclass(frozen=True, eq=False)
class Pop:
    """The contact jumps, and the half-cell potential settles again (IFCN glossary, Kane 2017).

    The truth lasts from the step until the channel is back within 25 uV.

    Attributes:
      channel: column of the one electrode.
      n_channels: of the recording.
      step_uv: 100 to 600 either way.
      decay_s: time constant, 0.07 to 0.7: back after 0.2 to 2 s.
    """

    channel: int
    n_channels: int
    step_uv: float
    decay_s: float

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Pop:
        """On any electrode."""
        n_channels = len(subject.places)
        return cls(
            channel=int(rng.integers(n_channels)),
            n_channels=n_channels,
            step_uv=float(rng.uniform(100, 600) * rng.choice((-1, 1))),
            decay_s=float(rng.uniform(0.07, 0.7)),
        )

    @property
    def duration_s(self) -> float:
        """Seconds until the channel is back within `POP_VISIBLE_UV`."""
        return float(self.decay_s * np.log(abs(self.step_uv) / POP_VISIBLE_UV))

    @property
    def lasts_s(self) -> float:
        """Seconds until nothing is left of it."""
        return float(self.decay_s * np.log(abs(self.step_uv) / POP_OVER_UV))

    @property
    def visible(self) -> Bool:
        """(n_channels,) bool: the one electrode."""
        return np.arange(self.n_channels) == self.channel

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds the pop to (n, n_channels); `time_s` (n,) counts from its start."""
        jump = 1 - np.exp(-(time_s + 1 / rate_hz) / CONTACT_S)
        samples_uv[:, self.channel] += self.step_uv * jump * np.exp(-time_s / self.decay_s)


@dataclasses.dataclass(frozen=True, eq=False)
class Drift:
    """Sweat, or an electrode drying or slipping: the baseline leaves and comes back.

    Slower than 0.5 Hz, some hundred microvolts, over a region (Kappenman and Luck 2010: skin
    potentials; Picton et al. 2000).

    Attributes:
      duration_s: 4 to 10.
      peak_uv: (n_channels,) float64, either sign.
      return_share: 0: out and back on one side; towards 1: through zero to the other side.
    """

    duration_s: float
    peak_uv: Float64
    return_share: float

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Drift:
        """150 to 500 uV at the worst electrode, its neighbours with it."""
        worst = int(rng.integers(len(subject.places)))
        # A slipping electrode is alone; sweat wets a region.
        length = float(rng.choice((0.12, 0.35)))
        weight = falloff(subject.places, subject.places[worst], length)
        return cls(
            duration_s=skewed(rng, median=5.5, low=4, high=10),
            peak_uv=float(rng.uniform(150, 500) * rng.choice((-1, 1))) * weight,
            return_share=float(rng.uniform(0, 0.7)),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> Bool:
        """(n_channels,) bool: where it can be seen."""
        return np.asarray(np.abs(self.peak_uv) >= DRIFT_VISIBLE_UV)

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Adds the drift to (n, n_channels); `time_s` (n,) counts from its start."""
        largest = np.abs(self._shape(np.linspace(0, 1, 1001))).max()
        shape = self._shape(time_s / self.duration_s) / largest
        samples_uv += shape[:, None] * self.peak_uv

    def _shape(self, phase: Float64) -> Float64:
        half = np.sin(np.pi * phase)
        whole = np.sin(2 * np.pi * phase)
        return np.asarray(half * ((1 - self.return_share) * half + self.return_share * whole))


@dataclasses.dataclass(frozen=True, eq=False)
class Flat:
    """A channel that does not move: the amplifier is cut off, or repeats its last value.

    Attributes:
      duration_s: 1 to 3.
      affected: (n_channels,) bool: mostly one channel.
      holds: the last value is repeated; else zero is sent.
    """

    duration_s: float
    affected: Bool
    holds: bool

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Flat:
        """One channel, now and then two."""
        n_channels = len(subject.places)
        affected = np.zeros(n_channels, dtype=np.bool_)
        affected[rng.integers(n_channels)] = True
        second = rng.integers(n_channels)
        affected[second] |= rng.random() < 0.25
        return cls(
            duration_s=skewed(rng, median=1.5, low=1, high=3),
            affected=affected,
            holds=bool(rng.random() < 0.5),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> Bool:
        """(n_channels,) bool: the channels that do not move."""
        return self.affected

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Overwrites columns of (n, n_channels)."""
        samples_uv[:, self.affected] = samples_uv[0, self.affected] if self.holds else 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Saturation:
    """An electrode comes off: the open input runs to the end of the range and rests there.

    The truth includes the way there and back, each shorter than 100 ms.

    Attributes:
      duration_s: 1 to 3.
      channel: column of the one electrode.
      n_channels: of the recording.
      drive_uv: what the input would show without a converter's limits, beyond them.
      ramp_s: 0.02 to 0.1.
    """

    duration_s: float
    channel: int
    n_channels: int
    drive_uv: float
    ramp_s: float

    @classmethod
    def draw(cls, rng: np.random.Generator, subject: Subject) -> Saturation:
        """Either end of the range."""
        n_channels = len(subject.places)
        return cls(
            duration_s=skewed(rng, median=1.5, low=1, high=3),
            channel=int(rng.integers(n_channels)),
            n_channels=n_channels,
            drive_uv=float(3 * subject.full_scale_uv * rng.choice((-1, 1))),
            ramp_s=float(rng.uniform(0.02, 0.1)),
        )

    @property
    def lasts_s(self) -> float:
        """Seconds that are changed."""
        return self.duration_s

    @property
    def visible(self) -> Bool:
        """(n_channels,) bool: the one electrode."""
        return np.arange(self.n_channels) == self.channel

    def apply(self, samples_uv: Float64, time_s: Float64, rate_hz: float) -> None:
        """Drives a column of (n, n_channels) past the range; the converter clips it."""
        edge = np.minimum(time_s, self.duration_s - time_s) / self.ramp_s
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0, 1))
        samples_uv[:, self.channel] += self.drive_uv * ramp
