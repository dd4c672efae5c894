"""What can be asked of the simulator: validated once, immutable ever after."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction

from devices.simulator.montage import DEFAULT_CHANNELS

MIN_RATE_HZ, MAX_RATE_HZ = 100, 30_000
MAX_CHANNELS = 1024
MAX_DURATION_S = 86_400.0
MAX_PER_MINUTE = 60.0


class SettingsError(ValueError):
    """A recording that cannot be simulated: which setting, what it was, what would be right."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)  # all of them, or it cannot be unpickled
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


@dataclasses.dataclass(frozen=True)
class SimulatorSettings:
    """One recording of one resting subject, who opens and closes the eyes now and then.

    The same settings give the same samples, bit for bit. Each component draws from a random
    stream of its own, so a kind switched off (0 per minute) takes its own events away and leaves
    everything else where and as it was, as long as its rate was the default before.

    Args:
      seed: 0 or more. Another seed is another subject, session and amplifier noise.
      duration_s: above 0, at most a day.
      sampling_rate_hz: 100 to 30,000: an int, a Fraction, or a float, which is taken as
        `Fraction(str(rate))`, so 128.5 is 257/2 exactly.
      channels: names, unique and not empty. Names of the 10-10 system (and T3 T4 T5 T6) have
        their place on the head; any other name gets a place of its own, spread over the scalp.
      line_hz: mains frequency, 50 or 60, or None for no mains at all.
      adc_bits: 8 to 24, the converter's resolution.
      adc_full_scale_uv: the converter covers plus and minus this, in microvolts. The default is an
        ADS1299 at gain 24: 4.5 V / 24 (Texas Instruments SBAS499C).
      electrode_offset_uv: standard deviation of the constant half-cell potential that a
        direct-coupled amplifier records under every channel; dry and cup electrodes show some
        ten millivolts. 0 for an amplifier with a high-pass filter in hardware.
      *_per_minute: how many events of a kind, 0 to 60 each. Counts are rate times duration,
        rounded; they are spread over the recording and kept apart while there is room.

    Raises:
      SettingsError: names the setting, what was found and what is right.
    """

    seed: int = 1
    duration_s: float = 120.0
    sampling_rate_hz: int | float | Fraction = 250
    channels: tuple[str, ...] = DEFAULT_CHANNELS
    line_hz: int | None = 50
    adc_bits: int = 24
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", _channels(self.channels))
        _check_integer("seed", self.seed, 0, 2**63 - 1)
        _check_integer("adc_bits", self.adc_bits, 8, 24)
        _check_number("duration_s", self.duration_s, 0.1, MAX_DURATION_S)
        _check_number("adc_full_scale_uv", self.adc_full_scale_uv, 1000.0, 10_000_000.0)
        _check_number(
            "electrode_offset_uv", self.electrode_offset_uv, 0.0, self.adc_full_scale_uv / 4
        )
        if self.line_hz not in (50, 60, None):
            raise SettingsError("line_hz", self.line_hz, "50, 60 or None")
        _check_rate(self.sampling_rate_hz)
        for field in dataclasses.fields(self):
            if field.name.endswith("_per_minute"):
                _check_number(field.name, getattr(self, field.name), 0.0, MAX_PER_MINUTE)

    @property
    def sampling_rate(self) -> Fraction:
        """The rate as an exact ratio, for counting samples."""
        return _exact(self.sampling_rate_hz)

    @property
    def n_samples(self) -> int:
        """Samples per channel: those whose time is before `duration_s`."""
        return math.ceil(_exact(self.duration_s) * self.sampling_rate)


def _exact(number: int | float | Fraction) -> Fraction:
    return number if isinstance(number, Fraction) else Fraction(str(number))


def _check_rate(rate: int | float | Fraction) -> None:
    expected = f"a number of hertz from {MIN_RATE_HZ} to {MAX_RATE_HZ}"
    try:
        exact = _exact(rate)
    except (ValueError, ZeroDivisionError):  # "nan", "inf", and anything that is no number
        raise SettingsError("sampling_rate_hz", rate, expected) from None
    if not MIN_RATE_HZ <= exact <= MAX_RATE_HZ:
        raise SettingsError("sampling_rate_hz", rate, expected)


def _check_number(field: str, value: float, low: float, high: float) -> None:
    if not isinstance(value, int | float) or not low <= value <= high:  # NaN fails too
        raise SettingsError(field, value, f"a number from {low:g} to {high:g}")


def _check_integer(field: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingsError(field, value, f"an integer from {low} to {high}")


def _channels(channels: Sequence[str]) -> tuple[str, ...]:
    names = (channels,) if isinstance(channels, str) else tuple(channels)
    if not 1 <= len(names) <= MAX_CHANNELS:
        raise SettingsError("channels", names, f"1 to {MAX_CHANNELS} names")
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise SettingsError("channels", name, "names that are not empty")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise SettingsError("channels", twice, "names that differ from each other")
    return names
