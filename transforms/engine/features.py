"""Which features a stream has, and what the kernel needs to know to compute each."""

from __future__ import annotations

import dataclasses

import numpy as np

from transforms.engine.catalogue import BY_NAME
from transforms.engine.filters import Cascade
from transforms.engine.kernels import features as kernel
from transforms.engine.measures import Feature, Measure
from transforms.engine.profiles import Profile
from transforms.engine.spec import StreamSpec
from transforms.engine.spectrum import (
    SPECTRAL,
    LookBack,
    SpectrumPlan,
    look_back_of,
    plan_spectrum,
    window_lengths,
)
from transforms.engine.windows import Float64, Int64

_KERNEL = {measure: getattr(kernel, measure.name, -1) for measure in Measure}
TEMPORAL = (
    Measure.RMS,
    Measure.LOG_VARIANCE,
    Measure.LINE_LENGTH,
    Measure.MEAN_ABSOLUTE,
    Measure.MOBILITY,
    Measure.COMPLEXITY,
    Measure.HIGH_RATIO,
)
SHORTEST_WINDOW = 3  # samples that a window needs for its border terms to be its own


@dataclasses.dataclass(frozen=True)
class FeaturePlan:
    """The catalogue, cut to a stream.

    Attributes:
      names: of the last axis of `features`.
      spectrum: bins and tables of the spectral features.
      time: look-back of the time-domain features: one for all of them.
      time_windows: windows it consists of; 0 if it has to be computed from the samples.
      plan, numbers: what `kernels.features.compute` takes; measure -1 is a feature that the rate
        leaves no room for: always NaN.
    """

    names: tuple[str, ...]
    spectrum: SpectrumPlan
    time: LookBack
    time_windows: int
    plan: Int64
    numbers: Float64

    @property
    def look_backs(self) -> tuple[LookBack, ...]:
        """All look-backs in use."""
        return tuple({band.look_back for band in self.spectrum.bands.values()} | {self.time})


def plan_features(
    spec: StreamSpec, profile: Profile, cascade: Cascade, *, tracked: bool
) -> FeaturePlan:
    """Lays out the features of a profile for a stream.

    Args:
      tracked: whether what follows the stream fills in the features of its kind.
    """
    features = tuple(BY_NAME[name] for name in profile.features)
    spectrum = plan_spectrum(spec, features)
    temporal = [f for f in features if f.measure in TEMPORAL]
    (time,) = {look_back_of(f, spec.sampling_rate) for f in temporal}
    from_windows = time.is_whole and window_lengths(spec.sampling_rate)[0] >= SHORTEST_WINDOW
    plan = np.full((len(features), 4), -1, dtype=np.int64)
    numbers = np.zeros((len(features), 4))
    for row, feature in enumerate(features):
        if feature.measure in SPECTRAL:
            band = spectrum.bands.get(feature.name)
            if band is not None:
                n_samples = max(band.look_back.n_samples, _variance_samples(feature, time))
                plan[row] = _KERNEL[feature.measure], band.first, band.last, n_samples
                numbers[row] = band.scale, band.first_hz, band.bin_hz, feature.fraction
        elif feature.measure not in TEMPORAL:
            plan[row] = (kernel.TRACKED if tracked else -1), 0, 0, 0
        elif feature.measure is not Measure.HIGH_RATIO or cascade.has_high:
            plan[row] = _KERNEL[feature.measure], 0, 0, time.n_samples
    return FeaturePlan(
        names=profile.features,
        spectrum=spectrum,
        time=time,
        time_windows=time.n_windows if from_windows else 0,
        plan=plan,
        numbers=numbers,
    )


def _variance_samples(feature: Feature, time: LookBack) -> int:
    """The mains ratio divides by a variance over the look-back of the time-domain features."""
    return time.n_samples if feature.measure is Measure.LINE_RATIO else 0
