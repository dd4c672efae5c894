"""Follows a stream's samples and windows and keeps what its report needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import WINDOW_NS, Profile, StreamSpec, WindowBatch, profile_for
from transforms.recordings import Marker
from transforms.recordings.plan import Position
from transforms.report.channels import followed_channels, shown_channels
from transforms.report.electrodes import directions
from transforms.report.errors import ReportError
from transforms.report.excerpt import ExcerptKeeper
from transforms.report.intervals import Longest
from transforms.report.marker_locked import MarkerLockedCollector
from transforms.report.over_time import OverTimeCollector
from transforms.report.per_channel import PerChannelCollector
from transforms.report.spectra import SpectraCollector
from transforms.report.summary import StreamReport
from transforms.report.timeline import Timeline
from transforms.report.trends import spoiling, trend_names, trend_values

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

KEPT_GAPS = 100


class ReportCollector:
    """Collects one stream's report, block by block, in bounded memory.

    The report does not depend on how the recording was cut into blocks.

    Args:
      spec: the stream, as given to the engine.
      markers: of the recording, in any order; those outside of the stream do not count.
      positions: of the electrodes, one a channel, as in `StreamPlan`; None: by their names.

    >>> collector = ReportCollector(StreamSpec("eeg", 250, ["C3", "Cz"]))
    >>> collector.summary().duration_s
    0.0
    """

    def __init__(
        self,
        spec: StreamSpec,
        markers: Sequence[Marker] = (),
        positions: Sequence[Position | None] | None = None,
    ):
        self._spec, self._timeline = spec, Timeline(spec)
        self._profile = profile_for(spec.signal)
        self._positions = positions
        self._shown = shown_channels(spec.channels)
        self._followed = followed_channels(spec.channels)
        self._drawn = [self._followed.index(at) for at in self._shown]
        self._spoils = spoiling(spec.signal)
        self._trend_names = names = trend_names(self._profile)
        self._next_sample = 0
        self._gaps = Longest(KEPT_GAPS)
        self._over_time = OverTimeCollector(self._timeline, names, self._shown, spec.n_channels)
        self._per_channel = PerChannelCollector(spec.n_channels)
        self._excerpt = ExcerptKeeper(spec, self._timeline, self._shown)
        self._spectra = SpectraCollector(spec, self._timeline, self._followed, self._spoils)
        self._marker_locked = MarkerLockedCollector(self._timeline, markers, names, self._followed)

    def add(self, first_sample: int, samples_uv: Array, batch: WindowBatch) -> None:
        """Takes a block that was pushed through the engine, and the windows it finished.

        Args:
          first_sample: the block's first sample, since the epoch began.
          samples_uv: (n, n_channels) as pushed, in the profile's unit; n may be 0.
          batch: what `push` or `finish` returned.

        Raises:
          ReportError: the number of channels is not the stream's.
        """
        n_channels = self._spec.n_channels
        for field, array in (("samples_uv", samples_uv), ("batch.flags", batch.flags)):
            if array.ndim != 2 or array.shape[1] != n_channels:
                expected = f"(any number, {n_channels}), the stream's channels across"
                raise ReportError(f"{field}.shape", array.shape, expected)
        self._take_samples(int(first_sample), samples_uv)
        if len(batch):
            self._take_windows(batch)

    def _take_samples(self, first_sample: int, samples: Array) -> None:
        # As in the engine: what was seen is ignored, infinities are absent, and a row is present
        # if any channel is. Absent rows at the end come again, or are part of a gap.
        finite = np.isfinite(samples)
        present = np.asarray(finite.any(axis=1))
        present[: max(0, self._next_sample - first_sample)] = False
        at = np.flatnonzero(present)
        if not len(at):
            return
        self._take_gaps(first_sample + at)
        new = slice(int(at[0]), int(at[-1]) + 1)
        block = self._of_followed(samples[new]).astype(np.float32)
        block[~self._of_followed(finite[new])] = np.nan
        drawn, first = block[:, self._drawn], first_sample + new.start
        self._over_time.take_samples(first, drawn)
        self._excerpt.take_samples(first, drawn, present[new])
        self._spectra.take_samples(first, block, present[new])
        self._next_sample = first_sample + new.stop

    def _of_followed(self, columns: Array) -> Array:
        """(n, n_channels, ...) to the channels followed; not copied where these are all."""
        if len(self._followed) == columns.shape[1]:
            return columns
        return columns[:, list(self._followed)]

    def _take_gaps(self, present: Int64) -> None:
        before = np.concatenate(([self._next_sample - 1], present[:-1]))
        absent = present - before - 1
        gap = absent > 0
        n_channels = np.full(int(gap.sum()), self._spec.n_channels)
        self._gaps.add(before[gap] + 1, absent[gap], n_channels)

    def _take_windows(self, batch: WindowBatch) -> None:
        windows = batch.index - self._timeline.first_window
        filtered = self._of_followed(batch.filtered).astype(np.float32)
        drawn = filtered[:, self._drawn]
        values = trend_values(batch, self._trend_names, self._spoils)
        self._over_time.take_windows(windows, batch, drawn, values)
        self._per_channel.take_windows(windows, batch.flags, batch.quality)
        self._excerpt.take_windows(windows, batch, drawn)
        self._spectra.take_windows(windows, batch, filtered)
        if self._marker_locked.possible:
            self._marker_locked.take_windows(windows, self._of_followed(values))

    def summary(self) -> StreamReport:
        """The report so far; more may be added afterwards."""
        return StreamReport(
            spec=self._spec,
            unit=self._profile.unit,
            parameter_version=self._profile.parameter_version,
            parameters=_parameters(self._profile),
            shown=self._shown,
            n_samples=self._next_sample,
            gaps=self._gaps.summary(),
            flagged=self._per_channel.intervals(),
            over_time=self._over_time.summary(),
            per_channel=self._per_channel.summary(),
            excerpt=self._excerpt.best(),
            spectra=self._spectra.summary(),
            marker_locked=self._marker_locked.summary(),
            directions=directions(self._spec.channels, self._positions)
            if self._spec.signal == "eeg"
            else None,
        )


def _parameters(profile: Profile) -> tuple[tuple[str, str], ...]:
    flat = [("window", f"{WINDOW_NS // 1_000_000} ms")]
    for part in (profile.filters, profile.thresholds):
        for name, value in dataclasses.asdict(part).items():
            if isinstance(value, dict):
                value = ", ".join(f"{key} {number:g}" for key, number in value.items())
            flat.append((name, "none" if value is None else str(value)))
    return tuple(flat)
