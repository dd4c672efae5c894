"""When the rows of a plain table were sampled."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.clocks.sample_clock import clock_notices, place_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Notice, Run
from transforms.recordings.text.stamps import FIRST_DATE_S, seconds_of_stamps
from transforms.recordings.times import sample_ns

Float64 = npt.NDArray[np.float64]

_DIVISORS = {"us": 1e6, "ms": 1e3}
_LOWEST_HZ, _HIGHEST_HZ = 1.0, 50_000.0  # of the engine
_RISING = 0.9  # of all steps; clocks of radio links step back at times
_NEARLY_WHOLE = 1e-3
_MAX_DENOMINATOR = 1000


@dataclasses.dataclass(frozen=True)
class TableTimes:
    """As `loaded.LoadedStream` takes them."""

    rate: Fraction
    runs: tuple[Run, ...]
    start_ns: int
    notices: tuple[Notice, ...]

    def sample_ns(self, row: int) -> int:
        """Time of a row."""
        run = next(run for run in reversed(self.runs) if row >= run.file_sample)
        return sample_ns(self.start_ns, run.first_sample + row - run.file_sample, self.rate)


def place_by_rate(n_rows: int, rate: Fraction | None, *, start_ns: int | None) -> TableTimes:
    """Rows without times.

    Raises:
      RecordingError: no rate.
    """
    if rate is None:
        raise RecordingError(
            Reason.BAD_HEADER, "the file says no sampling rate: say it with --sampling-rate-hz"
        )
    unknown = Notice("unknown_start", "the file has no date; times count from 1970")
    notices = (unknown,) if start_ns is None else ()
    return TableTimes(rate, (Run(0, 0, n_rows),), start_ns or 0, notices)


def place_by_times(
    texts: list[str],
    unit: str,
    said: Fraction | None,
    asked: Fraction | None,
    start_ns: int | None,
) -> TableTimes:
    """Rows with a column of times, which shows the rate where the header does not say it.

    Args:
      unit: of the column, or its name: one that ends in ms or us is believed.
      said: the rate by the header.
      asked: the rate by the user, for a column that shows none.

    Raises:
      RecordingError: no rate, or no times.
    """
    stamps = seconds_of_stamps(texts)
    _check_rising(stamps)
    match = re.search(r"(ms|us)$", unit.strip().lower())
    is_date = _is_date(stamps)
    if match and not is_date:
        stamps = stamps / _DIVISORS[match[1]]
    measured_hz = _rows_a_second(stamps)
    if measured_hz is not None and measured_hz <= _LOWEST_HZ and not match and not is_date:
        stamps, measured_hz = stamps / 1e3, measured_hz * 1e3  # times in ms, and not said
    rate = said or _rounded(measured_hz) or asked
    if rate is None:
        return place_by_rate(len(stamps), None, start_ns=start_ns)
    clock = place_samples(stamps, rate)
    notices = clock_notices(clock, rate, "the table")
    if start_ns is None and not _is_date(stamps):
        notices.append(Notice("unknown_start", "the file has no date; times count from 1970"))
    begin_ns = clock.start_ns() if start_ns is None else start_ns
    return TableTimes(rate, clock.runs, begin_ns, tuple(notices))


def _check_rising(stamps_s: Float64) -> None:
    """A table of results may have a column of times too: durations, in any order."""
    steps = np.diff(stamps_s[np.isfinite(stamps_s)])
    if len(steps) and (np.mean(steps >= 0) < _RISING or steps.sum() <= 0):
        raise RecordingError(
            Reason.UNKNOWN_FORMAT, "the times do not rise from row to row: no recording of samples"
        )


def _is_date(stamps_s: Float64) -> bool:
    known = stamps_s[np.isfinite(stamps_s)]
    return len(known) > 0 and bool(known[0] >= FIRST_DATE_S)


def _rows_a_second(stamps_s: Float64) -> float | None:
    known = stamps_s[np.isfinite(stamps_s)]
    step = max(1, len(known) // 6)
    seconds = float(np.median(known[step:] - known[:-step])) if len(known) > step else 0.0
    return step / seconds if seconds > 0 else None


def _rounded(rate_hz: float | None) -> Fraction | None:
    """A rate that a device could have: a whole number where it is nearly one."""
    if rate_hz is None or not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ:
        return None
    whole = round(rate_hz)
    if abs(rate_hz / whole - 1) <= _NEARLY_WHOLE:
        return Fraction(whole)
    return Fraction(rate_hz).limit_denominator(_MAX_DENOMINATOR)
