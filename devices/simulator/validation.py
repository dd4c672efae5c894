"""What a setting may be, and how a refusal is worded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Number = int | float | Fraction


class SettingsError(ValueError):
    """A recording that cannot be simulated: which setting, what it was, what would be right."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)  # all of them, or it cannot be unpickled
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


def exact(number: Number) -> Fraction:
    """The number as it is written in decimals: 128.5 is 257/2."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


def check_rate(rate: Number, low_hz: int, high_hz: int) -> None:
    """Raises `SettingsError` unless the sampling rate is inside the limits."""
    expected = f"a number of hertz from {low_hz} to {high_hz}"
    try:
        rational = exact(rate)
    except (ValueError, ZeroDivisionError):  # "nan", "inf", and anything that is no number
        raise SettingsError("sampling_rate_hz", rate, expected) from None
    if not low_hz <= rational <= high_hz:
        raise SettingsError("sampling_rate_hz", rate, expected)


def check_number(field: str, value: float, low: float, high: float) -> None:
    """Raises `SettingsError` unless low <= value <= high; NaN fails too."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise SettingsError(field, value, f"a number from {low:g} to {high:g}")


def check_integer(field: str, value: int, low: int, high: int) -> None:
    """Raises `SettingsError` unless it is an integer with low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingsError(field, value, f"an integer from {low} to {high}")


def checked_channels(channels: Sequence[str], most: int) -> tuple[str, ...]:
    """The names as a tuple; raises `SettingsError` unless they are unique and not empty."""
    names = (channels,) if isinstance(channels, str) else tuple(channels)
    if not 1 <= len(names) <= most:
        raise SettingsError("channels", names, f"1 to {most} names")
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise SettingsError("channels", name, "names that are not empty")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise SettingsError("channels", twice, "names that differ from each other")
    return names
