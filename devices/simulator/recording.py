"""What the simulator returns: samples, and the truth about them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from devices.simulator.paradigms import Trial
from devices.simulator.validation import SettingsError

Float64 = npt.NDArray[np.float64]
Value = TypeVar("Value", Float64, float, tuple[float, float])

ARTIFACT_KINDS = (
    "blink",
    "muscle",
    "pop",
    "drift",
    "line_noise",
    "flat",
    "saturated",
    "movement",
    "saccade",
)
"""What a detector should find."""

STATE_KINDS = ("eyes_closed", "contraction")
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
class SpikeTrains:
    """Every action potential of a recording, in order of time.

    Attributes:
      time_s: (n,) float64, when the trough is reached, seconds since the first sample.
      channel: (n,) int64, column of the electrode that sees it.
      unit: (n,) int64, which neuron fired, 0, 1, ...
      peak_uv: (n,) float64, height of the trough, negative.
    """

    time_s: Float64
    channel: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]
    peak_uv: Float64

    def __len__(self) -> int:
        return len(self.time_s)

    def of_channel(self, column: int) -> Float64:
        """(k,) float64: times of all units of one electrode, seconds."""
        return np.asarray(self.time_s[self.channel == column])

    def of_unit(self, unit: int) -> Float64:
        """(k,) float64: times of one neuron, seconds."""
        return np.asarray(self.time_s[self.unit == unit])


NO_SPIKES = SpikeTrains(
    np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
)


@dataclasses.dataclass(frozen=True, eq=False)
class SimulatedRecording:
    """A recording with everything that is known about it.

    Attributes:
      samples: (n_samples, n_channels) float64, in `unit`, read-only; each is a multiple of
        `adc_step` and inside `adc_range`.
      sampling_rate: exact, in hertz.
      channels: names, in the order of the columns.
      adc_range: (lowest, highest) value the converter can return, in `unit`.
      adc_bits: the converter's resolution.
      line_hz: mains frequency, or None.
      truth: all intervals, sorted by start.
      signal: the kind of signal: eeg, ecog, lfp, spikes, emg, ecg or acc.
      unit: of the samples: uV, or g for acc.
      trials: of the paradigm, sorted by onset.
      beats_s: (n_beats,) float64, times of the R waves, seconds; none where no heart is seen.
      spikes: of microelectrodes; none elsewhere.
      tilt_deg: (n_samples, n_channels) float64, for acc the angle between each axis and up,
        0 to 180; None elsewhere.
    """

    samples: Float64
    sampling_rate: Fraction
    channels: tuple[str, ...]
    adc_range: tuple[float, float]
    adc_bits: int
    line_hz: int | None
    truth: tuple[Interval, ...] = ()
    signal: str = "eeg"
    unit: str = "uV"
    trials: tuple[Trial, ...] = ()
    beats_s: Float64 = dataclasses.field(default_factory=lambda: np.zeros(0))
    spikes: SpikeTrains = NO_SPIKES
    tilt_deg: Float64 | None = None

    @property
    def sampling_rate_hz(self) -> float:
        """The rate as a float."""
        return float(self.sampling_rate)

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to one sample after the last."""
        return float(len(self.samples) / self.sampling_rate)

    @property
    def adc_step(self) -> float:
        """The least difference between two samples, in `unit`."""
        return -self.adc_range[0] / 2 ** (self.adc_bits - 1)

    @property
    def samples_uv(self) -> Float64:
        """`samples` of a signal in microvolts."""
        return self._microvolts(self.samples)

    @property
    def adc_range_uv(self) -> tuple[float, float]:
        """`adc_range` of a signal in microvolts."""
        return self._microvolts(self.adc_range)

    @property
    def adc_step_uv(self) -> float:
        """`adc_step` of a signal in microvolts."""
        return self._microvolts(self.adc_step)

    def codes(self) -> npt.NDArray[np.int32]:
        """(n_samples, n_channels) int32: what the converter returned; times `adc_step`: samples."""
        return np.asarray(np.rint(self.samples / self.adc_step).astype(np.int32))

    def truth_of(self, *kinds: str) -> tuple[Interval, ...]:
        """The intervals of these kinds, sorted by start."""
        return tuple(interval for interval in self.truth if interval.kind in kinds)

    def trials_of(self, *labels: str) -> tuple[Trial, ...]:
        """The trials with these labels, sorted by onset."""
        return tuple(trial for trial in self.trials if trial.label in labels)

    def _microvolts(self, value: Value) -> Value:
        if self.unit != "uV":
            raise SettingsError("unit", self.unit, "uV; of any unit are samples and adc_range")
        return value
