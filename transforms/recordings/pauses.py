"""Where the samples stored in a file are not consecutive, although nothing lies between them.

Some formats glue the pieces of a recording together and note where: GDF ("new segment"), EEGLAB
("boundary"), Nihon Kohden (several blocks). How long the pause was, they may not say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

from transforms.recordings.plan import Notice, Run

ASSUMED_S = Fraction(1)
"""Length of a pause of which nothing is known but that it happened."""


@dataclasses.dataclass(frozen=True)
class Pause:
    """A pause before the sample that is stored at `at_s` seconds; `length_s` None: not known."""

    at_s: Fraction
    length_s: Fraction | None


def runs_between(pauses: Sequence[Pause], n_stored: int, rate_hz: Fraction) -> tuple[Run, ...]:
    """The unbroken runs of a stream that has `n_stored` samples in the file."""
    runs: list[Run] = []
    begun = first = 0
    for pause in sorted(pauses, key=lambda pause: pause.at_s):
        row = round(pause.at_s * rate_hz)
        if not 0 < row < n_stored:
            continue
        if row > begun:
            runs.append(Run(first, begun, row - begun))
            first, begun = first + row - begun, row
        first += max(1, round(_length_s(pause) * rate_hz))
    return (*runs, Run(first, begun, n_stored - begun))


def time_of(stored_s: Fraction, pauses: Sequence[Pause]) -> Fraction:
    """Seconds from the first sample to what is stored at `stored_s`, pauses included."""
    return stored_s + sum(_length_s(pause) for pause in pauses if 0 < pause.at_s <= stored_s)


def notices_of(pauses: Sequence[Pause]) -> list[Notice]:
    """What a user should know about pauses."""
    unknown = [pause for pause in pauses if pause.at_s > 0 and pause.length_s is None]
    if not unknown:
        return []
    detail = (
        f"{len(unknown)} pauses, the first after {float(unknown[0].at_s):g} s of samples; the file"
        f" does not say how long they were: {float(ASSUMED_S):g} s each is assumed, and times after"
        " them are that uncertain"
    )
    return [Notice("unknown_pause", detail)]


def _length_s(pause: Pause) -> Fraction:
    return ASSUMED_S if pause.length_s is None else pause.length_s
