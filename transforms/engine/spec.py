"""What a stream is: validated once, immutable ever after."""

from __future__ import annotations

import dataclasses
import math
import numbers
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from transforms.engine.errors import SpecError

SIGNALS = ("eeg", "ecog", "lfp", "spikes", "emg", "ecg", "acc")
"""Signal kinds; each has a profile (profiles.py)."""

MIN_RATE_HZ, MAX_RATE_HZ = 1, 50_000
MAX_CHANNELS = 4096
MAX_UINT32 = 2**32 - 1
MAX_START_NS = 2**62  # the year 2116; leaves int64 room for a session of 146 years

AdcRange = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class StreamSpec:
    """One regularly sampled signal of a session.

    Args:
      signal: one of `SIGNALS`.
      sampling_rate: hertz, 1 to 50,000: an int, a Fraction, or a float, which is taken as
        `Fraction(str(rate))`, so 128.5 is 257/2 exactly. Numerator and denominator fit uint32.
      channels: names, unique and not empty, in the order of the samples' columns.
      start_ns: time of sample 0, nanoseconds since 1970-01-01T00:00Z.
      line_hz: mains frequency, 50 or 60, or None where there is none (battery, field).
      adc_range: (lowest, highest) value the converter can return, in the unit of the samples; one
        pair for all channels, or one (or None) for each. None: saturation is not looked for.
      pairs: channel pairs whose pair features are wanted.

    Raises:
      SpecError: names the field, what was found and what is right.
    """

    signal: str
    sampling_rate: Fraction
    channels: tuple[str, ...]
    start_ns: int = 0
    line_hz: int | None = 50
    adc_range: tuple[AdcRange | None, ...] | None = None
    pairs: tuple[tuple[str, str], ...] = ()

    def __init__(
        self,
        signal: str,
        sampling_rate: int | float | Fraction,
        channels: Sequence[str],
        start_ns: int = 0,
        line_hz: int | None = 50,
        adc_range: AdcRange | Sequence[AdcRange | None] | None = None,
        pairs: Sequence[tuple[str, str]] = (),
    ):
        names = _channels(channels)
        for field, value in (
            ("signal", _signal(signal)),
            ("sampling_rate", _rate(sampling_rate)),
            ("channels", names),
            ("start_ns", _start_ns(start_ns)),
            ("line_hz", _line_hz(line_hz)),
            ("adc_range", _adc_range(adc_range, len(names))),
            ("pairs", _pairs(pairs, names)),
        ):
            object.__setattr__(self, field, value)

    @property
    def sampling_rate_hz(self) -> float:
        """The rate as a float, for filter design and display; never for counting samples."""
        return float(self.sampling_rate)

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self.channels)


def _signal(signal: str) -> str:
    if signal not in SIGNALS:
        raise SpecError("signal", signal, "one of " + ", ".join(SIGNALS))
    return signal


def _rate(rate: int | float | Fraction) -> Fraction:
    expected = f"a number of hertz from {MIN_RATE_HZ} to {MAX_RATE_HZ}"
    if isinstance(rate, bool):
        raise SpecError("sampling_rate", rate, expected)
    try:
        exact = rate if isinstance(rate, Fraction) else Fraction(str(rate))
    except (ValueError, ZeroDivisionError):  # "nan", "inf", and anything that is no number
        raise SpecError("sampling_rate", rate, expected) from None
    if not MIN_RATE_HZ <= exact <= MAX_RATE_HZ:
        raise SpecError("sampling_rate", rate, expected)
    if exact.numerator > MAX_UINT32 or exact.denominator > MAX_UINT32:
        raise SpecError("sampling_rate", rate, "a ratio of two 32-bit integers")
    return exact


def _channels(channels: Sequence[str]) -> tuple[str, ...]:
    names = (channels,) if isinstance(channels, str) else _items("channels", channels)
    if not 1 <= len(names) <= MAX_CHANNELS:
        raise SpecError("channels", names, f"1 to {MAX_CHANNELS} names")
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise SpecError("channels", name, "names that are not empty")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise SpecError("channels", twice, "names that differ from each other")
    return tuple(str(name) for name in names)  # numpy's strings have another repr


def _items(field: str, values: object) -> tuple[Any, ...]:
    try:
        return tuple(values)  # type: ignore[arg-type]
    except TypeError:
        raise SpecError(field, values, "a sequence") from None


def _start_ns(start_ns: int) -> int:
    expected = "an integer number of nanoseconds since 1970, at most 2**62 either way"
    try:
        exact = operator.index(start_ns)
    except TypeError:
        raise SpecError("start_ns", start_ns, expected) from None
    if abs(exact) > MAX_START_NS:
        raise SpecError("start_ns", start_ns, expected)
    return exact


def _line_hz(line_hz: object) -> int | None:
    if line_hz is None:
        return None
    for known in (50, 60):
        if isinstance(line_hz, numbers.Real) and line_hz == known:
            return known
    raise SpecError("line_hz", line_hz, "50, 60 or None")


def _adc_range(
    adc_range: AdcRange | Sequence[AdcRange | None] | None, n_channels: int
) -> tuple[AdcRange | None, ...] | None:
    if adc_range is None:
        return None
    items = _items("adc_range", adc_range)
    if len(items) == 2 and all(isinstance(item, numbers.Real) for item in items):
        items = (items,) * n_channels
    if len(items) != n_channels:
        raise SpecError("adc_range", adc_range, "one (lowest, highest), or one a channel")
    return tuple(None if item is None else _one_range(item) for item in items)


def _one_range(pair: object) -> AdcRange:
    try:
        low, high = (float(end) for end in pair)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise SpecError("adc_range", pair, "a pair (lowest, highest)") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SpecError("adc_range", pair, "two finite numbers, the lower first")
    return low, high


def _pairs(
    pairs: Sequence[tuple[str, str]], channels: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    wanted = [_items("pairs", pair) for pair in _items("pairs", pairs)]
    for pair in wanted:
        if not all(isinstance(name, str) for name in pair):
            raise SpecError("pairs", pair, "names of channels")
        if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(channels):
            raise SpecError("pairs", pair, "two different names out of the channels")
    return tuple((str(a), str(b)) for a, b in wanted)
