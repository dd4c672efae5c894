"""Everything about a stream that does not change while it runs, worked out once."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from transforms.engine.features import FeaturePlan, plan_features
from transforms.engine.filters import Cascade, design
from transforms.engine.flags import Flag
from transforms.engine.grid import Grid
from transforms.engine.kernels import measuring
from transforms.engine.mains import cancelling_filter
from transforms.engine.profiles import Profile, profile_for
from transforms.engine.quality import quality_by_flags
from transforms.engine.spec import StreamSpec
from transforms.engine.spectrum import window_lengths
from transforms.engine.windows import Float64, Int64

BLOCK_VALUES = 65_536
"""Samples times channels in an inner block: half a megabyte, which stays in the cache."""
BLOCK_WINDOWS = 64
FLAT_SAMPLES = 8  # at low rates stillness is looked for over so many samples at least
RAIL_TOLERANCE = 1e-6  # of the range: readers scale integers with rounding

FRONTAL = re.compile(
    r"^(eeg[ _-]?)?(fp\d|fpz|af\d|afz|f[5-8]|f9|f10|eog.*|[hv]eog.*)\b", re.IGNORECASE
)
"""Positions near the eyes in the 10-10 system, and eye channels themselves."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Constants of one stream in the form that the kernels take.

    Attributes:
      lengths: (2,) int64, samples of the shorter and the longer full window.
      limits: (2, n_channels) float64, ends of the converter's range; infinite where unknown.
      adaptive: (N_METRICS, 3) float64; fixed, whole_numbers: the other thresholds.
      blinks: (n_channels,) bool, channels on which blinks are looked for.
      quality: float64, quality by flags.
      block_windows: grid windows in an inner block.
      ring: windows of terms that are kept.
      replayed: emitted windows whose sums a restored engine needs again.
      history_rows: rows of the paths that look-backs need, and two more for differences.
      buffer_rows: rows of the path buffers.
    """

    spec: StreamSpec
    profile: Profile
    grid: Grid
    cascade: Cascade
    features: FeaturePlan
    lengths: Int64
    limits: Float64
    adaptive: Float64
    fixed: Float64
    whole_numbers: Int64
    blinks: np.ndarray
    quality: Float64
    block_windows: int
    ring: int
    replayed: int
    history_rows: int
    buffer_rows: int
    largest_gap: int  # samples
    stages: Int64  # (2,) sections of wide, of main
    mains: tuple[Int64, Float64]  # lags and weights of the filter that cancels mains
    time_look_back: Int64  # (2,) samples and windows of the time-domain features

    @property
    def parameters(self) -> tuple[np.ndarray, ...]:
        """What the detectors take."""
        return self.adaptive, self.fixed, self.whole_numbers, self.blinks, self.quality


def lay_out(spec: StreamSpec) -> Layout:
    """The layout of a stream under the profile of its kind."""
    profile = profile_for(spec.signal)
    cascade = design(spec, profile.filters)
    features = plan_features(spec, profile, cascade)
    shorter, longer = window_lengths(spec.sampling_rate)
    per_window = max(1, longer) * spec.n_channels
    block_windows = max(1, min(BLOCK_WINDOWS, BLOCK_VALUES // per_window))
    if longer == 1:  # most windows are empty
        block_windows = int(BLOCK_WINDOWS * 20 / spec.sampling_rate)
    thresholds = profile.thresholds
    flat_windows = max(round(thresholds.flat_s * 20), -(-FLAT_SAMPLES // max(1, shorter)))
    history = 2 + max(look_back.n_samples for look_back in features.look_backs)
    block_rows = block_windows * max(1, longer)
    return Layout(
        spec=spec,
        profile=profile,
        grid=Grid(spec.start_ns, spec.sampling_rate),
        cascade=cascade,
        features=features,
        lengths=np.array([shorter, longer], dtype=np.int64),
        limits=_limits(spec),
        adaptive=_adaptive(profile),
        fixed=np.array(
            [
                thresholds.flat_peak_to_peak,
                thresholds.step_share,
                thresholds.line_ratio,
                thresholds.line_left,
                thresholds.step_largest,
                thresholds.muscle_share,
            ]
        ),
        whole_numbers=np.array(
            [
                flat_windows,
                _line_column(profile),
                int(_excursion(spec)),
                cascade.settling_samples,
            ],
            dtype=np.int64,
        ),
        blinks=_blinks(spec),
        quality=quality_by_flags(),
        block_windows=block_windows,
        ring=block_windows + max(measuring.LONGEST, flat_windows),
        replayed=max(
            features.spectrum.main.n_windows,
            features.spectrum.wide.n_windows,
            features.time_windows,
        ),
        history_rows=history,
        buffer_rows=2 * (history + block_rows),
        largest_gap=int(3600 * spec.sampling_rate),
        mains=cancelling_filter(cascade.notches_hz, spec.sampling_rate_hz),
        stages=np.array([cascade.n_wide, cascade.n_main], dtype=np.int64),
        time_look_back=np.array([features.time.n_samples, features.time_windows], dtype=np.int64),
    )


def _limits(spec: StreamSpec) -> Float64:
    limits = np.tile([[-np.inf], [np.inf]], spec.n_channels)
    for c, ends in enumerate(spec.adc_range or ()):
        if ends is not None:
            slack = RAIL_TOLERANCE * (ends[1] - ends[0])
            limits[:, c] = ends[0] + slack, ends[1] - slack
    return limits


def _adaptive(profile: Profile) -> Float64:
    thresholds = profile.thresholds
    order = {
        measuring.AMPLITUDE: thresholds.amplitude,
        measuring.STEP: thresholds.step,
        measuring.MUSCLE: thresholds.muscle,
        measuring.BLINK: thresholds.blink,
        measuring.DRIFT: thresholds.drift,
    }
    return np.array([dataclasses.astuple(order[row]) for row in range(measuring.N_METRICS)])


def _line_column(profile: Profile) -> int:
    names = profile.features
    return names.index("line_noise_ratio") if "line_noise_ratio" in names else -1


def _excursion(spec: StreamSpec) -> Flag:
    return Flag.MOTION if spec.signal == "acc" else Flag.AMPLITUDE


def _blinks(spec: StreamSpec) -> np.ndarray:
    """Only scalp EEG sees lids; where positions are named, only the frontal ones."""
    if spec.signal != "eeg":
        return np.zeros(spec.n_channels, dtype=np.bool_)
    frontal = np.array([bool(FRONTAL.match(name)) for name in spec.channels])
    return frontal if frontal.any() else np.ones(spec.n_channels, dtype=np.bool_)
