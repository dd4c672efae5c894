"""What can be asked of the simulator: validated once, immutable ever after."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import ClassVar

from devices.simulator.montage import DEFAULT_CHANNELS
from devices.simulator.paradigms import REST, Paradigm
from devices.simulator.validation import (
    Number,
    SettingsError,
    check_integer,
    check_number,
    check_rate,
    checked_channels,
    exact,
)

__all__ = ["MAX_CHANNELS", "SettingsError", "SignalSettings", "SimulatorSettings"]

MAX_CHANNELS = 1024
MAX_DURATION_S = 86_400.0
MAX_PER_MINUTE = 60.0


@dataclasses.dataclass(frozen=True)
class SignalSettings:
    """What is asked of a recording of any kind.

    The same settings give the same samples, bit for bit.

    Args:
      seed: 0 or more. Another seed is another subject, session and amplifier noise. Recordings of
        several kinds with one seed are one subject in one session: the heart that contaminates
        the eeg beats in the ecg, the grip that lowers the beta of the ecog contracts the emg.
      duration_s: above 0, at most a day.
      sampling_rate_hz: an int, a Fraction, or a float, which is taken as `Fraction(str(rate))`, so
        128.5 is 257/2 exactly. Each kind has its limits.
      channels: names, unique and not empty.
      line_hz: mains frequency, 50 or 60, or None for no mains at all.
      adc_bits: 8 to 24, the converter's resolution.

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    seed: int = 1
    duration_s: float = 120.0
    sampling_rate_hz: Number = 250
    channels: tuple[str, ...] = DEFAULT_CHANNELS
    line_hz: int | None = 50
    adc_bits: int = 24

    kind: ClassVar[str] = "eeg"
    unit: ClassVar[str] = "uV"
    rates_hz: ClassVar[tuple[int, int]] = (100, 30_000)
    paradigms: ClassVar[tuple[str, ...]] = ("rest",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", checked_channels(self.channels, MAX_CHANNELS))
        check_integer("seed", self.seed, 0, 2**63 - 1)
        check_integer("adc_bits", self.adc_bits, 8, 24)
        check_number("duration_s", self.duration_s, 0.1, MAX_DURATION_S)
        if self.line_hz not in (50, 60, None):
            raise SettingsError("line_hz", self.line_hz, "50, 60 or None")
        check_rate(self.sampling_rate_hz, *self.rates_hz)
        for field in dataclasses.fields(self):
            if field.name.endswith("_per_minute"):
                check_number(field.name, getattr(self, field.name), 0.0, MAX_PER_MINUTE)

    @property
    def signal(self) -> str:
        """The kind of signal: eeg, ecog, lfp, spikes, emg, ecg or acc."""
        return self.kind

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, in `unit`."""
        raise NotImplementedError

    @property
    def sampling_rate(self) -> Fraction:
        """The rate as an exact ratio, for counting samples."""
        return exact(self.sampling_rate_hz)

    @property
    def n_samples(self) -> int:
        """Samples per channel: those whose time is before `duration_s`."""
        return math.ceil(exact(self.duration_s) * self.sampling_rate)

    def _check_paradigm(self, paradigm: Paradigm) -> None:
        if not isinstance(paradigm, Paradigm) or paradigm.name not in self.paradigms:
            raise SettingsError(
                "paradigm", paradigm, f"for {self.signal}: {', '.join(self.paradigms)}"
            )


@dataclasses.dataclass(frozen=True)
class SimulatorSettings(SignalSettings):
    """One EEG of one subject, who opens and closes the eyes now and then, and may have a task.

    Each component draws from a random stream of its own, so a kind switched off (0 per minute)
    takes its own events away and leaves everything else where and as it was, as long as its rate
    was the usual one before (the default, or where that is 0, what timetable.py says).

    Args:
      sampling_rate_hz: 100 to 30,000.
      channels: names of the 10-10 system (and T3 T4 T5 T6) have their place on the head; any other
        name gets a place of its own, spread over the scalp.
      adc_full_scale_uv: the converter covers plus and minus this, in microvolts. The default is an
        ADS1299 at gain 24: 4.5 V / 24 (Texas Instruments SBAS499C).
      electrode_offset_uv: standard deviation of the constant half-cell potential that a
        direct-coupled amplifier records under every channel; dry and cup electrodes show some
        ten millivolts. 0 for an amplifier with a high-pass filter in hardware.
      *_per_minute: how many events of a kind, 0 to 60 each. Counts are rate times duration,
        rounded; they are spread over the recording and kept apart while there is room. Movements
        and saccades for which there is none are left out.
      heart_uv: height of the R wave where it is largest on the scalp; 0 for none, 5 to 20 is usual.
      paradigm: the task: Rest(), MotorImagery(), Ssvep() or P300().

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    adc_full_scale_uv: float = 187_500.0
    electrode_offset_uv: float = 10_000.0
    # People at rest blink 17 times a minute, reading 4 to 5 (Bentivoglio et al. 1997).
    blinks_per_minute: float = 8.0
    muscle_bursts_per_minute: float = 4.0
    pops_per_minute: float = 2.0
    # Of the long ones as many as leave half of the time clean.
    drifts_per_minute: float = 1.5
    line_noise_per_minute: float = 1.5
    flats_per_minute: float = 1.5
    saturations_per_minute: float = 1.5
    eyes_closed_per_minute: float = 1.5
    # Off unless asked for: a subject who fixates, sits still and has a good reference.
    movements_per_minute: float = 0.0
    saccades_per_minute: float = 0.0
    heart_uv: float = 0.0
    paradigm: Paradigm = REST

    paradigms: ClassVar[tuple[str, ...]] = ("rest", "motor-imagery", "ssvep", "p300")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)
        check_number(
            "electrode_offset_uv", self.electrode_offset_uv, 0.0, self.adc_full_scale_uv / 4
        )
        check_number("heart_uv", self.heart_uv, 0.0, 1000.0)
        self._check_paradigm(self.paradigm)

    @property
    def full_scale(self) -> float:
        """The converter covers plus and minus this, microvolts."""
        return self.adc_full_scale_uv
