"""The features that only one kind of signal has: what follows them, and what that needs."""

from __future__ import annotations

import dataclasses
import string

import numpy as np
import scipy.signal

from transforms.engine.catalogue import BY_NAME
from transforms.engine.filters import passes
from transforms.engine.kernels import bursts, heartbeats, spikes, tracking
from transforms.engine.kind_features import (
    BurstSettings,
    HeartbeatSettings,
    MotionSettings,
    SpikeSettings,
)
from transforms.engine.profiles import Profile
from transforms.engine.spec import StreamSpec
from transforms.engine.windows import Float64, Int64

MAD_TO_SD = 1 / 0.6745  # of a normal distribution
SLOPE_HZ = 10.0  # the slope of a sine of this frequency counts as much as the sine


@dataclasses.dataclass(frozen=True)
class TrackPlan:
    """What follows a stream.

    Attributes:
      tracker: one of the kernel's; None: nothing, the kind has no such features or the rate leaves
        no room for them.
      columns: of these features in `features`, the last ones.
      n_state: rows of the carried state.
      parameters: as the tracker takes them.
      axes: (n_channels, 3) int64, the channels of the sensor that a channel belongs to, or -1.
    """

    tracker: int | None
    columns: slice
    n_state: int
    parameters: Float64
    axes: Int64


def plan_tracking(spec: StreamSpec, profile: Profile) -> TrackPlan:
    """Lays out what follows a stream."""
    names, settings = profile.features, profile.tracking
    measures = () if settings is None else settings.measures
    first = len(names) - len(measures)
    if tuple(BY_NAME[name].measure for name in names[first:]) != measures:
        raise ValueError(f"{names}: the features of {measures} come last, in this order")
    tracker, n_state, parameters = _tracker(spec, profile)
    return TrackPlan(
        tracker=tracker,
        columns=slice(first, len(names)),
        n_state=n_state,
        parameters=np.array(parameters),
        axes=sensor_axes(spec.channels),
    )


def _tracker(spec: StreamSpec, profile: Profile) -> tuple[int | None, int, list[float]]:
    """Tracker, rows of its state, parameters in the order of its kernel."""
    settings, rate, rate_hz = profile.tracking, spec.sampling_rate, spec.sampling_rate_hz
    match settings:
        case MotionSettings():
            lag = max(1, round(settings.lag_s * rate_hz))
            n_samples = round(settings.look_back_s * rate)
            return tracking.MOTION, n_samples, [rate_hz / lag, float(lag)]
        case HeartbeatSettings() if passes(settings.high_hz, rate):
            return tracking.HEARTBEATS, heartbeats.N_STATE, _heartbeats(settings, rate_hz)
        case SpikeSettings() if passes(profile.filters.high_pass_hz or 0.0, rate):
            dead_samples = float(np.ceil(settings.dead_s * rate_hz))
            numbers = [-settings.threshold, MAD_TO_SD, dead_samples, settings.floor_uv]
            return tracking.SPIKES, spikes.N_STATE, numbers
        case BurstSettings() if passes(profile.filters.high_pass_hz or 0.0, rate):
            windows = [float(settings.quiet_windows), float(settings.longest_windows)]
            numbers = [settings.ratio, settings.floor_uv**2, *windows]
            return tracking.BURSTS, bursts.N_STATE, numbers
    return None, 0, []


def _heartbeats(settings: HeartbeatSettings, rate_hz: float) -> list[float]:
    band = (settings.low_hz, settings.high_hz)
    sections = scipy.signal.butter(2, band, "bandpass", fs=rate_hz, output="sos")
    return [
        *sections[:, [0, 1, 2, 4, 5]].ravel().tolist(),
        rate_hz,
        1 - float(np.exp(-1 / (settings.smoothing_s * rate_hz))),
        rate_hz / (2 * np.pi * SLOPE_HZ),
        settings.share,
        settings.floor_uv**2,
        settings.learning_s,
        settings.refractory_s,
        settings.decided_s,
        settings.lost_s,
        settings.lower_s,
        settings.shortest_s,
        settings.longest_s,
        settings.deviation,
        settings.quiet_share,
        settings.rate_look_back_s,
        settings.variability_s,
        float(settings.least_intervals),
    ]


def sensor_axes(channels: tuple[str, ...]) -> Int64:
    """The three axes of each channel's sensor, (n_channels, 3); -1 where it is not one of three.

    Three channels in a row are one sensor if their names differ in one place alone, by x, y and z;
    three channels that are all there are, by three numbers in a row too.

    >>> sensor_axes(("acc_x", "acc_y", "acc_z", "battery")).tolist()
    [[0, 1, 2], [0, 1, 2], [0, 1, 2], [-1, -1, -1]]
    """
    axes = np.full((len(channels), 3), -1, dtype=np.int64)
    first = 0
    while first + 3 <= len(channels):
        if _are_axes(channels[first : first + 3], alone=len(channels) == 3):
            axes[first : first + 3] = np.arange(first, first + 3)
            first += 3
        else:
            first += 1
    return axes


def _are_axes(names: tuple[str, ...], *, alone: bool) -> bool:
    lower = [name.lower() for name in names]
    if len({len(name) for name in lower}) != 1 or any("gyr" in name for name in lower):
        return False
    apart = ["".join(letters) for letters in zip(*lower, strict=True) if len(set(letters)) > 1]
    if len(apart) != 1:
        return False
    return sorted(apart[0]) == ["x", "y", "z"] or (alone and apart[0] in string.digits)
