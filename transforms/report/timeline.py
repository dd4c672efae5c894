"""Which sample lies in which stretch of windows: the engine's grid, counted from its beginning."""

from __future__ import annotations

from transforms.engine import WINDOW_NS, StreamSpec
from transforms.engine.grid import Grid
from transforms.engine.measures import NS_PER_S
from transforms.engine.windows import Int64

WINDOWS_PER_S = NS_PER_S // WINDOW_NS


class Timeline:
    """A stream's samples on its window grid, counted from the window that holds sample 0.

    A stretch is `width` consecutive windows; stretch 0 begins with the window of sample 0.
    """

    def __init__(self, spec: StreamSpec):
        self._grid = Grid(spec.start_ns, spec.sampling_rate)
        self.first_window = self._grid.window_of(0)

    def stretch_of(self, sample: int, width: int) -> int:
        """The stretch of `width` windows that a sample lies in."""
        return (self._grid.window_of(sample) - self.first_window) // width

    def first_sample(self, stretch: int, width: int) -> int:
        """The first sample at or after a stretch's start; negative before sample 0."""
        return self._grid.first_sample(self.first_window + stretch * width)

    def first_samples(self, window: int, count: int) -> Int64:
        """(count,) the first samples of `count` windows in a row, the first one's number given."""
        return self._grid.first_samples(self.first_window + window, count)

    def seconds_of(self, sample: int) -> float:
        """Seconds from the start of the first window to a sample."""
        return (self._grid.time_ns(sample) - self.first_window * WINDOW_NS) / NS_PER_S
