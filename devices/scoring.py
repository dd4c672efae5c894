"""How well what was found agrees with what is true: events, moments, and windows for calm.

Event scoring by any overlap (Ziyabari et al. 2019, OVLP): an event counts as found if anything
found overlaps it, the truth widened by a tolerance. It says how many events are found, not how
exactly: report it beside `clean_fraction_flagged`, which a detector that flags all the time fails.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from devices.simulator.recording import Interval

Span = tuple[float, float]
"""(start_s, end_s), the end excluded."""

_SLACK_S = 1e-6  # times are float64 seconds: neighbours on the 50 ms grid must still touch


@dataclasses.dataclass(frozen=True)
class Score:
    """Counts of events, and what follows from them. NaN where there was nothing to count.

    Attributes:
      true_positives: true events that were found.
      false_positives: found events that overlap no true one.
      missed: true events that nothing found overlaps.
    """

    true_positives: int
    false_positives: int
    missed: int

    @property
    def precision(self) -> float:
        """true_positives / (true_positives + false_positives)."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """true_positives / (true_positives + missed)."""
        return _ratio(self.true_positives, self.true_positives + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + missed)."""
        twice = 2 * self.true_positives
        return _ratio(twice, twice + self.false_positives + self.missed)

    def __add__(self, other: Score) -> Score:
        """Counts of two recordings together; scores are pooled, not averaged."""
        return Score(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.missed + other.missed,
        )


def intervals_from_mask(
    mask: npt.NDArray[np.generic], start_s: npt.NDArray[np.float64], window_s: float = 0.05
) -> tuple[Span, ...]:
    """Runs of flagged windows as spans; a missing window ends a run.

    Args:
      mask: (w,) bool, or flags of which any bit counts.
      start_s: (w,) start of each window, rising.
      window_s: length of each window.

    Returns:
      Spans in order of time.

    >>> intervals_from_mask(np.array([1, 1, 0, 1]), np.array([0.0, 0.05, 0.1, 0.15]))
    ((0.0, 0.1), (0.15, 0.2))
    """
    starts = np.asarray(start_s, dtype=np.float64)[np.asarray(mask) != 0]
    if not len(starts):
        return ()
    breaks = np.flatnonzero(np.diff(starts) > window_s + _SLACK_S) + 1
    firsts = starts[np.concatenate([[0], breaks])]
    lasts = starts[np.concatenate([breaks - 1, [len(starts) - 1]])] + window_s
    return tuple(
        (round(a, 9), round(b, 9)) for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )


def spans_of(intervals: Iterable[Interval], kind: str, channel: str | None = None) -> list[Span]:
    """(start_s, end_s) of the intervals of one kind, of all channels or of the one named."""
    return [
        (interval.start_s, interval.end_s)
        for interval in intervals
        if interval.kind == kind and (channel is None or channel in interval.channels)
    ]


def merge(spans: Iterable[Span], gap_s: float = 0.2) -> tuple[Span, ...]:
    """Spans that overlap or lie closer than `gap_s` become one; in order of time.

    >>> merge([(1.0, 2.0), (2.1, 3.0), (3.2, 4.0)])
    ((1.0, 3.0), (3.2, 4.0))
    """
    merged: list[Span] = []
    for start_s, end_s in sorted(spans):
        if merged and start_s - merged[-1][1] < gap_s - _SLACK_S:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return tuple(merged)


def event_f1(
    found: Iterable[Span],
    truth: Iterable[Span],
    tolerance_s: float = 0.25,
    excluded: Sequence[Span] = (),
    merge_gap_s: float = 0.2,
) -> Score:
    """Counts events by any overlap.

    Both sides are merged first (`merge_gap_s`). A true event is found if anything found overlaps
    it when it is widened by `tolerance_s` on both sides; touching is not overlapping. Something
    found is false if it overlaps no widened true event. Several finds inside one true event count
    once, one find across several true events counts for each of them. Events at least half of
    which lies in `excluded` (SETTLING) can match, but count neither as true, false nor missed.
    """
    found, truth = merge(found, merge_gap_s), merge(truth, merge_gap_s)
    widened = [(start_s - tolerance_s, end_s + tolerance_s) for start_s, end_s in truth]
    excluded = merge(excluded, 0.0)
    hit = [_overlap_s(span, found) > _SLACK_S for span in widened]
    judged = [not _mostly_in(span, excluded) for span in truth]
    wrong = [
        not _mostly_in(span, excluded) and _overlap_s(span, merge(widened, 0.0)) <= _SLACK_S
        for span in found
    ]
    return Score(
        true_positives=sum(h and j for h, j in zip(hit, judged, strict=True)),
        false_positives=sum(wrong),
        missed=sum(j and not h for h, j in zip(hit, judged, strict=True)),
    )


def times_f1(found_s: npt.ArrayLike, truth_s: npt.ArrayLike, tolerance_s: float) -> Score:
    """Counts moments, each found one for at most one true one: heartbeats, spikes, onsets.

    In order of time each true moment takes the first one found within the tolerance that no
    earlier one took, which matches as many as can be matched.

    Args:
      found_s: (n_found,) seconds, in any order.
      truth_s: (n_true,) seconds, in any order.
      tolerance_s: how far apart two may be, that included; 0.15 for beats (ANSI/AAMI EC57).

    >>> times_f1([1.0, 2.0, 2.01], [1.01, 2.0, 3.0], tolerance_s=0.05)
    Score(true_positives=2, false_positives=1, missed=1)
    """
    found = np.sort(np.asarray(found_s, dtype=np.float64)).tolist()
    truth = np.sort(np.asarray(truth_s, dtype=np.float64)).tolist()
    matched, at = 0, 0
    for true_s in truth:
        while at < len(found) and found[at] < true_s - tolerance_s - _SLACK_S:
            at += 1
        if at < len(found) and found[at] <= true_s + tolerance_s + _SLACK_S:
            matched, at = matched + 1, at + 1
    return Score(matched, len(found) - matched, len(truth) - matched)


def clean_fraction_flagged(
    mask: npt.NDArray[np.generic],
    start_s: npt.NDArray[np.float64],
    truth: Iterable[Span | Interval],
    margin_s: float = 0.25,
    window_s: float = 0.05,
    excluded: Sequence[Span] = (),
) -> float:
    """Share of clean windows that carry any flag; NaN where no window is clean.

    A window is clean if it overlaps no true artifact, widened by `margin_s`, and nothing in
    `excluded`. Of `Interval`s only artifacts count: with eyes closed the signal is clean.

    Args:
      mask: (w,) bool, or flags of which any bit counts.
      start_s: (w,) start of each window.
      truth: spans or intervals of all kinds, of the channels that `mask` is about.
    """
    starts = np.asarray(start_s, dtype=np.float64)
    clean = np.ones(len(starts), dtype=np.bool_)
    spans = [_span(one) for one in truth if isinstance(one, tuple) or one.is_artifact]
    spans = [(a - margin_s, b + margin_s) for a, b in spans] + list(excluded)
    for span_start_s, span_end_s in spans:
        clean &= (starts + window_s <= span_start_s + _SLACK_S) | (starts >= span_end_s - _SLACK_S)
    if not clean.any():
        return float("nan")
    return float((np.asarray(mask) != 0)[clean].mean())


def _span(one: Span | Interval) -> Span:
    return one if isinstance(one, tuple) else (one.start_s, one.end_s)


def _overlap_s(span: Span, others: Iterable[Span]) -> float:
    """Seconds of a span that lie in the others, which do not overlap each other."""
    start_s, end_s = span
    return sum(max(0.0, min(end_s, b) - max(start_s, a)) for a, b in others)


def _mostly_in(span: Span, others: Sequence[Span]) -> bool:
    return bool(others) and _overlap_s(span, others) >= (span[1] - span[0]) / 2 - _SLACK_S


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
