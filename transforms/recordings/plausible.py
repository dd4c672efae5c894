"""Are the numbers what they are said to be? Watches a stream's samples as they pass."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from transforms.engine import StreamSpec
from transforms.recordings.plan import Notice
from transforms.recordings.units import UNIT_UV

Float64 = npt.NDArray[np.float64]

# Robust amplitude (1.4826 x median absolute deviation within a second, so that electrode drift does
# not count) of the median channel. Far outside of what the tissue yields and far inside of a
# factor of 1,000: scalp EEG is 5-100 uV; cortex and depth about ten times as much; muscle
# and heart millivolts; a body at rest or running 0.001-10 g.
_PLAUSIBLE: dict[str, tuple[float, float]] = {
    "eeg": (0.05, 2_000.0),
    "ecog": (0.1, 10_000.0),
    "lfp": (0.1, 10_000.0),
    "spikes": (0.1, 10_000.0),
    "emg": (0.05, 50_000.0),
    "ecg": (0.05, 50_000.0),
    "acc": (0.0, 200.0),
}
_ROWS_LOOKED_AT = 2_000  # of a block: enough for a median
_MAD_TO_SD = 1.4826


class PlausibilityCheck:
    """Range and typical amplitude of every channel, in a few numbers a block.

    Args:
      unit: by which the file labels its numbers, where it is one for all: the advice names another.
    """

    def __init__(self, spec: StreamSpec, unit: str | None = None):
        self._spec, self._unit = spec, unit
        self._lowest = np.full(spec.n_channels, np.inf)
        self._highest = np.full(spec.n_channels, -np.inf)
        self._amplitudes: list[float] = []

    def add(self, samples: Float64) -> None:
        """Looks at a block, (n_samples, n_channels) in the unit of the engine."""
        finite = np.where(np.isfinite(samples), samples, np.nan)
        np.fmin(self._lowest, np.fmin.reduce(finite, axis=0, initial=np.inf), out=self._lowest)
        np.fmax(self._highest, np.fmax.reduce(finite, axis=0, initial=-np.inf), out=self._highest)
        amplitude = _amplitude(finite, max(1, round(self._spec.sampling_rate)))
        if amplitude is not None:
            self._amplitudes.append(amplitude)

    def notices(self) -> list[Notice]:
        """What a user should know, once all blocks have passed."""
        names = self._spec.channels
        absent, constant = self._lowest > self._highest, self._lowest == self._highest
        notices = [
            Notice("absent_channel", "not one sample is a number", names[i])
            for i in np.flatnonzero(absent)
        ]
        notices += [
            Notice("constant_channel", f"every sample is {self._lowest[i]:g}", names[i])
            for i in np.flatnonzero(constant)
        ]
        return notices + self._unit_notices()

    def _unit_notices(self) -> list[Notice]:
        if not self._amplitudes:
            return []
        amplitude = float(np.median(self._amplitudes))
        low, high = _PLAUSIBLE[self._spec.signal]
        if low <= amplitude <= high:
            return []
        unit = "g" if self._spec.signal == "acc" else "uV"
        times = "times too large" if amplitude > high else "times too small"
        factors = [f for f in (1e3, 1e6, 1e9) if low <= _scaled(amplitude, high, f) <= high]
        guess = f", {factors[0]:,.0f} {times}" if factors else ""
        detail = (
            f"the median channel varies by {amplitude:.4g} {unit} within a second; expected"
            f" {low:g} to {high:g} {unit} for {self._spec.signal}. If the file labels its unit"
            f" wrongly{guess}, {self._advice(amplitude, high, factors)}"
        )
        return [Notice("implausible_unit", detail)]

    def _advice(self, amplitude: float, high: float, factors: list[float]) -> str:
        """Which `--unit` would make the numbers plausible; all of them where that is not known."""
        if self._unit is not None and factors:
            labelled_uv = UNIT_UV[self._unit]
            is_large = amplitude > high
            true_uv = labelled_uv / factors[0] if is_large else labelled_uv * factors[0]
            for name, uv in UNIT_UV.items():
                if math.isclose(uv, true_uv):
                    return f"--unit {name} reads it right"
        return f"--unit {', '.join(UNIT_UV)} says what the stored numbers are"


def _scaled(amplitude: float, high: float, factor: float) -> float:
    return amplitude / factor if amplitude > high else amplitude * factor


def _amplitude(finite: Float64, rows_a_second: int) -> float | None:
    """Robust amplitude of the median channel; None where nothing moves for a whole second."""
    n_seconds = min(len(finite), max(_ROWS_LOOKED_AT, rows_a_second)) // rows_a_second
    if n_seconds == 0:
        return None
    rows = finite[: n_seconds * rows_a_second]
    rows = rows[:, ~np.isnan(rows).any(axis=0) & (rows != rows[:1]).any(axis=0)]
    if rows.shape[1] == 0:
        return None
    seconds = rows.reshape(n_seconds, rows_a_second, -1)
    deviation = np.abs(seconds - np.median(seconds, axis=1, keepdims=True))
    amplitude = float(np.median(np.median(deviation, axis=(0, 1))) * _MAD_TO_SD)
    return amplitude or None  # mostly still: tells nothing about the unit
