"""Flags and quality of every channel, counted while a recording streams by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.report.bins import FIXED_POINT, TimeBins, runs
from transforms.report.intervals import FlaggedRuns, Intervals
from transforms.report.kinds import KINDS, N_KINDS
from transforms.report.summary import PerChannel

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

MAP_VALUES = 1 << 17  # channels times bins of the quality map: what 64 channels need for 2,048
MAX_MAP_BINS, MIN_MAP_BINS = 512, 32
KEPT_INTERVALS = 40
QUALITY_STEPS = 100


class PerChannelCollector:
    """Counts flags, follows flagged intervals, and keeps the distribution of quality."""

    def __init__(self, n_channels: int):
        self._n_windows = 0
        self._flagged = np.zeros((N_KINDS, n_channels), np.int64)
        self._unflagged = np.zeros(n_channels, np.int64)
        self._histogram = np.zeros((n_channels, QUALITY_STEPS + 1), np.int64)
        self._intervals = tuple(FlaggedRuns(KEPT_INTERVALS) for _ in KINDS)
        bins = MAP_VALUES // n_channels // 2 * 2
        self._map = TimeBins(min(MAX_MAP_BINS, max(MIN_MAP_BINS, bins)))
        self._map.layer("quality", (n_channels,), np.int64, np.add)
        self._map.layer("windows", (), np.int64, np.add)

    def take_windows(self, windows: Int64, flags: Array, quality: Array) -> None:
        """Takes finished windows.

        Args:
          windows: (w,) counted from the stream's first, w > 0.
          flags: (w, n_channels) uint32.
          quality: (w, n_channels) float32, 0 to 1.
        """
        self._n_windows += len(windows)
        self._unflagged += (flags == 0).sum(axis=0)
        seen = int(np.bitwise_or.reduce(flags, axis=None))
        for k, kind in enumerate(KINDS):
            if seen & kind.flag:
                flagged = flags & np.uint32(kind.flag) != 0
                self._flagged[k] += flagged.sum(axis=0)
                n_channels = flagged.sum(axis=1)
                self._intervals[k].add(windows[n_channels > 0], n_channels[n_channels > 0])
        self._take_quality(windows, quality)

    def _take_quality(self, windows: Int64, quality: Array) -> None:
        self._map.reach(int(windows[-1]))
        starts, bins = runs(windows // self._map.width)
        fixed = np.rint(quality * np.float64(FIXED_POINT)).astype(np.int64)
        self._map.fold("quality", fixed, starts, bins)
        self._map.fold("windows", np.ones(len(windows), np.int64), starts, bins)
        steps = np.rint(quality * QUALITY_STEPS).astype(np.int64)
        cell = np.arange(quality.shape[1]) * (QUALITY_STEPS + 1) + steps
        counts = np.bincount(cell.ravel(), minlength=self._histogram.size)
        self._histogram += counts.reshape(self._histogram.shape)

    def intervals(self) -> tuple[Intervals, ...]:
        """For each of `KINDS`, the intervals in which any channel is flagged."""
        return tuple(flagged.summary() for flagged in self._intervals)

    def summary(self) -> PerChannel:
        """What is known so far."""
        n_windows = self._map.used("windows")
        quality = self._map.used("quality") / np.maximum(n_windows, 1)[:, None] / FIXED_POINT
        quality[n_windows == 0] = np.nan
        everywhere = self._histogram.sum(axis=0, keepdims=True)
        return PerChannel(
            n_windows=self._n_windows,
            flagged=self._flagged.copy(),
            unflagged=self._unflagged.copy(),
            median_quality=_medians(self._histogram).astype(np.float32),
            overall_quality=float(_medians(everywhere)[0]),
            map_windows=self._map.width,
            quality_map=quality.astype(np.float16),
        )


def _medians(histogram: Int64) -> npt.NDArray[np.float64]:
    """(n, steps) counts to the (n,) lower medians; NaN where nothing was counted."""
    totals = histogram.sum(axis=1)
    reached = 2 * histogram.cumsum(axis=1) >= totals[:, None]
    return np.where(totals > 0, reached.argmax(axis=1) / QUALITY_STEPS, np.nan)
