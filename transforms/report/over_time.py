"""Envelopes, flags and features along time, while a recording streams by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import WindowBatch
from transforms.report.bins import FIXED_POINT, TimeBins, runs
from transforms.report.kinds import KINDS, N_KINDS
from transforms.report.summary import OverTime
from transforms.report.timeline import Timeline
from transforms.report.trends import is_logarithmic

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

TIME_BINS = 1_200  # a wide screen has about as many pixels


class OverTimeCollector:
    """Folds samples and windows into time bins, for the channels drawn.

    Args:
      timeline: of the stream.
      trend_names: features followed.
      shown: positions of the channels drawn.
      n_channels: of the stream.
    """

    def __init__(
        self,
        timeline: Timeline,
        trend_names: tuple[str, ...],
        shown: tuple[int, ...],
        n_channels: int,
    ):
        self._timeline, self._shown, self._n_channels = timeline, list(shown), n_channels
        self._trend_names = trend_names
        self._channel_sum = np.zeros((n_channels, len(trend_names)), np.int64)
        self._channel_n = np.zeros((n_channels, len(trend_names)), np.int64)
        self._bins = TimeBins(TIME_BINS)
        for name in ("raw", "filtered"):
            self._bins.layer(f"{name}_low", (len(shown),), np.float32, np.fmin)
            self._bins.layer(f"{name}_high", (len(shown),), np.float32, np.fmax)
        self._bins.layer("windows", (), np.int64, np.add)
        self._bins.layer("shown_flagged", (N_KINDS, len(shown)), np.uint32, np.add)
        self._bins.layer("all_flagged", (N_KINDS,), np.int64, np.add)
        self._bins.layer("trend", (len(self._trend_names),), np.int64, np.add)
        self._bins.layer("trend_n", (len(self._trend_names),), np.int64, np.add)

    def take_samples(self, first_sample: int, block: Array) -> None:
        """Takes samples of the channels drawn: (n, n_shown) float32, n > 0, none seen before."""
        timeline, last_sample = self._timeline, first_sample + len(block) - 1
        self._bins.reach(timeline.stretch_of(last_sample, 1))
        width = self._bins.width
        first = timeline.stretch_of(first_sample, width)
        bins = np.arange(first, timeline.stretch_of(last_sample, width) + 1)
        edges = np.array([timeline.first_sample(k, width) for k in bins.tolist()]) - first_sample
        edges[0] = 0
        holds = np.diff(edges, append=len(block)) > 0  # below 20 Hz, windows may hold no sample
        self._bins.fold("raw_low", block, edges[holds], bins[holds])
        self._bins.fold("raw_high", block, edges[holds], bins[holds])

    def take_windows(
        self, windows: Int64, batch: WindowBatch, filtered: Array, values: Array
    ) -> None:
        """Takes finished windows.

        Args:
          windows: (w,) counted from the stream's first, w > 0.
          batch: the same windows.
          filtered: (rows, n_shown) float32, its rows of the channels drawn.
          values: (w, n_channels, n) of `trend_values`.
        """
        self._bins.reach(int(windows[-1]))
        starts, bins = runs(windows // self._bins.width)
        self._bins.fold("windows", np.ones(len(windows), np.int64), starts, bins)
        rows = np.concatenate(([0], np.cumsum(batch.n_samples)))[starts]
        self._bins.fold("filtered_low", filtered, rows, bins)
        self._bins.fold("filtered_high", filtered, rows, bins)
        self._fold_flags(batch.flags, starts, bins)
        self._fold_trend(values, starts, bins)

    def _fold_flags(self, flags: Array, starts: Int64, bins: Int64) -> None:
        shown = np.zeros((len(flags), N_KINDS, len(self._shown)), np.uint32)
        everywhere = np.zeros((len(flags), N_KINDS), np.int64)
        seen = int(np.bitwise_or.reduce(flags, axis=None))
        for k, kind in enumerate(KINDS):
            if seen & kind.flag:
                flagged = flags & np.uint32(kind.flag) != 0
                shown[:, k] = flagged[:, self._shown]
                everywhere[:, k] = flagged.sum(axis=1)
        self._bins.fold("shown_flagged", shown, starts, bins)
        self._bins.fold("all_flagged", everywhere, starts, bins)

    def _fold_trend(self, values: Array, starts: Int64, bins: Int64) -> None:
        usable = np.isfinite(values)
        fixed = np.where(usable, np.rint(values * np.float32(FIXED_POINT)), 0).astype(np.int64)
        each = np.arange(len(starts))
        for name, rows, by_channel in (
            ("trend", fixed, self._channel_sum),
            ("trend_n", usable, self._channel_n),
        ):
            folded = np.add.reduceat(rows, starts, axis=0, dtype=np.int64)
            self._bins.fold(name, folded.sum(axis=1), each, bins)
            by_channel += folded.sum(axis=0)

    def summary(self) -> OverTime:
        """What is known so far."""
        used = self._bins.used
        windows = np.maximum(used("windows"), 1)
        everywhere = used("all_flagged") / (windows[:, None] * self._n_channels)
        return OverTime(
            bin_windows=self._bins.width,
            raw_low=used("raw_low"),
            raw_high=used("raw_high"),
            filtered_low=used("filtered_low"),
            filtered_high=used("filtered_high"),
            shown_flagged=(used("shown_flagged") / windows[:, None, None]).astype(np.float16),
            all_flagged=everywhere.astype(np.float32),
            trend_names=self._trend_names,
            trend=self._means(used("trend"), used("trend_n")),
            channel_trend=self._means(self._channel_sum, self._channel_n),
        )

    def _means(self, sums: Array, counts: Array) -> Array:
        """(any, n) sums of fixed-point numbers to means, in the features' units."""
        means = sums / np.maximum(counts, 1) / FIXED_POINT
        for k, name in enumerate(self._trend_names):
            if is_logarithmic(name):
                means[:, k] = 10 ** means[:, k]
        return np.where(counts > 0, means, np.nan).astype(np.float32)
