"""How far something stands out of a spectrum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.signal

Float64 = npt.NDArray[np.float64]


def periodogram(samples: Float64, rate_hz: float) -> tuple[Float64, Float64]:
    """One-sided Hann periodogram, the mean removed.

    Args:
      samples: (n_samples, n_channels).

    Returns:
      (n_bins,) hertz and (n_bins, n_channels) power density.
    """
    hz, density = scipy.signal.periodogram(samples, rate_hz, window="hann", axis=0)
    return hz, density


def signal_to_noise(hz: Float64, density: Float64, at_hz: float) -> Float64:
    """Density at a frequency over the mean of that 1 to 3 Hz beside it, (n_channels,)."""
    beside = np.abs(hz - at_hz)
    noise = density[(beside >= 1.0) & (beside <= 3.0)].mean(axis=0)
    return np.asarray(density[beside.argmin()] / noise)


def excess_db(
    hz: Float64, density: Float64, band_hz: tuple[float, float], fit_hz: tuple[float, float]
) -> tuple[float, float]:
    """Where and how far a spectrum rises above its own 1/f background.

    The background is a straight line through log density against log frequency over `fit_hz`,
    the band and 1 Hz on either side of it left out.

    Args:
      density: (n_bins,).

    Returns:
      Frequency of the largest excess in `fit_hz`, inside the band or not; the excess, decibels.
    """
    inside = (hz >= fit_hz[0]) & (hz <= fit_hz[1])
    rest = inside & ((hz < band_hz[0] - 1.0) | (hz > band_hz[1] + 1.0))
    line = np.polyfit(np.log10(hz[rest]), np.log10(density[rest]), 1)
    above = 10 * (np.log10(density[inside]) - np.polyval(line, np.log10(hz[inside])))
    return float(hz[inside][above.argmax()]), float(above.max())
