"""Flags, thresholds and penalties as Markdown."""

from __future__ import annotations

import dataclasses
import inspect
import re

from docs.markdown import code, table
from docs.reasons import reasons_of
from transforms.engine import PROFILES, Flag, quality
from transforms.engine.profiles import Adaptive, Thresholds


def flag_bits() -> str:
    """Every flag: bit, value and meaning."""
    meaning = dict(re.findall(r"^    (\w+) = 1 << \d+  # (.*)$", inspect.getsource(Flag), re.M))
    rows = [
        (code(str(flag.name)), str(int(flag).bit_length() - 1), str(int(flag)), meaning[flag.name])
        for flag in Flag
        if flag.name
    ]
    return table(("flag", "bit", "value", "meaning"), rows)


def fixed_thresholds() -> str:
    """The thresholds that do not follow the channel."""
    why = reasons_of(Thresholds)
    rows = [
        (code(name), f"{value:g}", why[name])
        for name, value in _thresholds().items()
        if not isinstance(value, Adaptive)
    ]
    return table(("threshold", "value", "what it is compared with, and why"), rows)


def adaptive_thresholds() -> str:
    """The thresholds that follow the channel."""
    why = reasons_of(Thresholds)
    rows = [
        (code(name), f"{value.default:g}", f"{value.factor:g}", f"{value.floor:g}", why[name])
        for name, value in _thresholds().items()
        if isinstance(value, Adaptive)
    ]
    head = ("threshold", "default", "factor (medians)", "floor", "what it is compared with")
    return table(head, rows)


def penalties() -> str:
    """What each flag takes from the quality."""
    meaning = dict(re.findall(r"Flag\.(\w+): [\d.]+,(?:  # (.*))?", inspect.getsource(quality)))
    rows = [
        (code(str(flag.name)), f"{penalty:g}", meaning.get(str(flag.name), ""))
        for flag, penalty in quality.PENALTY.items()
    ]
    return table(("flag", "penalty", "because"), rows)


def _thresholds() -> dict[str, float | Adaptive]:
    """Of every kind.

    Raises:
      ValueError: kinds differ by now; then the page needs a table for each.
    """
    (shared,) = {profile.thresholds for profile in PROFILES.values()}
    return {field.name: getattr(shared, field.name) for field in dataclasses.fields(shared)}
