"""The kinds of flags as people see them: words, colours and an order."""

from __future__ import annotations

import dataclasses

from transforms.engine import Flag


@dataclasses.dataclass(frozen=True)
class Kind:
    """One flag as it is shown.

    Attributes:
      label: as in a legend.
      colour: Paul Tol's "muted" scheme, safe for colour-blind eyes; greys for what is no artifact.
      meaning: one clause for someone who sees it for the first time.
    """

    flag: Flag
    label: str
    colour: str
    meaning: str


# Where two flags have equal shares of a bin, the earlier kind gives the colour.
KINDS: tuple[Kind, ...] = (
    Kind(Flag.SATURATED, "saturated", "#882255", "the amplifier is at the end of its range"),
    Kind(Flag.FLAT, "flat", "#332288", "the signal does not move: no contact, or switched off"),
    Kind(Flag.POP, "pop", "#aa4499", "one sudden step: an electrode or a cable"),
    Kind(Flag.BLINK, "blink", "#88ccee", "the slow wave of an eyelid"),
    Kind(Flag.MUSCLE, "muscle", "#cc6677", "fast activity of jaw, forehead or neck"),
    Kind(Flag.MOTION, "motion", "#44aa99", "the head or the body moves"),
    Kind(Flag.AMPLITUDE, "amplitude", "#ddcc77", "far larger than this channel usually is"),
    Kind(Flag.DRIFT, "drift", "#117733", "the baseline wanders: sweat, or a slipping electrode"),
    Kind(Flag.LINE_NOISE, "line noise", "#999933", "mainly mains hum; the filter removes it"),
    Kind(Flag.NONFINITE, "not a number", "#333333", "infinite values arrived and were left out"),
    Kind(Flag.GAP, "gap", "#bbbbbb", "samples are missing"),
    Kind(Flag.SETTLING, "settling", "#dddddd", "the filters still adapt after a start or a gap"),
)

N_KINDS = len(KINDS)

N_ACUTE = 7
"""The first kinds, which give a bin its colour before the others: hum and drift may last for the
whole recording, and a blink must still be seen."""

NOT_ARTIFACTS = Flag.GAP | Flag.SETTLING
"""Nothing is wrong with the signal where these are set: it is not there, or not known yet."""

EVENTS = Flag.POP | Flag.BLINK | Flag.MUSCLE | Flag.MOTION | Flag.DRIFT | Flag.AMPLITUDE
"""What comes and goes: a reason to look at one minute rather than another."""

SPOILS_POWER = Flag(sum(Flag)) & ~(Flag.LINE_NOISE | Flag.MOTION)
"""Windows left out of averages of power. Mains are notched, and motion need not reach a scalp."""
