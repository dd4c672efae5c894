"""Everything about a stream that does not change while it runs, worked out once."""

from __future__ import annotations

import dataclasses
import functools
import re

import numpy as np

from transforms.engine.features import FeaturePlan, plan_features
from transforms.engine.filters import Cascade, design
from transforms.engine.flags import Flag
from transforms.engine.grid import Grid
from transforms.engine.kernels import artifacts, measuring
from transforms.engine.mains import cancelling_filter
from transforms.engine.pairs import PairPlan, plan_pairs
from transforms.engine.profiles import NEVER, Profile, profile_for
from transforms.engine.quality import quality_by_flags
from transforms.engine.spec import StreamSpec
from transforms.engine.spectrum import WINDOW_S, window_lengths
from transforms.engine.tracking import TrackPlan, plan_tracking
from transforms.engine.windows import Float64, Int64

BLOCK_VALUES = 65_536
"""Samples times channels in an inner block: half a megabyte, which stays in the cache."""
BLOCK_WINDOWS = 64
FLAT_SAMPLES = 8  # at low rates stillness is looked for over so many samples at least
RAIL_TOLERANCE = 1e-6  # of the range: readers scale integers with rounding

_PREFIX, _END = r"^(eeg[ _-]*)?", r"(?![a-z0-9])"
FRONTAL = re.compile(
    rf"{_PREFIX}((n|fp|aff?)(z|\d+h?)|f([5-9]|10)h?|[lrhv]?eog.*){_END}", re.IGNORECASE
)
"""Positions near the eyes in the 10-5 system, and eye channels themselves."""
POSITION = re.compile(
    rf"{_PREFIX}(n|fp|aff?|f|ffc|fft|fc|ft|fcc|ftt|c|t|ccp|ttp|cp|tp|cpp|tpp|p|ppo|po|poo|o|oi|i)"
    rf"(z|\d+h?){_END}",
    re.IGNORECASE,
)
"""Any position of the 10-5 system."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Constants of one stream in the form that the kernels take.

    Attributes:
      mains: lags and weights of the filter that cancels mains.
      lengths: (2,) int64, samples of the shorter and the longer full window.
      time_look_back: (2,) int64, samples and windows of the time-domain features.
      limits: (4, n_channels) float64: from where to where a sample is at the lower end of the
        converter's range, and at the upper end; from infinity to minus infinity where unknown.
      parameters: of the detectors: adaptive thresholds (N_METRICS, 3), fixed thresholds, integers,
        channels on which blinks are looked for, quality by flags.
      block_windows: grid windows in an inner block.
      flat_windows: windows in which stillness is looked for.
      ring: windows of terms that are kept.
      replayed: emitted windows whose sums a restored engine needs again.
      history_rows: rows of the paths that look-backs need, and two more for differences.
      buffer_rows: rows of the path buffers.
      largest_gap: samples; what is further ahead is refused.
    """

    spec: StreamSpec
    profile: Profile
    grid: Grid
    cascade: Cascade
    features: FeaturePlan
    tracking: TrackPlan
    pairs: PairPlan
    mains: tuple[Int64, Float64]
    lengths: Int64
    time_look_back: Int64
    limits: Float64
    parameters: tuple[np.ndarray, ...]
    block_windows: int
    flat_windows: int
    ring: int
    replayed: int
    history_rows: int
    buffer_rows: int
    largest_gap: int

    @functools.cached_property
    def filters(self) -> tuple[np.ndarray, ...]:
        """What the filter kernel takes."""
        stages = np.array([self.cascade.n_wide, self.cascade.n_main], dtype=np.int64)
        return self.cascade.sos, self.cascade.zi, stages


def lay_out(spec: StreamSpec) -> Layout:
    """The layout of a stream under the profile of its kind."""
    profile = profile_for(spec.signal)
    cascade = design(spec, profile.filters)
    tracking = plan_tracking(spec, profile)
    features = plan_features(spec, profile, cascade, tracked=tracking.tracker is not None)
    lengths = window_lengths(spec.sampling_rate)
    block_windows = _block_windows(spec, lengths[1])
    flat_windows = _flat_windows(profile, lengths[0])
    pairs = plan_pairs(spec)
    history = 2 + max(pairs.n_longest, *(lb.n_samples for lb in features.look_backs))
    spectrum = features.spectrum
    return Layout(
        spec=spec,
        profile=profile,
        grid=Grid(spec.start_ns, spec.sampling_rate),
        cascade=cascade,
        features=features,
        tracking=tracking,
        pairs=pairs,
        mains=cancelling_filter(cascade.notches_hz, spec.sampling_rate_hz),
        lengths=np.array(lengths, dtype=np.int64),
        time_look_back=np.array([features.time.n_samples, features.time_windows], dtype=np.int64),
        limits=_limits(spec),
        parameters=(
            _adaptive(profile, cascade),
            _fixed(profile),
            np.array(
                [flat_windows, _line_column(profile), _excursion(spec), cascade.settling_samples],
                dtype=np.int64,
            ),
            _blinks(spec),
            quality_by_flags(),
        ),
        block_windows=block_windows,
        flat_windows=flat_windows,
        ring=block_windows + max(measuring.LONGEST, flat_windows),
        replayed=max(spectrum.main.n_windows, spectrum.wide.n_windows, features.time_windows),
        history_rows=history,
        buffer_rows=2 * (history + block_windows * max(1, lengths[1])),
        largest_gap=int(3600 * spec.sampling_rate),
    )


def _block_windows(spec: StreamSpec, longest: int) -> int:
    if longest == 1:  # at 20 Hz and below, where most windows are empty
        return int(BLOCK_WINDOWS * 20 / spec.sampling_rate)
    return max(1, min(BLOCK_WINDOWS, BLOCK_VALUES // (longest * spec.n_channels)))


def _flat_windows(profile: Profile, shortest: int) -> int:
    at_least = -(-FLAT_SAMPLES // max(1, shortest))
    return max(round(profile.thresholds.flat_s / float(WINDOW_S)), at_least)


def _fixed(profile: Profile) -> Float64:
    thresholds = profile.thresholds
    order = {
        artifacts.FLAT_RANGE: thresholds.flat_peak_to_peak,
        artifacts.STEP_SHARE: thresholds.step_share,
        artifacts.LINE_RATIO: thresholds.line_ratio,
        artifacts.LINE_LEFT: thresholds.line_left,
        artifacts.STEP_LARGEST: thresholds.step_largest,
        artifacts.MUSCLE_SHARE: thresholds.muscle_share,
    }
    return np.array([order[row] for row in range(len(order))])


def _limits(spec: StreamSpec) -> Float64:
    limits = np.tile([[np.inf], [-np.inf]] * 2, spec.n_channels)
    for c, ends in enumerate(spec.adc_range or ()):
        if ends is not None:
            slack = RAIL_TOLERANCE * (ends[1] - ends[0])
            low, high = ends
            limits[:, c] = low - slack, low + slack, high - slack, high + slack
    return limits


def _adaptive(profile: Profile, cascade: Cascade) -> Float64:
    """Without a high path (the rate leaves no room, or the kind has none) muscle is not seen."""
    thresholds = profile.thresholds
    muscle = thresholds.muscle if cascade.has_high else NEVER
    order = {
        measuring.AMPLITUDE: thresholds.amplitude,
        measuring.STEP: thresholds.step,
        measuring.MUSCLE: muscle,
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
    named = frontal.any() or any(POSITION.match(name) for name in spec.channels)
    return frontal if named else np.ones(spec.n_channels, dtype=np.bool_)
