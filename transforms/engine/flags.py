"""The artifact mask: one bit a reason, per channel and window. Stored, so never renumbered."""

from __future__ import annotations

import enum


class Flag(enum.IntFlag):
    """Why a channel's window deserves a second look. Windows are flagged, never dropped."""

    GAP = 1 << 0  # samples of this channel are absent from the window
    SETTLING = 1 << 1  # the filters still remember the start, or the end of an absence
    FLAT = 1 << 2  # the input does not move: no electrode, or no amplifier
    SATURATED = 1 << 3  # the input rests at the end of the converter's range
    POP = 1 << 4  # one step far above the channel's own: electrode or cable
    AMPLITUDE = 1 << 5  # an excursion far above the channel's own scale
    BLINK = 1 << 6  # the slow deflection of a lid, on frontal channels when they are named
    MUSCLE = 1 << 7  # the high band far above the channel's own
    LINE_NOISE = 1 << 8  # mains make up most of what is measured
    MOTION = 1 << 9  # the accelerometer moves
    NONFINITE = 1 << 10  # infinities arrived; they count as absent
    DRIFT = 1 << 11  # the baseline wanders: sweat, a drying or slipping electrode
