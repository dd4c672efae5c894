"""What stays the same from packet to packet of a stream: kind, rate, channels, unit, scale."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.errors import PacketError

SIGNALS = ("eeg", "ecog", "lfp", "spikes", "emg", "ecg", "acc")
"""Signal kinds; the engine's own."""

UNITS = ("V", "mV", "uV", "nV", "g", "mg")
"""Of a value: volts for potentials, standard gravities for `acc`."""

MAX_CHANNELS = 4096
MAX_NAME = 64
MIN_RATE_HZ, MAX_RATE_HZ = 1, 50_000
MAX_ADC_BITS = 32
_MAX_UINT32 = 2**32 - 1

AdcRange = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class SignalFormat:
    """How the numbers of a stream are to be understood: value = offset + scale * number.

    Args:
      signal: one of `SIGNALS`.
      sampling_rate: hertz, exact; numerator and denominator fit 32 bits.
      channels: unique names, in the order of the columns.
      unit: of the values, one of `UNITS`.
      scale: one for all channels or one a channel, finite and not 0.
      offset: one for all channels or one a channel, in `unit`.
      adc_bits: width of the converter, 0 where it is not known.
      adc_range: the lowest and highest number (before scale and offset) that the converter can
        return: one for all or one a channel, None where it is not known; none: the range of a
        signed integer of `adc_bits` bits.

    Raises:
      PacketError: names the field, what was found and what is right.
    """

    signal: str
    sampling_rate: Fraction
    channels: tuple[str, ...]
    unit: str = "uV"
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    adc_bits: int = 0
    adc_range: tuple[AdcRange | None, ...] = ()

    def __post_init__(self) -> None:
        if self.signal not in SIGNALS:
            raise PacketError("signal", self.signal, "one of " + ", ".join(SIGNALS))
        rate = Fraction(self.sampling_rate)
        if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
            raise PacketError("sampling_rate", rate, f"{MIN_RATE_HZ} to {MAX_RATE_HZ} hertz")
        if max(rate.numerator, rate.denominator) > _MAX_UINT32:
            raise PacketError("sampling_rate", rate, "a ratio of two 32-bit integers")
        object.__setattr__(self, "sampling_rate", rate)
        object.__setattr__(self, "channels", tuple(self.channels))
        _check_channels(self.channels)
        of_kind = ("g", "mg") if self.signal == "acc" else ("V", "mV", "uV", "nV")
        if self.unit not in of_kind:
            raise PacketError("unit", self.unit, f"one of {', '.join(of_kind)} for {self.signal}")
        for field, may_be_zero in (("scale", False), ("offset", True)):
            factors = tuple(float(factor) for factor in getattr(self, field))
            _check_factors(field, factors, len(self.channels), may_be_zero=may_be_zero)
            object.__setattr__(self, field, factors)
        if not 0 <= self.adc_bits <= MAX_ADC_BITS:
            raise PacketError("adc_bits", self.adc_bits, f"0 (not known) to {MAX_ADC_BITS}")
        object.__setattr__(self, "adc_range", tuple(self.adc_range))
        _check_ranges(self.adc_range, len(self.channels))

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self.channels)

    def values(self, numbers: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Values in `unit`.

        Args:
          numbers: (..., n_channels) as the converter returned them.
        """
        offset, scale = self._line
        return offset + scale * numbers.astype(np.float64)

    @functools.cached_property
    def _line(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        return np.array(self.offset), np.array(self.scale)

    def value_range(self) -> tuple[AdcRange | None, ...]:
        """The ends of the converter's range in `unit`, one a channel; None where not known.

        A sample at the end of the range compares equal to it: both are made by `values`.
        """
        ranges = self.adc_range
        if not ranges:
            half = 2 ** (self.adc_bits - 1) if self.adc_bits else 0
            ranges = ((-float(half), half - 1.0) if half > 1 else None,)
        if len(ranges) == 1:
            ranges = ranges * self.n_channels
        numbers = np.array([(math.nan, math.nan) if r is None else r for r in ranges])
        ends = np.sort(self.values(numbers.T), axis=0).T.tolist()
        return tuple(None if low != low else (low, high) for low, high in ends)


def _check_channels(channels: Sequence[str]) -> None:
    if not 1 <= len(channels) <= MAX_CHANNELS:
        raise PacketError("channels", len(channels), f"1 to {MAX_CHANNELS} names")
    for name in channels:
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
            raise PacketError("channels", name, f"names of 1 to {MAX_NAME} characters")
    if len(set(channels)) != len(channels):
        twice = sorted({name for name in channels if list(channels).count(name) > 1})[:3]
        raise PacketError("channels", twice, "names that differ from each other")


def _check_factors(
    field: str, factors: tuple[float, ...], n_channels: int, *, may_be_zero: bool
) -> None:
    if len(factors) not in (1, n_channels):
        raise PacketError(field, f"{len(factors)} numbers", f"1 or {n_channels}, one a channel")
    for factor in factors:
        if not math.isfinite(factor) or (factor == 0 and not may_be_zero):
            expected = "finite numbers" if may_be_zero else "finite numbers that are not 0"
            raise PacketError(field, factor, expected)


def _check_ranges(ranges: tuple[AdcRange | None, ...], n_channels: int) -> None:
    if len(ranges) not in (0, 1, n_channels):
        raise PacketError("adc_range", f"{len(ranges)} ranges", f"0, 1 or {n_channels}")
    for ends in ranges:
        if ends is None:
            continue
        low, high = ends
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise PacketError("adc_range", ends, "two finite numbers, the lower first")
