"""Numbers, times and names as people read them."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Sequence

from transforms.engine import BY_NAME

SIGNAL_NAMES = {
    "eeg": "EEG (the brain's signal on the scalp)",
    "ecog": "ECoG (the signal on the brain's surface)",
    "lfp": "LFP (local field potential, inside the brain)",
    "spikes": "spikes (single cells inside the brain)",
    "emg": "EMG (muscle activity)",
    "ecg": "ECG (the heart's signal)",
    "acc": "acceleration (movement)",
}

_STEPS_S = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300),
    *(600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400),
)
_MAX_NAME = 60
_ABBREVIATIONS = ("rms", "rmssd", "sdnn", "emg")
SHORT_S = 180  # up to here people think in seconds
_GARBLING = ("Cc", "Cf", "Cs", "Cn")  # unicode categories; surrogates cannot be written
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

NONE = "\N{EN DASH}"
"""Stands where there is no number; between two numbers it means "to"."""


def printable(text: str) -> str:
    """Text from a file without control and direction marks: they would garble the page."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _GARBLING else c
        for c in text.replace("\n", " ").replace("\t", " ")
    )


def safe(name: str) -> str:
    """A name from a file, printable and not too long."""
    return printable(name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…")


def unit(name: str) -> str:
    """A unit as it is written: uV^2 is µV²; nothing where it is 1."""
    return "" if name == "1" else name.replace("uV", "µV").replace("^2", "²")


def feature(name: str) -> str:
    """A feature's name without its unit, with its band where it has one: alpha 8 to 13 Hz."""
    label = re.sub(r"_(power|bpm|hz|ms|uv|deg)$", "", name).replace("_", " ")
    label = label.upper() if label in _ABBREVIATIONS else label
    band = BY_NAME[name].band_hz
    return f"{label} {band[0]:g}{NONE}{band[1]:g} Hz" if band else label


def band(name: str) -> str:
    """A band without its limits: high gamma."""
    return name.removesuffix("_power").replace("_", " ")


def number(value: float) -> str:
    """Three significant digits, without an exponent where people would not write one."""
    if not math.isfinite(value):
        return NONE
    rounded = float(f"{value:.3g}")
    text = f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
    return text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share; what is not quite nothing or everything does not look so."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.0f} %" if share >= 0.0995 or share == 0 else f"{share * 100:.1f} %"


def duration(seconds: float) -> str:
    """A length of time: "125 s", "42 min 7 s", "5 h 20 min"."""
    if seconds < 1:
        return f"{number(seconds * 1000)} ms"
    if seconds < SHORT_S:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 180:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h" + (f" {minutes} min" if minutes else "")


def clock(seconds: float, step_s: float, end_s: float) -> str:
    """A place in time, as precise as steps of `step_s` need in a recording of `end_s`."""
    if step_s < 1 or end_s < SHORT_S:
        return f"{seconds:.3f}".rstrip("0").removesuffix(".") + " s"
    if step_s < 60 or end_s < 3600:
        return _hms(round(seconds), end_s)
    return f"{round(seconds) // 3600}:{round(seconds) % 3600 // 60:02d} h"


def stretch(start_s: float, end_s: float, span_s: float) -> str:
    """From when to when, in a recording of `span_s` seconds."""
    if span_s < SHORT_S:
        return f"{round(start_s, 2):g}{NONE}{round(end_s, 2):g} s"
    start, end = (_hms(seconds, span_s) for seconds in (start_s, end_s))
    return start if start == end else f"{start}{NONE}{end}"


def _hms(seconds: float, span_s: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    if span_s < 3600:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def ticks(start_s: float, span_s: float, at_most: int = 6) -> list[tuple[float, str]]:
    """Round times inside a figure: (part of its width, label)."""
    if span_s <= 0:
        return []
    days = math.ceil(span_s / 86400 / at_most) * 86400
    step = next((step for step in _STEPS_S if span_s / step <= at_most), days)
    first = math.ceil(start_s / step - 1e-9)
    last = math.floor((start_s + span_s) / step + 1e-9)
    return [
        ((k * step - start_s) / span_s, clock(k * step, step, start_s + span_s))
        for k in range(first, last + 1)
    ]


def moment(start_ns: int) -> str:
    """A date and time in UTC, to the second."""
    when = _EPOCH + datetime.timedelta(seconds=start_ns // 1_000_000_000)
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def listing(items: Sequence[str]) -> str:
    """Items as in a sentence: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def count(n: int, noun: str) -> str:
    """A number and its noun: 1 gap, 2 gaps."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
