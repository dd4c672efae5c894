"""Samples with a jittering clock, placed on the regular grid of their stream.

The order of the rows is believed, their time stamps are not: radio links stamp samples when they
arrive, in groups, late, and at times a few milliseconds back. Nothing is sorted or resampled. Rows
follow each other at the nominal rate; only a loss (clock_losses.py) opens a gap.

The period, against which lags are counted, is the median of slopes over ten seconds, which neither
jitter nor a few losses move. It is not used to place samples: a clock that drifts against the
nominal rate is told (clock_notices), and markers are moved with their samples (clock_ns).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.clocks.losses import (
    LEVEL_S,
    low_level,
    rows_in,
    stretches_without_loss,
)
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Notice, Run
from transforms.recordings.times import SECOND_NS

Float64 = npt.NDArray[np.float64]

_SLOPE_S = 10.0
_KNOT_S = 5.0
_LATEST_S = 4e9  # the year 2096: any later is a damaged number
_UNEVEN_PERIODS = 2
_DRIFT_TOLD_S = 0.05  # a window
_PLAUSIBLE_PERIOD = (0.5, 2.0)  # times the nominal one


@dataclasses.dataclass(frozen=True, eq=False)
class SampleClock:
    """Where the rows belong, and how the clock behaved.

    Attributes:
      runs: unbroken stretches; the rows are the file's samples.
      start_s: the clock's time of sample 0.
      measured_rate_hz: rows a second within the runs, by the clock; the nominal rate where there
        are too few rows to tell.
      largest_step_back_s: of one stamp behind the one before, 0 where there is none.
      largest_lag_s: of a stamp from the even spacing of its seconds.
    """

    runs: tuple[Run, ...]
    start_s: float
    measured_rate_hz: float
    largest_step_back_s: float
    largest_lag_s: float
    _sampling_rate: Fraction
    _knot_clock_s: Float64
    _knot_sample: Float64

    def start_ns(self, origin_ns: int = 0) -> int:
        """Time of sample 0 if the clock was 0 at `origin_ns`."""
        return origin_ns + round(self.start_s * SECOND_NS)

    def sample_ns(self, row: int, origin_ns: int = 0) -> int:
        """Time of a row on the grid."""
        for run in reversed(self.runs):
            if row >= run.file_sample:
                return self._grid_ns(run.first_sample + row - run.file_sample, origin_ns)
        return self.start_ns(origin_ns)

    def clock_ns(self, clock_s: float, origin_ns: int = 0) -> int:
        """Time on the grid at which what is sampled belongs to that moment of the clock.

        The grid has the nominal rate and the clock drifts against it, so that after an hour the
        two are apart; a marker has to stay beside its samples.
        """
        knots, samples = self._knot_clock_s, self._knot_sample
        beyond_s = min(clock_s - knots[0], 0.0) + max(clock_s - knots[-1], 0.0)
        sample = float(np.interp(clock_s, knots, samples))
        beyond = Fraction(beyond_s) * self._sampling_rate
        return self._grid_ns(Fraction(sample) + beyond, origin_ns)

    def _grid_ns(self, sample: int | Fraction, origin_ns: int) -> int:
        return self.start_ns(origin_ns) + round(sample * SECOND_NS / self._sampling_rate)


def place_samples(
    stamps_s: Float64,
    sampling_rate: Fraction,
    *,
    packet_samples: int = 1,
    least_gap_s: float = 0.0,
    breaks: Sequence[int] = (),
) -> SampleClock:
    """Places rows on the grid by their time stamps; see the module for how.

    Args:
      stamps_s: (n,) seconds of the clock, one a row, n > 0; what is not finite is interpolated.
      sampling_rate: nominal, hertz.
      packet_samples: losses are multiples of it, and a smaller rise of the lag is none.
      least_gap_s: a pause that is shorter is a delay, whatever the stamps.
      breaks: rows at which the clock was another one: a gap is opened by the stamps alone.

    Raises:
      RecordingError: the stamps are no times.
    """
    stamps = _finite(stamps_s)
    sections = _sections(len(stamps), breaks)
    loss = (packet_samples, least_gap_s)
    period_s = _period(stamps, sections, sampling_rate, packet_samples)
    placed = _place(stamps, sections, sampling_rate, period_s, loss)
    if len(placed) > len(sections):  # once more, with slopes that no loss touches
        pieces = [(run.file_sample, run.file_sample + run.n_samples) for run in placed]
        period_s = _period(stamps, pieces, sampling_rate, packet_samples)
        placed = _place(stamps, sections, sampling_rate, period_s, loss)
    knots = [_knots(stamps, run, period_s) for run in placed]
    clock_s, sample = _rising([knot for of_run in knots for knot in of_run])
    return SampleClock(
        runs=_joined(placed),
        start_s=_start(stamps, placed[0], period_s),
        measured_rate_hz=_measured_rate(knots, period_s),
        largest_step_back_s=abs(float(np.diff(stamps).min(initial=0.0))),
        largest_lag_s=_largest_lag(stamps, placed, period_s),
        _sampling_rate=sampling_rate,
        _knot_clock_s=clock_s,
        _knot_sample=sample,
    )


def _place(
    stamps: Float64,
    sections: list[tuple[int, int]],
    rate: Fraction,
    period_s: float,
    loss: tuple[int, float],
) -> list[Run]:
    """Runs between losses; not joined where a section goes on without a gap."""
    runs: list[Run] = []
    start_s = 0.0
    for low, high in sections:
        lags = stamps[low:high] - period_s * np.arange(high - low)
        pieces = stretches_without_loss(lags, 1 / float(rate), *loss)
        opening_s = _start(stamps, Run(0, low, pieces[0][1]), period_s)
        if runs:
            reached = runs[-1].first_sample + runs[-1].n_samples
            first = max(reached, round((opening_s - start_s) * float(rate)))
        else:
            start_s, first = opening_s, 0
        for begin, end, missing in pieces:
            runs.append(Run(first + missing, low + begin, end - begin))
            first += missing + end - begin
    return runs


def _start(stamps: Float64, run: Run, period_s: float) -> float:
    """The clock's time of a run's first row, by the low lags of its first seconds."""
    n_rows = min(run.n_samples, rows_in(LEVEL_S, period_s))
    first = stamps[run.file_sample : run.file_sample + n_rows]
    return low_level(first - period_s * np.arange(n_rows))


def _finite(stamps_s: Float64) -> Float64:
    """The stamps, with what is missing put evenly between its neighbours."""
    known = np.isfinite(stamps_s)
    if not known.any():
        raise RecordingError(Reason.BAD_RECORD_TIMES, "no sample has a time stamp")
    rows = np.arange(len(stamps_s))
    filled = np.interp(rows, rows[known], stamps_s[known])
    if np.abs(filled).max() > _LATEST_S:
        raise RecordingError(
            Reason.BAD_RECORD_TIMES,
            f"a time stamp is {filled[np.abs(filled).argmax()]:g} s; expected seconds of a clock"
            " or since 1970",
        )
    return filled


def _sections(n_rows: int, breaks: Sequence[int]) -> list[tuple[int, int]]:
    edges = [0, *sorted({row for row in breaks if 0 < row < n_rows}), n_rows]
    return list(itertools.pairwise(edges))


def _period(
    stamps: Float64, pieces: Sequence[tuple[int, int]], rate: Fraction, packet: int
) -> float:
    """Seconds from row to row; the nominal ones where the stamps are too few or make no sense."""
    nominal_s = 1 / float(rate)
    wide = rows_in(_SLOPE_S, nominal_s)
    slopes = []
    for low, high in pieces:
        step = min(wide, (high - low) // 6)  # so that one loss does not touch most slopes
        step = max(1, step // packet) * packet  # rows of a packet may all have its stamp
        piece = stamps[low:high]
        slopes.append((piece[step:] - piece[:-step]) / step)
    steps_s = np.concatenate(slopes)
    if len(steps_s) == 0:
        return nominal_s
    period_s = float(np.median(steps_s))
    low_factor, high_factor = _PLAUSIBLE_PERIOD
    return period_s if low_factor <= period_s / nominal_s <= high_factor else nominal_s


def _knots(stamps: Float64, run: Run, period_s: float) -> list[tuple[float, float]]:
    """Clock and sample at the ends of a run and every few seconds of it, each by a median."""
    n, wide = run.n_samples, rows_in(_KNOT_S, period_s)
    found = []
    for low in range(0, n, wide):
        high = min(low + wide, n)
        middle = (low + high - 1) / 2
        piece = stamps[run.file_sample + low : run.file_sample + high]
        even = piece - period_s * (np.arange(low, high) - middle)
        found.append((float(np.median(even)), middle))
    (clock, middle), (last_clock, last_middle) = found[0], found[-1]
    begin = (clock - period_s * middle, 0.0)
    end = (last_clock + period_s * (n - 1 - last_middle), float(n - 1))
    return [(clock, run.first_sample + row) for clock, row in (begin, *found, end)]


def _measured_rate(knots: list[list[tuple[float, float]]], period_s: float) -> float:
    """Samples a second within the runs."""
    lasted_s = sum(of_run[-1][0] - of_run[0][0] for of_run in knots)
    n_samples = sum(of_run[-1][1] - of_run[0][1] for of_run in knots)
    return n_samples / lasted_s if lasted_s > 0 and n_samples > 0 else 1 / period_s


def _rising(knots: list[tuple[float, float]]) -> tuple[Float64, Float64]:
    """Knots without those at which the clock goes back."""
    clock = np.array([knot[0] for knot in knots])
    sample = np.array([knot[1] for knot in knots])
    keep = clock >= np.maximum.accumulate(clock)
    return clock[keep], sample[keep]


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last is not None and run.first_sample == last.first_sample + last.n_samples:
            joined[-1] = Run(last.first_sample, last.file_sample, last.n_samples + run.n_samples)
        else:
            joined.append(run)
    return tuple(joined)


def _largest_lag(stamps: Float64, runs: list[Run], period_s: float) -> float:
    wide, largest = rows_in(LEVEL_S, period_s), 0.0
    for run in runs:
        rows = stamps[run.file_sample : run.file_sample + run.n_samples]
        for low in range(0, len(rows), wide):
            piece = rows[low : low + wide]
            lag = piece - period_s * np.arange(len(piece))
            largest = max(largest, float(np.abs(lag - np.median(lag)).max()))
    return largest


def clock_notices(clock: SampleClock, sampling_rate: Fraction, name: str) -> list[Notice]:
    """What a user should know of the clock of a stream.

    Args:
      name: how the file calls the stream.
    """
    nominal_hz, measured_hz = float(sampling_rate), clock.measured_rate_hz
    notices = []
    if clock.largest_step_back_s > 0 or clock.largest_lag_s > _UNEVEN_PERIODS / nominal_hz:
        detail = (
            f"{name}: time stamps are up to {clock.largest_lag_s * 1e3:.1f} ms off even spacing,"
            f" and step back by up to {clock.largest_step_back_s * 1e3:.1f} ms; samples were placed"
            f" in their order on a grid of {nominal_hz:g} Hz"
        )
        notices.append(Notice("clock_jitter", detail))
    lasted_s = sum(run.n_samples for run in clock.runs) / nominal_hz
    apart_s = abs(measured_hz / nominal_hz - 1) * lasted_s
    if apart_s > _DRIFT_TOLD_S:
        detail = (
            f"{name}: {measured_hz:.4f} samples a second by its time stamps, {nominal_hz:g} by its"
            f" grid: {apart_s:.2f} s apart at the end. Samples keep the grid, markers move with"
            " them"
        )
        notices.append(Notice("clock_drift", detail))
    return notices
