"""Power in a band around events, measured as a paper would."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import signal

from devices.simulator import SimulatedRecording

Float64 = npt.NDArray[np.float64]


def envelope_power(recording: SimulatedRecording, low_hz: float, high_hz: float) -> Float64:
    """(n_samples, n_channels): squared, band-passed without delay."""
    sos = signal.butter(
        4, (low_hz, high_hz), "bandpass", fs=recording.sampling_rate_hz, output="sos"
    )
    return np.asarray(signal.sosfiltfilt(sos, recording.samples, axis=0) ** 2)


def mean_between(
    power: Float64, recording: SimulatedRecording, spans_s: Iterable[tuple[float, float]]
) -> Float64:
    """(n_channels,): mean over several times, each (start_s, end_s)."""
    rate_hz = recording.sampling_rate_hz
    parts = [power[int(a * rate_hz) : int(b * rate_hz)].mean(axis=0) for a, b in spans_s]
    return np.asarray(np.mean(parts, axis=0))


def decibels(ratio: Float64) -> Float64:
    """10 log10."""
    return np.asarray(10 * np.log10(ratio))
