"""Spectra of raw and filtered signal and a spectrogram, second by second, in bounded memory."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.signal

from transforms.engine import Flag, StreamSpec, WindowBatch
from transforms.report.bins import FIXED_POINT, TimeBins
from transforms.report.frequencies import MIN_SAMPLES, FrequencyGrid
from transforms.report.stretches import Stretch, Stretches
from transforms.report.timeline import WINDOWS_PER_S, Timeline

Array = npt.NDArray[Any]
Float16 = npt.NDArray[np.float16]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

SEGMENT_WINDOWS = WINDOWS_PER_S
SPECTROGRAM_BINS = 512
ALL_BELOW = 64
"""Seconds at the beginning that are all transformed: a short recording has no others."""

VALUES_PER_S, MAX_BY_SIZE = 3_000, 32
"""Samples times channels transformed for a second of signal later on. The report must cost little
beside the engine, and some hundred seconds tell what a recording is like."""

LEAST = 1e-12
"""Densities below are drawn as this: a flat channel has no logarithm."""


@dataclasses.dataclass(frozen=True, eq=False)
class Spectra:
    """Power spectral densities of one-second segments (one-sided Hann periodograms).

    Attributes:
      edges_hz: (g + 1,) between which the densities are means.
      channels: (c,) positions in the stream's channels.
      n_segments: transformed: all of the first minute, then fewer the longer the recording is.
      n_clean: (c,) of them that nothing spoils: the ones in `raw` and `filtered`.
      raw, filtered: (c, g) float32, mean density in unit^2/Hz over time: a segment counts for the
        seconds it stands for. NaN without such segments.
      bin_s: length of a column of the spectrogram.
      spectrogram: (bins, g) float16, log10 of the density of `filtered`: in each segment the median
        over channels, of a column's segments the geometric mean; NaN without any.
    """

    edges_hz: Float32
    channels: tuple[int, ...]
    n_segments: int
    n_clean: Int64
    raw: Float32
    filtered: Float32
    bin_s: float
    spectrogram: Float16


class SpectraCollector:
    """Transforms each complete second of the channels followed.

    A second that is flagged counts for the spectrogram, which shows what there is, but not for
    the mean spectra, which show what the signal is like.
    """

    def __init__(
        self, spec: StreamSpec, timeline: Timeline, channels: tuple[int, ...], spoils: Flag
    ):
        self._channels, self._spoils = channels, np.uint32(spoils)
        self._rate_hz = spec.sampling_rate_hz
        self._n = int(spec.sampling_rate)  # seconds of 128.5 Hz hold 128 or 129: the first 128
        self._grid = FrequencyGrid.of_segment(max(self._n, MIN_SAMPLES), self._rate_hz)
        self._every = functools.partial(every_at, _by_size(len(channels) * self._n))
        self._stretches = Stretches(timeline, SEGMENT_WINDOWS, channels, self._every)
        n_groups = len(self._grid.starts)
        window = np.asarray(scipy.signal.get_window("hann", max(self._n, MIN_SAMPLES)))
        self._window = window.astype(np.float32)
        self._scale = 2 / (self._rate_hz * float((window**2).sum())) / self._grid.sizes
        self._sums = np.zeros((2, len(channels), n_groups))
        self._n_clean, self._n_segments = np.zeros(len(channels), np.int64), 0
        self._seconds = np.zeros(len(channels), np.int64)
        self._bins = TimeBins(SPECTROGRAM_BINS)
        self._bins.layer("log", (n_groups,), np.int64, np.add)
        self._bins.layer("segments", (), np.int64, np.add)

    @property
    def possible(self) -> bool:
        """Whether a second has enough samples."""
        return self._n >= MIN_SAMPLES

    def take_samples(self, first_sample: int, samples: Array, present: Array) -> None:
        """Takes new samples, (n, c) float32, and (n,) whether any channel is present."""
        if self.possible:
            self._stretches.take_samples(first_sample, samples, present)

    def take_windows(self, windows: Int64, batch: WindowBatch, filtered: Array) -> None:
        """Takes finished windows and the rows of `filtered`, (rows, c) float32."""
        if not self.possible:
            return
        no_events = np.zeros(len(windows), np.int64)
        for stretch in self._stretches.take_windows(windows, batch, filtered, no_events):
            self._take(stretch)

    def _take(self, stretch: Stretch) -> None:
        # The first may be shorter, as the stream begins inside of a window.
        if stretch.present[: self._n].sum() < self._n:
            return
        signals = np.empty((2, len(self._channels), self._n), np.float32)
        signals[0], signals[1] = stretch.raw[: self._n].T, stretch.filtered[: self._n].T
        means = signals.mean(axis=-1, keepdims=True)
        complete = np.isfinite(means).all(axis=(0, 2))
        if not complete.any():
            return
        signals -= np.where(complete[:, None], means, np.nan)
        density = self._density(signals)
        clean = complete & (stretch.flags & self._spoils == 0).all(axis=0)
        stands_for = self._every(stretch.number)
        np.add(self._sums, density * stands_for, out=self._sums, where=clean[:, None])
        self._seconds += clean * stands_for
        self._n_clean += clean
        self._n_segments += 1
        ordered = np.sort(density[1].T, axis=1)  # NaN, the incomplete, come last
        median = ordered[:, (int(complete.sum()) - 1) // 2]
        fixed = np.rint(np.log10(np.maximum(median, LEAST)) * FIXED_POINT).astype(np.int64)
        # Columns as wide as the steps between seconds, or some would be empty.
        self._bins.reach(stretch.number, least=stands_for)
        at = np.array([stretch.number // self._bins.width])
        self._bins.fold("log", fixed[None], np.zeros(1, np.int64), at)
        self._bins.fold("segments", np.ones(1, np.int64), np.zeros(1, np.int64), at)

    def _density(self, centred: Float32) -> Float64:
        """(2, c, n) to (2, c, g): `scipy.signal.welch` of one segment, averaged in groups."""
        bins = np.fft.rfft(centred * self._window)
        power = bins.real**2 + bins.imag**2
        if self._n % 2 == 0:
            power[..., -1] /= 2  # one-sided: all but the mean and the Nyquist bin stand for two
        if len(self._grid.sizes) == power.shape[-1] - 1:
            return power[..., 1:] * self._scale
        return np.add.reduceat(power, self._grid.starts, axis=-1) * self._scale

    def summary(self) -> Spectra | None:
        """What is known so far; None before the first complete second."""
        if not self._n_segments:
            return None
        seconds = np.where(self._seconds > 0, self._seconds, np.nan)[None, :, None]
        raw, filtered = (self._sums / seconds).astype(np.float32)
        segments = self._bins.used("segments")[:, None]
        columns = self._bins.used("log") / np.maximum(segments, 1) / FIXED_POINT
        return Spectra(
            edges_hz=self._grid.edges_hz.astype(np.float32),
            channels=self._channels,
            n_segments=self._n_segments,
            n_clean=self._n_clean.copy(),
            raw=raw,
            filtered=filtered,
            bin_s=float(self._bins.width),
            spectrogram=np.where(segments > 0, columns, np.nan).astype(np.float16),
        )


def every_at(by_size: int, second: int) -> int:
    """Of the seconds around this one, every so-many-th is transformed: a power of two.

    Twice as far into a recording, twice as few: an hour has about 1,000 of them, a day 2,200.
    """
    if second < ALL_BELOW:
        return 1
    return max(by_size, 2, 1 << max(0, second.bit_length() - 9))


def _by_size(values_per_s: int) -> int:
    """What a stream's size alone asks for: the power of two at or above, up to 32."""
    least = max(1, -(-values_per_s // VALUES_PER_S))
    return min(MAX_BY_SIZE, 1 << (least - 1).bit_length())
