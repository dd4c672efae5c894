"""What a report knows about a stream: bounded, whatever the stream's length."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.engine import StreamSpec
from transforms.report.excerpt import Excerpt
from transforms.report.intervals import Intervals
from transforms.report.marker_locked import MarkerLocked
from transforms.report.spectra import Spectra
from transforms.report.timeline import WINDOWS_PER_S

Float16 = npt.NDArray[np.float16]
Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class OverTime:
    """What is drawn along time, in bins of `bin_windows` windows from the stream's first window.

    Attributes:
      bin_windows: windows in a bin, a power of two.
      raw_low, raw_high, filtered_low, filtered_high: (bins, s) float32, the lowest and the highest
        sample of each of the s channels drawn; NaN where all are absent.
      shown_flagged: (bins, k, s) float16, share of the bin's windows with each of `KINDS`.
      all_flagged: (bins, k) float32, the same share over all of the stream's channels.
      trend_names: features followed over time, n of them.
      trend: (bins, n) float32, their means over all channels and over the windows that nothing
        spoils (geometric where `trends.is_logarithmic`); NaN where there are none.
      channel_trend: (n_channels, n) float32, the same means over the whole stream.
    """

    bin_windows: int
    raw_low: Float32
    raw_high: Float32
    filtered_low: Float32
    filtered_high: Float32
    shown_flagged: Float16
    all_flagged: Float32
    trend_names: tuple[str, ...]
    trend: Float32
    channel_trend: Float32

    @property
    def bin_s(self) -> float:
        """Length of a bin in seconds."""
        return self.bin_windows / WINDOWS_PER_S

    @property
    def span_s(self) -> float:
        """Length of all bins in seconds."""
        return len(self.raw_low) * self.bin_s


@dataclasses.dataclass(frozen=True, eq=False)
class PerChannel:
    """What is counted for every channel of the stream.

    Attributes:
      n_windows: windows emitted, the same for each channel.
      flagged: (k, n_channels) int64, windows with each of `KINDS`.
      unflagged: (n_channels,) int64, windows without any flag.
      median_quality: (n_channels,) float32, to 0.01; NaN without windows.
      overall_quality: the median over all channels and windows, to 0.01; NaN without windows.
      map_windows: windows in a bin of the map.
      quality_map: (bins, n_channels) float16, mean quality; NaN without windows.
    """

    n_windows: int
    flagged: Int64
    unflagged: Int64
    median_quality: Float32
    overall_quality: float
    map_windows: int
    quality_map: Float16

    def share(self, windows: Any) -> Any:
        """Numbers of windows as shares of `n_windows`; 0 where there are none."""
        return np.asarray(windows) / max(self.n_windows, 1)


@dataclasses.dataclass(frozen=True, eq=False)
class StreamReport:
    """One stream, ready to be drawn.

    Attributes:
      spec: the stream.
      unit: of its samples.
      parameter_version: of the profile.
      parameters: (name, value) of everything the profile fixes.
      shown: positions of the channels drawn, in that order.
      n_samples: up to the last one present, absent ones included.
      gaps: runs of samples in which no channel is present.
      flagged: for each of `KINDS`, intervals in which any channel is flagged, in windows.
      excerpt: the stretch with the most artifacts; None without samples.
      spectra: None without a complete second.
      marker_locked: averages around markers; of none where there are none.
      directions: (n_channels, 3) float32, unit vectors from the middle of the head to the
        electrodes (x to the right, y to the front, z up), NaN where unknown; None where the signal
        is not taken from the scalp.
    """

    spec: StreamSpec
    unit: str
    parameter_version: str
    parameters: tuple[tuple[str, str], ...]
    shown: tuple[int, ...]
    n_samples: int
    gaps: Intervals
    flagged: tuple[Intervals, ...]
    over_time: OverTime
    per_channel: PerChannel
    excerpt: Excerpt | None
    spectra: Spectra | None
    marker_locked: MarkerLocked
    directions: Float32 | None

    @property
    def duration_s(self) -> float:
        """From the first sample to the end of the last one present, gaps included."""
        return self.n_samples / self.spec.sampling_rate_hz
