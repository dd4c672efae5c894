"""The filters of a stream's paths, as one cascade of second-order sections with taps."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np
import scipy.signal

from transforms.engine.measures import NYQUIST_MARGIN
from transforms.engine.profiles import Filters
from transforms.engine.spec import StreamSpec
from transforms.engine.windows import Float64


@dataclasses.dataclass(frozen=True)
class Cascade:
    """Sections in the order in which they are applied, and where each path leaves them.

    Attributes:
      sos: (n_sections, 6) float64, as scipy's `sosfilt` takes them.
      zi: (n_sections, 2) float64, the state after a 1 that has lasted for ever.
      n_wide: sections that make the `wide` path.
      n_main: sections that make the `main` path; the rest make the `high` path.
      settling_samples: until the slowest pole has decayed to a thousandth.
      notches_hz: mains and harmonics that are notched.
      has_high: whether the rate leaves room for the `high` path.
    """

    sos: Float64
    zi: Float64
    n_wide: int
    n_main: int
    settling_samples: int
    notches_hz: tuple[int, ...]
    has_high: bool


def passes(frequency_hz: float, sampling_rate: Fraction) -> bool:
    """Whether a frequency lies below 0.45 of the rate (exactly, no float comparison)."""
    return Fraction(str(frequency_hz)) < NYQUIST_MARGIN * sampling_rate


def design(spec: StreamSpec, filters: Filters) -> Cascade:
    """The cascade of a stream; stages that its rate leaves no room for are left out."""
    rate, rate_hz = spec.sampling_rate, spec.sampling_rate_hz
    wide: list[Float64] = []
    if filters.high_pass_hz is not None and passes(filters.high_pass_hz, rate):
        wide = [_high_pass(filters.high_pass_order, filters.high_pass_hz, rate_hz)]
    notches_hz = _notches(spec, filters)
    notches = [
        np.concatenate(scipy.signal.iirnotch(hz, filters.notch_q, fs=rate_hz))[None]
        for hz in notches_hz
    ]
    high: list[Float64] = []
    top_hz = min(filters.muscle_up_to_hz, filters.muscle_up_to_rate * rate_hz)
    if filters.muscle_hz is not None and filters.muscle_hz < top_hz:
        high = [
            _high_pass(filters.muscle_order, filters.muscle_hz, rate_hz),
            scipy.signal.butter(2, top_hz, "lowpass", fs=rate_hz, output="sos"),
        ]
    sos = np.concatenate([np.empty((0, 6)), *wide, *notches, *high])
    n_wide = sum(len(part) for part in wide)
    return Cascade(
        sos=sos,
        zi=scipy.signal.sosfilt_zi(sos) if len(sos) else np.empty((0, 2)),
        n_wide=n_wide,
        n_main=n_wide + len(notches),
        settling_samples=settling_samples(sos),
        notches_hz=notches_hz,
        has_high=bool(high),
    )


def settling_samples(sos: Float64) -> int:
    """ceil(ln 0.001 / ln max|pole|): samples until the slowest mode has decayed to 0.1 %."""
    poles = [abs(pole) for section in sos for pole in np.roots(section[3:])]
    slowest = max(poles, default=0.0)
    return math.ceil(math.log(0.001) / math.log(slowest)) if slowest > 0 else 0


def _high_pass(order: int, cutoff_hz: float, rate_hz: float) -> Float64:
    return scipy.signal.butter(order, cutoff_hz, "highpass", fs=rate_hz, output="sos")


def _notches(spec: StreamSpec, filters: Filters) -> tuple[int, ...]:
    if spec.line_hz is None:
        return ()
    harmonics = range(spec.line_hz, int(filters.notch_up_to_hz) + 1, spec.line_hz)
    return tuple(hz for hz in harmonics if passes(hz, spec.sampling_rate))
