"""Neurons near a microelectrode: when each fires, and what its action potential looks like."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

REFRACTORY_S = 0.002
"""Nothing fires twice within it: the absolute refractory period of cortical neurons, 1 to 3 ms."""

BEFORE_S, AFTER_S = 0.001, 0.002


@dataclasses.dataclass(frozen=True)
class Neuron:
    """One unit.

    Seen from outside the cell an action potential is a fast trough and a slower, smaller hump
    (Gold et al. 2006); pyramidal cells have broad ones, interneurons narrow ones (Bartho et al.
    2004: trough to peak about 0.6 and 0.3 ms).

    Attributes:
      rate_hz: mean, 2 to 20.
      trough_uv: `least_uv` of the settings to two and a half times as much.
      trough_s: standard deviation of the trough.
      hump_share: height over that of the trough.
      hump_delay_s: from the trough to the hump.
    """

    rate_hz: float
    trough_uv: float
    trough_s: float
    hump_share: float
    hump_delay_s: float

    @classmethod
    def draw(cls, rng: np.random.Generator, least_uv: float) -> Neuron:
        """Two broad ones to each narrow one; rates are log-normal (Mizuseki and Buzsaki 2013)."""
        narrow = rng.random() < 1 / 3
        return cls(
            rate_hz=float(np.clip(rng.lognormal(np.log(6), 0.6), 2, 20)),
            trough_uv=float(rng.uniform(least_uv, 2.5 * least_uv)),
            trough_s=float(rng.uniform(8e-5, 1e-4) if narrow else rng.uniform(1.1e-4, 1.4e-4)),
            hump_share=float(rng.uniform(0.25, 0.45)),
            hump_delay_s=float(rng.normal(3e-4, 2e-5) if narrow else rng.normal(6e-4, 4e-5)),
        )

    def wave(self, from_trough_s: Float64) -> Float64:
        """Potential over the height of the trough, any shape.

        At 0 s it is -0.9 to -1: the beginning of the hump takes a little away.
        """
        trough = np.exp(-0.5 * (from_trough_s / self.trough_s) ** 2)
        hump = np.exp(-0.5 * ((from_trough_s - self.hump_delay_s) / (2 * self.trough_s)) ** 2)
        return np.asarray(self.hump_share * hump - trough)


def firing_times(rng: np.random.Generator, rate_hz: float, duration_s: float) -> Float64:
    """A Poisson process with a dead time, (n,) float64 in [0, duration_s), seconds, rising.

    Intervals are the refractory period and an exponential rest, so that the mean rate is as asked.
    """
    rest_s = 1 / rate_hz - REFRACTORY_S
    count = int(duration_s * rate_hz + 10 * np.sqrt(duration_s * rate_hz) + 20)
    times_s = np.cumsum(REFRACTORY_S + rng.exponential(rest_s, count))
    times_s -= rng.uniform(0, 1 / rate_hz)
    return np.asarray(times_s[(times_s >= 0) & (times_s < duration_s)])


def add_spikes(
    column_uv: Float64, neuron: Neuron, times_s: Float64, peaks_uv: Float64, rate_hz: float
) -> None:
    """Adds each action potential to (n_samples,) at its own time, between samples too."""
    before, after = int(np.ceil(BEFORE_S * rate_hz)), int(np.ceil(AFTER_S * rate_hz))
    rows = np.floor(times_s * rate_hz).astype(np.int64)[:, None] + np.arange(-before, after + 1)
    waves_uv = neuron.wave(rows / rate_hz - times_s[:, None]) * -peaks_uv[:, None]
    inside = (rows >= 0) & (rows < len(column_uv))
    # Two of one neuron may overlap: all of them count.
    np.add.at(column_uv, rows[inside], waves_uv[inside])
