"""Powers of the look-backs that are not whole in windows: each is transformed by itself."""

from __future__ import annotations

import numpy as np
import scipy.signal

from transforms.engine.measures import Path
from transforms.engine.spectrum import SpectrumPlan
from transforms.engine.windows import Float64, Int64


def transform_look_backs(
    plan: SpectrumPlan, paths: tuple[np.ndarray, ...], ends: Int64, power: Float64
) -> None:
    """Writes |Y|^2 of the Hann-windowed look-backs that end at rows `ends` into `power`.

    Args:
      paths: (wide, main, high) buffers, (rows, n_channels).
      ends: (w,) rows after each window.
      power: (w, >= n_channels, n_lines).
    """
    for look_back, bins, first_line in plan.transformed:
        rows = paths[0] if look_back.path is Path.WIDE else paths[1]
        n_samples, n_channels = look_back.n_samples, rows.shape[1]
        hann = scipy.signal.windows.hann(n_samples, sym=False)[:, None]
        for window, end in enumerate(ends):
            if end >= n_samples:
                x = rows[end - n_samples : end]
                spectrum = np.fft.rfft((x - x.mean(axis=0)) * hann, axis=0)[bins]
                lines = slice(first_line, first_line + len(bins))
                power[window, :n_channels, lines] = (spectrum.real**2 + spectrum.imag**2).T
