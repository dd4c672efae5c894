"""Units of stored numbers, as factors to the engine's units."""

from __future__ import annotations

UNIT_UV = {"V": 1e6, "mV": 1e3, "uV": 1.0, "nV": 1e-3, "pV": 1e-6}
"""Microvolts in one unit."""

UNIT_G = {"g": 1.0, "mg": 1e-3, "m/s^2": 1 / 9.80665}
"""Standard gravities in one unit."""

UNITS = (*UNIT_UV, *UNIT_G)
"""What `--unit` takes. It concerns the signals that are measured in such units, and no others."""

_MICRO_SIGNS = ("\u03bcV", "\u00b5V", "\x83\xcaV")  # Greek mu, micro sign, mu in Shift-JIS

_MNE_UV = 1e-6
_MNE_MV = 1e-3


def unit_of_dimension(dimension: str) -> str | None:
    """The name in `UNIT_UV` of an EDF physical dimension; None where it is no voltage."""
    if dimension in _MICRO_SIGNS:
        return "uV"
    folded = {unit.lower(): unit for unit in UNIT_UV}
    return folded.get(dimension.lower())


def g_of_dimension(dimension: str) -> float | None:
    """Standard gravities in one unit of an EDF physical dimension; None where it is none."""
    folded = dimension.lower()
    return UNIT_G.get("m/s^2" if folded in ("m/s2", "m/s\u00b2") else folded)


def engine_factor(signal: str, dimension: str, unit: str | None) -> float | None:
    """From numbers in `dimension` to the unit of the engine; None where they are no such quantity.

    Args:
      dimension: as the file spells it; empty: taken for microvolt, and for g in an acc signal.
      unit: one of `UNITS` that overrules it where it is of the same quantity, or None.
    """
    if signal == "acc":
        if unit in UNIT_G:
            return UNIT_G[unit]
        return g_of_dimension(dimension) if dimension else 1.0
    known = unit_of_dimension(dimension) if dimension else "uV"
    if known is None:
        return None
    return UNIT_UV[unit if unit in UNIT_UV else known]


def mne_gain(dimension: str) -> float:
    """What MNE multiplies an EDF channel of this physical dimension with, to get volts.

    It knows microvolt and millivolt in their exact spelling and takes all else for volt.
    """
    if dimension == "uV" or dimension in _MICRO_SIGNS:
        return _MNE_UV
    return _MNE_MV if dimension == "mV" else 1.0


def undo_mne_gain(dimension: str) -> float:
    """Factor from what MNE returns to the numbers stored: exactly 1e6, 1e3 or 1."""
    return {_MNE_UV: 1e6, _MNE_MV: 1e3}.get(mne_gain(dimension), 1.0)
