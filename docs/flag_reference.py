"""Flags, thresholds and penalties as Markdown."""

from __future__ import annotations

import dataclasses
import inspect
import re

from docs.markdown import code, table
from docs.reasons import reasons_of
from transforms.engine import PROFILES, Flag, quality
from transforms.engine.profiles import NEVER, Adaptive, Thresholds


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
    head = ("threshold", "value", "what it is compared with, and why")
    return "\n\n".join(
        f"Of {kinds}:\n\n"
        + table(
            head,
            [
                (code(name), f"{value:g}", why[name])
                for name, value in values.items()
                if not isinstance(value, Adaptive)
            ],
        )
        for kinds, values in _thresholds().items()
    )


def adaptive_thresholds() -> str:
    """The thresholds that follow the channel."""
    why = reasons_of(Thresholds)
    head = ("threshold", "default", "factor (medians)", "floor", "what it is compared with")
    return "\n\n".join(
        f"Of {kinds}:\n\n"
        + table(
            head,
            [
                (code(name), *_numbers(a), why[name])
                for name, a in values.items()
                if isinstance(a, Adaptive)
            ],
        )
        for kinds, values in _thresholds().items()
    )


def _numbers(adaptive: Adaptive) -> tuple[str, str, str]:
    if adaptive == NEVER:
        return "never", "", ""
    return f"{adaptive.default:g}", f"{adaptive.factor:g}", f"{adaptive.floor:g}"


def penalties() -> str:
    """What each flag takes from the quality."""
    meaning = dict(re.findall(r"Flag\.(\w+): [\d.]+,(?:  # (.*))?", inspect.getsource(quality)))
    rows = [
        (code(str(flag.name)), f"{penalty:g}", meaning.get(str(flag.name), ""))
        for flag, penalty in quality.PENALTY.items()
    ]
    return table(("flag", "penalty", "because"), rows)


def _thresholds() -> dict[str, dict[str, float | Adaptive]]:
    """Signal kinds that share all thresholds, to the thresholds by name."""
    shared: dict[Thresholds, list[str]] = {}
    for kind, profile in PROFILES.items():
        shared.setdefault(profile.thresholds, []).append(kind)
    return {
        ", ".join(kinds): {f.name: getattr(one, f.name) for f in dataclasses.fields(one)}
        for one, kinds in shared.items()
    }
