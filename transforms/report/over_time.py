"""Envelopes, flags and features along time, while a recording streams by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import Profile, WindowBatch
from transforms.report.bins import FIXED_POINT, TimeBins, runs
from transforms.report.kinds import KINDS, N_KINDS, SPOILS_POWER
from transforms.report.summary import OverTime
from transforms.report.timeline import Timeline

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

TIME_BINS = 1_200  # a wide screen has about as many pixels
WITHOUT_BANDS = ("rms", "median_frequency")  # what is followed where a kind has no band powers


def trend_names(profile: Profile) -> tuple[str, ...]:
    """The features that are drawn over time for a kind of signal."""
    bands = tuple(name for name in profile.features if name.endswith("_power"))
    return bands or tuple(name for name in WITHOUT_BANDS if name in profile.features)


class OverTimeCollector:
    """Folds samples and windows into time bins, for the channels drawn.

    Args:
      timeline: of the stream.
      profile: of its signal.
      shown: positions of the channels drawn.
    """

    def __init__(self, timeline: Timeline, profile: Profile, shown: tuple[int, ...]):
        self._timeline, self._shown = timeline, list(shown)
        self._trend_names = trend_names(profile)
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

    def take_windows(self, windows: Int64, batch: WindowBatch, filtered: Array) -> None:
        """Takes finished windows.

        Args:
          windows: (w,) counted from the stream's first, w > 0.
          batch: the same windows.
          filtered: (rows, n_shown) float32, its rows of the channels drawn.
        """
        self._bins.reach(int(windows[-1]))
        starts, bins = runs(windows // self._bins.width)
        self._bins.fold("windows", np.ones(len(windows), np.int64), starts, bins)
        rows = np.concatenate(([0], np.cumsum(batch.n_samples)))[starts]
        self._bins.fold("filtered_low", filtered, rows, bins)
        self._bins.fold("filtered_high", filtered, rows, bins)
        self._fold_flags(batch.flags, starts, bins)
        self._fold_trend(batch, starts, bins)

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

    def _fold_trend(self, batch: WindowBatch, starts: Int64, bins: Int64) -> None:
        at = [batch.feature_names.index(name) for name in self._trend_names]
        values = batch.features[:, :, at]
        clean = (batch.flags & np.uint32(SPOILS_POWER) == 0)[:, :, None]
        usable = clean & np.isfinite(values) & (values > 0)
        logs = np.log10(values, where=usable, out=np.zeros_like(values))
        fixed = np.rint(logs * FIXED_POINT).astype(np.int64)
        self._bins.fold("trend", fixed.sum(axis=1), starts, bins)
        self._bins.fold("trend_n", usable.sum(axis=1), starts, bins)

    def summary(self, n_channels: int) -> OverTime:
        """What is known so far, of a stream of `n_channels`."""
        used = self._bins.used
        windows = np.maximum(used("windows"), 1)
        trend_n = used("trend_n")
        logs = used("trend") / np.maximum(trend_n, 1) / FIXED_POINT
        return OverTime(
            bin_windows=self._bins.width,
            raw_low=used("raw_low"),
            raw_high=used("raw_high"),
            filtered_low=used("filtered_low"),
            filtered_high=used("filtered_high"),
            shown_flagged=(used("shown_flagged") / windows[:, None, None]).astype(np.float16),
            all_flagged=(used("all_flagged") / (windows[:, None] * n_channels)).astype(np.float32),
            trend_names=self._trend_names,
            trend=np.where(trend_n > 0, 10**logs, np.nan).astype(np.float32),
        )
