"""What a feature is: its measure, the signal path, and the words that describe it."""

from __future__ import annotations

import dataclasses
import enum
from fractions import Fraction

NS_PER_S = 1_000_000_000
WINDOW_NS = 50_000_000
"""Length of a window; the grid of Beam's `FixedWindows(0.05)`."""

NYQUIST_MARGIN = Fraction(45, 100)
"""Frequencies at or above this part of the rate are left out: the anti-alias filter's skirt."""


class Path(enum.Enum):
    """The stage of filtering that a feature is computed on."""

    RAW = "raw"  # as sent
    WIDE = "wide"  # high-passed
    MAIN = "main"  # wide, and the mains notched: what `filtered` returns
    HIGH = "high"  # main, and high-passed once more: the muscle band


class Measure(enum.Enum):
    """How a feature is computed."""

    BAND_POWER = "band_power"
    ENTROPY = "entropy"
    EDGE = "edge"
    PEAK = "peak"
    LINE_RATIO = "line_ratio"
    RMS = "rms"
    LOG_VARIANCE = "log_variance"
    LINE_LENGTH = "line_length"
    MEAN_ABSOLUTE = "mean_absolute"
    MOBILITY = "mobility"
    COMPLEXITY = "complexity"
    HIGH_RATIO = "high_ratio"
    NOISE = "noise"
    CROSSINGS = "crossings"
    SPIKE_RATE = "spike_rate"
    ACTIVE = "active"
    ONSET = "onset"
    HEART_RATE = "heart_rate"
    RMSSD = "rmssd"
    SDNN = "sdnn"
    BEATS = "beats"
    BEAT_INTERVAL = "beat_interval"
    MAGNITUDE = "magnitude"
    MOVEMENT = "movement"
    TILT = "tilt"
    JERK = "jerk"
    COVARIANCE = "covariance"
    COHERENCE = "coherence"
    PHASE_LOCKING = "phase_locking"


@dataclasses.dataclass(frozen=True)
class Feature:
    """One named number per channel and window.

    Attributes:
      name: the column's name.
      unit: of the number, where the samples are in microvolt.
      look_back_s: length of x in seconds; in samples it is rounded half to even.
      band_hz: lower edge (included) and upper edge (excluded) of the frequencies used.
      fraction: for `EDGE`, the share of the power that lies below the edge.
      in_windows: the look-back is the windows of this time, whatever samples they hold.
    """

    name: str
    measure: Measure
    unit: str
    formula: str
    look_back_s: Fraction
    path: Path
    source: str
    band_hz: tuple[float, float] | None = None
    fraction: float = 0.0
    in_windows: bool = False

    @property
    def look_back(self) -> str:
        """Its length in words."""
        if self.in_windows:
            return f"{int(self.look_back_s * NS_PER_S / WINDOW_NS)} windows"
        return f"{float(self.look_back_s):g} s"

    @property
    def description(self) -> str:
        """One sentence for a column's description."""
        return (
            f"{self.formula}; look-back {self.look_back}, path {self.path.value}, unit {self.unit}."
            f" {self.source}."
        )
