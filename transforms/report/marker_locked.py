"""What the features do around markers: averages over all markers with the same words."""

from __future__ import annotations

import collections
import copy
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.engine import WINDOW_NS
from transforms.recordings import Marker
from transforms.report.timeline import Timeline

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

MIN_MARKERS = 5
"""Fewer of a kind are not averaged: their mean would be read as an effect."""

MAX_KINDS = 6
STEP = 4  # windows averaged to one step: 200 ms, since look-backs are 500 ms and longer
BEFORE, AFTER = 40, 120  # windows: 2 s and 6 s
SPAN = BEFORE + AFTER
BASELINE = slice(0, BEFORE // STEP)
RESPONSE = slice((BEFORE + 20) // STEP, (BEFORE + 80) // STEP)  # 1 s to 4 s after
STEP_S = STEP * WINDOW_NS / 1e9


@dataclasses.dataclass(frozen=True, eq=False)
class Course:
    """How one feature changes around one kind of marker, on one channel or on their mean.

    Attributes:
      channel: position in the stream's channels; None is the mean over the channels followed.
      mean, error: (steps,) float32, change against the baseline and its standard error over
        markers; NaN where fewer than `MIN_MARKERS` are known.
    """

    channel: int | None
    mean: Float32
    error: Float32


@dataclasses.dataclass(frozen=True, eq=False)
class MarkerAverage:
    """The average over markers of one kind.

    Attributes:
      description: as in the file.
      n_markers: of them in the stream.
      n_used: (n,) for each feature, the most markers that count on any channel.
      courses: for each feature, that of the mean and that of the channel that responds most.
      response: (n, c) float32, mean change from 1 s to 4 s after the marker on each channel
        followed.
    """

    description: str
    n_markers: int
    n_used: tuple[int, ...]
    courses: tuple[tuple[Course, ...], ...]
    response: Float32


@dataclasses.dataclass(frozen=True, eq=False)
class MarkerLocked:
    """All kinds of markers that are frequent enough, the first to occur first.

    Attributes:
      trend_names: features followed, n of them.
      channels: (c,) positions of the channels followed.
      n_left_out: kinds that are not averaged: too rare, or beyond the most frequent six.
    """

    trend_names: tuple[str, ...]
    channels: tuple[int, ...]
    averages: tuple[MarkerAverage, ...]
    n_left_out: int


class _Sums:
    """Number, sum and sum of squares along an axis that comes piece by piece."""

    def __init__(self, shape: tuple[int, ...]):
        self.n, self._sum, self._squares = (
            np.zeros(shape, np.int64),
            np.zeros(shape),
            np.zeros(shape),
        )

    def add(self, values: Float64) -> None:
        """Adds finite values, the others not."""
        known = np.isfinite(values)
        values = np.where(known, values, 0.0)
        self.n += known
        self._sum += values
        self._squares += values * values

    def mean_and_error(self) -> tuple[Float64, Float64]:
        """Means and their standard errors; NaN where fewer than `MIN_MARKERS` are known."""
        n = np.where(self.n >= MIN_MARKERS, self.n, np.nan)
        mean = self._sum / n
        spread = np.maximum(self._squares / n - mean**2, 0.0)
        return mean, np.sqrt(spread / (n - 1))


class MarkerLockedCollector:
    """Keeps the last eight seconds of windows, and cuts each marker's from them as they pass.

    Args:
      timeline: of the stream.
      markers: of the recording, in any order.
      trend_names: features followed.
      channels: positions of the channels followed.
    """

    def __init__(
        self,
        timeline: Timeline,
        markers: Sequence[Marker],
        trend_names: tuple[str, ...],
        channels: tuple[int, ...],
    ):
        self._trend_names, self._channels = trend_names, channels
        self._kinds, self._n_left_out = _frequent(markers)
        self._onsets = sorted(
            (marker.start_ns // WINDOW_NS - timeline.first_window, self._kinds[marker.description])
            for marker in markers
            if marker.description in self._kinds
        )
        self._next, self._end = 0, 0
        shape = (len(channels), len(trend_names))
        self._ring = np.full((SPAN, *shape), np.nan, np.float32)
        self._held = np.full(SPAN, -1, np.int64)  # the window in each place of the ring
        with_mean = (shape[0] + 1, shape[1])
        self._courses = [_Sums((SPAN // STEP, *with_mean)) for _ in self._kinds]
        self._responses = [_Sums(with_mean) for _ in self._kinds]

    @property
    def possible(self) -> bool:
        """Whether any kind of marker is frequent enough."""
        return bool(self._kinds)

    def take_windows(self, windows: Int64, values: Float32) -> None:
        """Takes finished windows: (w,) their numbers, w > 0, and (w, c, n) of `trend_values`."""
        done = 0
        for onset, kind in self._onsets[self._next :]:
            if onset + AFTER > windows[-1] + 1:
                break
            stop = int(np.searchsorted(windows, onset + AFTER))
            self._hold(windows[done:stop], values[done:stop])
            self._cut(onset, kind)
            self._next, done = self._next + 1, stop
        self._hold(windows[done:], values[done:])
        self._end = int(windows[-1]) + 1

    def _hold(self, windows: Int64, values: Float32) -> None:
        at = windows[-SPAN:] % SPAN
        self._ring[at], self._held[at] = values[-SPAN:], windows[-SPAN:]

    def _cut(self, onset: int, kind: int) -> None:
        wanted = np.arange(onset - BEFORE, onset + AFTER)
        at = wanted % SPAN
        there = (self._held[at] == wanted)[:, None, None]
        steps = np.where(there, self._ring[at], np.nan).astype(np.float64)
        steps = _mean(steps.reshape(-1, STEP, *steps.shape[1:]), axis=1, least=1)
        change = steps - _mean(steps[BASELINE], axis=0, least=BEFORE // STEP // 2)
        change = np.concatenate((_mean(change, axis=1, least=1)[:, None], change), axis=1)
        self._courses[kind].add(change)
        self._responses[kind].add(_mean(change[RESPONSE], axis=0, least=8))

    def summary(self) -> MarkerLocked:
        """What is known so far; the last markers' time may not be over."""
        ended = copy.deepcopy(self)
        for onset, kind in ended._onsets[ended._next :]:
            if onset >= ended._end:
                break
            ended._cut(onset, kind)
        averages = (ended._average(text, kind) for text, kind in ended._kinds.items())
        seen = tuple(average for average in averages if any(average.n_used))
        left_out = self._n_left_out + len(self._kinds) - len(seen)
        return MarkerLocked(self._trend_names, self._channels, seen, left_out)

    def _average(self, description: str, kind: int) -> MarkerAverage:
        mean, error = self._courses[kind].mean_and_error()
        response, response_error = self._responses[kind].mean_and_error()
        courses = []
        for k in range(len(self._trend_names)):
            sure = np.nan_to_num(np.abs(response[1:, k]) / (response_error[1:, k] + 1e-9))
            most = int(sure.argmax()) if sure.any() else None
            picked = [(None, 0)] + ([(self._channels[most], most + 1)] if most is not None else [])
            courses.append(
                tuple(
                    Course(at, *(side[:, row, k].astype(np.float32) for side in (mean, error)))
                    for at, row in picked
                )
            )
        return MarkerAverage(
            description=description,
            n_markers=sum(k == kind and 0 <= at < self._end for at, k in self._onsets),
            n_used=tuple(self._courses[kind].n.max(axis=(0, 1)).tolist()),
            courses=tuple(courses),
            response=response[1:].T.astype(np.float32),
        )


def _frequent(markers: Sequence[Marker]) -> tuple[dict[str, int], int]:
    """The most frequent kinds and their numbers, the first to occur first; how many others."""
    counts = collections.Counter(
        marker.description for marker in sorted(markers, key=lambda m: (m.start_ns, m.description))
    )
    most = {text for text, n in counts.most_common(MAX_KINDS) if n >= MIN_MARKERS}
    kinds = [text for text in counts if text in most]
    return {text: number for number, text in enumerate(kinds)}, len(counts) - len(kinds)


def _mean(values: Float64, axis: int, least: int) -> Float64:
    """Means of the finite values; NaN where there are fewer than `least`."""
    known = np.isfinite(values)
    n = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(n >= least, total / np.maximum(n, 1), np.nan)
