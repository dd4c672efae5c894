"""Every detector on every recording: what it finds, what it marks for nothing, what it costs."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.contenders.detector import Detector, Found
from benchmarks.labelled import SETTLING_S, WINDOW_S, Labelled
from devices.scoring import Score, Span, event_f1, merge

Mask = npt.NDArray[np.bool_]

NOT_SCORED = ((0.0, SETTLING_S),)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One setting of a detector over some recordings.

    Attributes:
      events: of the kinds it is meant for, all together.
      recalls: share of the events of each kind that anything found overlaps.
      clean_share: share of the clean time that is marked.
    """

    events: Score
    recalls: dict[str, float]
    clean_share: float


@dataclasses.dataclass(frozen=True)
class Scored:
    """A detector over some recordings.

    Attributes:
      outcomes: by setting.
      seconds_a_minute: of processor time, for a minute of recording, with the recommended setting.
    """

    detector: Detector
    outcomes: dict[str, Outcome]
    seconds_a_minute: float

    @property
    def recommended(self) -> Outcome:
        """As its documentation says."""
        return self.outcomes[self.detector.recommended]

    @property
    def in_hindsight(self) -> tuple[str, Outcome]:
        """The setting with the highest F1 on these very recordings."""
        return max(self.outcomes.items(), key=lambda item: _or_zero(item[1].events.f1))


def scored(detector: Detector, recordings: Sequence[Labelled]) -> Scored:
    """Runs a detector twice over each recording: once for the clock, once for all settings."""
    spent_s, minutes, found = 0.0, 0.0, []
    for recording in recordings:
        began_s = time.process_time()
        detector.find(recording, (detector.recommended,))
        spent_s += time.process_time() - began_s
        minutes += recording.duration_s / 60
        found.append(detector.find(recording, detector.settings))
    outcomes = {one: _outcome(detector, one, found, recordings) for one in detector.settings}
    return Scored(detector, outcomes, spent_s / minutes)


def _outcome(
    detector: Detector, setting: str, found: Sequence[Found], recordings: Sequence[Labelled]
) -> Outcome:
    pairs = [(one[setting], recording) for one, recording in zip(found, recordings, strict=True)]
    everything = sorted({kind for recording in recordings for kind in recording.truth})
    kinds = detector.kinds or tuple(everything)
    events = sum((_events(spans, recording, kinds) for spans, recording in pairs), Score(0, 0, 0))
    recalls = {}
    for kind in everything:
        of_kind = (_events(spans, recording, (kind,)) for spans, recording in pairs)
        recalls[kind] = sum(of_kind, Score(0, 0, 0)).recall
    marked = [clean_marked_s(spans, recording) for spans, recording in pairs]
    clean_s = sum(b - a for recording in recordings for a, b in recording.clean)
    return Outcome(events, recalls, sum(marked) / clean_s if clean_s else math.nan)


def _events(spans: Iterable[Span], recording: Labelled, kinds: Iterable[str]) -> Score:
    truth = [span for kind in kinds for span in recording.truth.get(kind, ())]
    return event_f1(spans, truth, excluded=NOT_SCORED)


def clean_marked_s(spans: Iterable[Span], recording: Labelled) -> float:
    """Seconds of the clean time that are marked, on the 50 ms grid of whole windows."""
    marked, inside = on_grid(spans, recording), np.zeros(_n_windows(recording), bool)
    for start_s, end_s in recording.clean:
        first, last = math.ceil(start_s / WINDOW_S - 1e-9), math.floor(end_s / WINDOW_S + 1e-9)
        inside[first:last] = True
    return float((marked & inside).sum() * WINDOW_S)


def on_grid(spans: Iterable[Span], recording: Labelled) -> Mask:
    """(w,) whether anything found touches a window."""
    marked = np.zeros(_n_windows(recording), bool)
    for start_s, end_s in merge(spans, 0.0):
        first = max(0, math.floor(start_s / WINDOW_S + 1e-9))
        marked[first : math.ceil(end_s / WINDOW_S - 1e-9)] = True
    return marked


def seconds_touched(spans: Iterable[Span], stretch: Span) -> float:
    """Share of the whole seconds of a stretch in which anything is marked.

    The common measure of windows of 50 ms, annotations of any length and epochs of 1 s, where the
    truth is only known by stretches.

    >>> seconds_touched([(1.5, 1.6), (3.0, 4.0)], (0.0, 4.0))
    0.5
    """
    starts = np.arange(math.ceil(stretch[0]), math.floor(stretch[1]))
    merged = merge(spans, 0.0)
    touched = [
        any(a < start + 1 - 1e-6 and b > start + 1e-6 for a, b in merged) for start in starts
    ]
    return float(np.mean(touched))


def _n_windows(recording: Labelled) -> int:
    return math.ceil(recording.duration_s / WINDOW_S - 1e-9)


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
