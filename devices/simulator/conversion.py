"""The converter: from what electrodes and sensors feel to the numbers a device sends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from devices.simulator.recording import SimulatedRecording
from devices.simulator.settings import SignalSettings

Float64 = npt.NDArray[np.float64]


def convert(samples: Float64, settings: SignalSettings, **truth: Any) -> SimulatedRecording:
    """A recording of `samples`, rounded to the converter's steps and clipped to its range.

    Args:
      samples: (n_samples, n_channels) float64, in the unit of the settings; changed in place and
        read-only from here on.
      truth: what else is known: `truth`, `trials`, `beats_s`, `spikes`, `tilt_deg`.
    """
    half = 2 ** (settings.adc_bits - 1)
    step = settings.full_scale / half
    samples /= step
    np.rint(samples, out=samples)
    np.clip(samples, -half, half - 1, out=samples)
    samples *= step
    samples.setflags(write=False)
    return SimulatedRecording(
        samples=samples,
        sampling_rate=settings.sampling_rate,
        channels=settings.channels,
        adc_range=(-settings.full_scale, settings.full_scale - step),
        adc_bits=settings.adc_bits,
        line_hz=settings.line_hz,
        signal=settings.signal,
        unit=settings.unit,
        **truth,
    )
