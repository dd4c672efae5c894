"""The engine's flags: all features are computed on the way, and nothing is known beforehand."""

from __future__ import annotations

import functools
import operator

import numpy as np

from benchmarks.contenders.detector import Detector, Found
from benchmarks.labelled import Labelled
from devices.scoring import Span, intervals_from_mask
from transforms.engine import Flag, WindowBatch

KINDS = {
    "blink": Flag.BLINK,
    "muscle": Flag.MUSCLE,
    "pop": Flag.POP,
    "drift": Flag.DRIFT,
    "line_noise": Flag.LINE_NOISE,
    "flat": Flag.FLAT,
    "saturated": Flag.SATURATED,
}
ANY = functools.reduce(operator.or_, KINDS.values()) | Flag.AMPLITUDE
AS_SHIPPED = "as shipped"


def spans(windows: WindowBatch, flags: Flag) -> list[Span]:
    """When any channel that has settled carries one of the flags."""
    settled = windows.flags & int(Flag.SETTLING) == 0
    mask = np.any(((windows.flags & int(flags)) > 0) & settled, axis=1)
    return list(intervals_from_mask(np.asarray(mask), windows.start_ns / 1e9))


def _detector(name: str, kinds: tuple[str, ...], flags: Flag) -> Detector:
    def find(recording: Labelled, settings: tuple[str, ...]) -> Found:
        return dict.fromkeys(settings, spans(recording.windows(), flags))

    return Detector(
        name=f"engine, {name}",
        kinds=kinds,
        recommended=AS_SHIPPED,
        settings=(AS_SHIPPED,),
        parameters="the thresholds of the profile `eeg`",
        causal=True,
        find=find,
    )


BLINK = _detector("`BLINK`", ("blink",), Flag.BLINK)
MUSCLE = _detector("`MUSCLE`", ("muscle",), Flag.MUSCLE)
FLAT = _detector("`FLAT` or `SATURATED`", ("flat", "saturated"), Flag.FLAT | Flag.SATURATED)
POP = _detector("`POP`", ("pop",), Flag.POP)
ALL = _detector("any flag of an artifact", (), ANY)
