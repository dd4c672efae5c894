"""How far a channel's window can be trusted, as one number."""

from __future__ import annotations

import numpy as np

from transforms.engine.flags import Flag
from transforms.engine.windows import Float64

PENALTY: dict[Flag, float] = {
    Flag.GAP: 0.0,  # the share of samples present says it already
    Flag.SETTLING: 0.2,  # slow bands are off, fast ones are sound
    Flag.FLAT: 1.0,  # nothing was measured
    Flag.SATURATED: 1.0,  # what was there is lost
    Flag.POP: 0.7,
    Flag.AMPLITUDE: 0.5,
    Flag.BLINK: 0.3,  # below 4 Hz only; alpha and above survive
    Flag.MUSCLE: 0.5,  # above 20 Hz only
    Flag.LINE_NOISE: 0.4,  # the notch saves most of it
    Flag.MOTION: 0.3,
    Flag.NONFINITE: 0.2,
    Flag.DRIFT: 0.2,  # the high-pass saves most of it
}
"""What a flag takes away; penalties multiply: quality = present * prod(1 - penalty)."""


def quality_by_flags() -> Float64:
    """(2 ** number of flags,) float64: quality of a fully present window by its flags."""
    quality = np.ones(2 ** len(Flag))
    every = np.arange(len(quality))
    for flag, penalty in PENALTY.items():
        quality[every & int(flag) > 0] *= 1.0 - penalty
    return quality
