"""The engine's catalogue and filters as Markdown."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from docs.markdown import code, table
from docs.reasons import reasons_of
from transforms.engine import FEATURES, PROFILES, Feature, Flag, SignalEngine, StreamSpec
from transforms.engine.catalogue import LINE_HALF_WIDTH_HZ, PAIR_FEATURES
from transforms.engine.measures import NYQUIST_MARGIN, Measure
from transforms.engine.profiles import Filters

OTHER_REASONS = {
    ("spikes", "high_pass_hz"): "takes field potentials away, keeps action potentials",
    ("emg", "high_pass_hz"): "takes movement of skin and cables away, keeps most of the muscle",
    ("emg", "high_pass_order"): "movement is larger than a weak contraction",
    ("acc", "notch_up_to_hz"): "no notches: mains do not shake",
}
"""Why a kind's value is not the usual one, whose reason stands beside it in the profile."""

SETTLING_RATES_HZ = (128, 160, 250, 500, 1000)


def all_features() -> str:
    """Every feature of a channel."""
    return _described(FEATURES)


def pair_features() -> str:
    """Every feature of a pair of channels."""
    return _described(PAIR_FEATURES)


def _described(features: Sequence[Feature]) -> str:
    rows = [
        (
            code(feature.name),
            feature.unit,
            feature.formula,
            feature.look_back,
            code(feature.path.value),
            feature.source,
        )
        for feature in features
    ]
    return table(("feature", "unit", "formula", "look-back", "path", "source"), rows)


def features_by_kind() -> str:
    """Which signal kind has which feature."""
    kinds = list(PROFILES)
    rows = [
        (code(f.name), *("x" if f.name in PROFILES[kind].features else "" for kind in kinds))
        for f in FEATURES
    ]
    versions = "\n".join(
        f"- `{profile.parameter_version}`: samples in {profile.unit}"
        for profile in PROFILES.values()
    )
    return f"{table(('feature', *kinds), rows)}\n\nParameter versions:\n\n{versions}"


def lowest_rates() -> str:
    """From which sampling rate on a feature exists."""
    rows = [
        (code(feature.name), f"{highest_hz(feature):g} Hz", f"{rate_needed_hz(feature):g} Hz")
        for feature in FEATURES
        if highest_hz(feature)
    ]
    return table(("feature", "highest frequency it needs", "sampling rate needed"), rows)


def highest_hz(feature: Feature, line_hz: int = 50) -> float:
    """The highest frequency that a feature needs; 0 for features of the time domain."""
    if feature.measure is Measure.LINE_RATIO:
        return line_hz + LINE_HALF_WIDTH_HZ
    if feature.measure is Measure.HIGH_RATIO:
        return Filters().muscle_hz or 0.0
    return feature.band_hz[1] if feature.band_hz else 0.0


def rate_needed_hz(feature: Feature) -> float:
    """Smallest rate, up to a tenth of a hertz, of which 0.45 is that frequency or more.

    The muscle band needs room below its low-pass.
    """
    if feature.measure is Measure.HIGH_RATIO:
        return math.ceil(10 * highest_hz(feature) / Filters().muscle_up_to_rate) / 10
    return math.ceil(10 * Fraction(str(highest_hz(feature))) / NYQUIST_MARGIN) / 10


def filters_by_kind() -> str:
    """The parameters of the paths, one table for all kinds that share them."""
    shared: dict[Filters, list[str]] = {}
    for kind, profile in PROFILES.items():
        shared.setdefault(profile.filters, []).append(kind)
    why, usual = reasons_of(Filters), dataclasses.asdict(Filters())
    sections = []
    for filters, kinds in shared.items():
        rows = [
            (
                code(name),
                "left out" if value is None else f"{value:g}",
                why[name] if value == usual[name] else OTHER_REASONS[kinds[0], name],
            )
            for name, value in dataclasses.asdict(filters).items()
            if filters.muscle_hz is not None or not name.startswith("muscle_")
        ]
        listed = table(("parameter", "value", "why"), rows)
        sections.append(f"Of {', '.join(kinds)}:\n\n{listed}")
    return "\n\n".join(sections)


def settling_times() -> str:
    """How long SETTLING lasts after the start of an EEG stream, as the engine flags it."""
    rates: dict[int, list[str]] = {}
    for rate_hz in SETTLING_RATES_HZ:
        engine = SignalEngine(StreamSpec("eeg", rate_hz, ["Cz"], line_hz=50))
        noise = np.random.default_rng(1).normal(scale=10, size=(10 * rate_hz, 1))
        n_settling = int((engine.push(0, noise).flags & int(Flag.SETTLING) > 0).sum())
        rates.setdefault(n_settling, []).append(str(rate_hz))
    return "\n".join(
        f"`SETTLING` lasts {n} windows ({n / 20:g} s) at {', '.join(hz)} Hz."
        for n, hz in rates.items()
    )
