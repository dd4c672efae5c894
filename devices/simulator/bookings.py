"""Which parts of a recording are taken, and where there is still room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GRID_S = 0.01
"""Times are looked at in steps of this."""

APART_S = 0.5
"""Between one artifact and the next, so that each can be told from the other."""


class Calendar:
    """A recording's time, in steps of `GRID_S`."""

    def __init__(self, duration_s: float):
        self._taken = np.zeros(int(duration_s / GRID_S) + 1, dtype=np.bool_)

    def joined_with(self, other: Calendar) -> Calendar:
        """What is taken in either of two calendars of the same recording."""
        joined = Calendar(0.0)
        joined._taken = self._taken | other._taken
        return joined

    def take(self, start_s: float, end_s: float) -> None:
        """Marks the time between as taken."""
        self._taken[int(start_s / GRID_S) : int(end_s / GRID_S) + 1] = True

    def is_free(self, start_s: float, end_s: float) -> bool:
        """Whether nothing of the time between is taken."""
        return not self._taken[int(start_s / GRID_S) : int(end_s / GRID_S) + 1].any()

    def place(self, duration_s: float, part_s: tuple[float, float], where: float) -> float:
        """A start with free time around the event: `APART_S`, or less where there is less.

        Args:
          part_s: first and last start that are wanted; where there is no room, twice as much
            around it is looked at, and so on. A recording without any room gives a start in the
            part all the same, and events overlap.
          where: 0 to 1, which of the places with room is taken.
        """
        first, last = (int(time_s / GRID_S) for time_s in part_s)
        for apart_s in (APART_S, APART_S / 5, 0.0):
            free = self._nearest_free(first, last, duration_s, apart_s)
            if len(free):
                return float(free[int(where * len(free))] * GRID_S)
        return float((first + where * (last - first)) * GRID_S)

    def _nearest_free(
        self, first: int, last: int, duration_s: float, apart_s: float
    ) -> npt.NDArray[np.int64]:
        """Free steps in the part, or in as little more of the recording as has any."""
        final = max(len(self._taken) - 1 - int(duration_s / GRID_S), 0)
        low, high, reach = first, min(last, final), max(last - first, 1)
        while True:
            free = self._free_starts(low, high, duration_s, apart_s)
            if len(free) or (low == 0 and high == final):
                return free
            low, high, reach = max(low - reach, 0), min(high + reach, final), 2 * reach

    def _free_starts(
        self, low: int, high: int, duration_s: float, apart_s: float
    ) -> npt.NDArray[np.int64]:
        """Steps from `low` to `high` at which nothing is in the way."""
        apart, length = round(apart_s / GRID_S), int(duration_s / GRID_S) + 2
        # Taken steps before each step from low - apart on; none before the recording or after it.
        first = max(low - apart, 0)
        taken = self._taken[first : high + length + apart + 1]
        ahead = first - (low - apart)
        before = np.zeros(high - low + 2 * apart + length + 2, dtype=np.int64)
        before[ahead + 1 : ahead + 1 + len(taken)] = np.cumsum(taken)
        before[ahead + 1 + len(taken) :] = before[ahead + len(taken)]
        steps = np.arange(high - low + 1)
        in_the_way = before[steps + length + 2 * apart] - before[steps]
        return low + steps[in_the_way == 0]
