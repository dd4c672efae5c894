"""Time stamps as recorders write them into text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.times import SECOND_NS, date_ns

Float64 = npt.NDArray[np.float64]

FIRST_DATE_S = 978_307_200.0
"""2001, in seconds since 1970: what is earlier is another clock (since a start, a boot)."""

_UNITS_A_SECOND = (1.0, 1e3, 1e6, 1e9)
_LATEST_S = 4e9
_OF_THE_DAY = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")


def seconds_of_stamps(texts: Sequence[str]) -> Float64:
    """Seconds of a clock, or since 1970 where the stamps are dates.

    Numbers are seconds, or milli-, micro- or nanoseconds since 1970 where they are so large that
    nothing else makes sense. Dates (2017-11-02 12:33:05.090) without a zone are taken for UTC.
    Times of the day (12:33:05.09, 33:05.1) go on at midnight, or at the full hour.

    Returns:
      (n,) float64, NaN where a text is empty.

    Raises:
      RecordingError: a text is none of these.
    """
    found = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        if text:
            found[row] = _seconds(text, row)
    known = found[np.isfinite(found)]
    if len(known) and ":" in next(text for text in texts if text):
        return _unwrapped(found) if known[0] < FIRST_DATE_S else found
    typical = float(np.median(np.abs(known))) if len(known) else 0.0
    for units in _UNITS_A_SECOND:
        if typical / units < _LATEST_S:
            return found / units
    return found / _UNITS_A_SECOND[-1]


def _seconds(text: str, row: int) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    match = _OF_THE_DAY.fullmatch(text)
    if match:
        hours, minutes, seconds = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    try:
        date = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise RecordingError(
            Reason.BAD_RECORD_TIMES,
            f"time stamp {text[:40]!r} in row {row + 1}; expected seconds or a date such as"
            " 2017-11-02 12:33:05.090",
        ) from None
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return date_ns(date) / SECOND_NS


def _unwrapped(seconds: Float64) -> Float64:
    """Times of the day that began again at 0, counted on."""
    known = np.flatnonzero(np.isfinite(seconds))
    around = 86_400.0 if seconds[known].max() >= 3600 else 3600.0
    steps = np.diff(seconds[known])
    turns = np.concatenate([[0], np.cumsum(steps < -around / 2)])
    counted = seconds.copy()
    counted[known] += turns * around
    return counted
