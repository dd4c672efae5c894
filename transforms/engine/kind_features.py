"""Features of a single kind of signal: part of the catalogue, with what their detectors are set to.

The numbers of the formulas stand here once: the kernels take them from these settings. x is the
main path, d its first difference, fs the rate.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from transforms.engine.measures import Feature, Measure, Path


@dataclasses.dataclass(frozen=True)
class SpikeSettings:
    """Threshold crossings on microelectrodes."""

    threshold: float = 4.5  # noise levels; 4 to 5 are usual, lower ones count noise
    dead_s: float = 0.0025  # longer than the filter's answer to one, which may cross twice
    floor_uv: float = 1.0  # less is no electrode in tissue: 100 kOhm alone have 3 uV
    measures: tuple[Measure, ...] = (Measure.NOISE, Measure.CROSSINGS, Measure.SPIKE_RATE)


@dataclasses.dataclass(frozen=True)
class BurstSettings:
    """Contractions of a muscle."""

    # Of energies: 1.6 times the amplitude. 250 ms of noise reach 1.7 in hours from 500 Hz on; at
    # 250 Hz they reach 2.5 every few minutes.
    ratio: float = 2.5
    floor_uv: float = 0.5  # the amplifier's own noise, below which nothing is at rest
    quiet_windows: int = 5  # a contraction that flickers is one
    longest_windows: int = 1200  # a minute: what lasts longer is the channel's new rest
    measures: tuple[Measure, ...] = (Measure.ACTIVE, Measure.ONSET)


@dataclasses.dataclass(frozen=True)
class HeartbeatSettings:
    """Heartbeats, and which intervals between them are normal."""

    low_hz: float = 5.0  # most of a QRS complex lies from 5 to 15 Hz, little of a T wave does
    high_hz: float = 15.0
    smoothing_s: float = 0.025  # twice: the lobes of a complex become one
    share: float = 0.3  # of the typical energy of a beat: what is larger may be one
    floor_uv: float = 10.0  # less is no complex, whatever else there is
    learning_s: float = 2.0  # holds at least one beat
    refractory_s: float = 0.25  # 240 beats a minute
    decided_s: float = 0.1  # without a higher energy: the top was the beat
    lost_s: float = 3.0  # without a beat: the threshold falls ...
    lower_s: float = 0.5  # ... every so often
    shortest_s: float = 0.25
    longest_s: float = 3.0
    deviation: float = 0.25  # from the median of the last five: ectopic, missed or extra beats
    quiet_share: float = 0.45  # of an interval: 0.9 at 60 beats a minute, 0.5 at 230, 0.1 in noise
    rate_look_back_s: float = 10.0
    variability_s: float = 60.0  # ultra-short: between 30 s and 2 minutes (Munoz et al. 2015)
    least_intervals: int = 20
    measures: tuple[Measure, ...] = (
        Measure.HEART_RATE,
        Measure.RMSSD,
        Measure.SDNN,
        Measure.BEATS,
        Measure.BEAT_INTERVAL,
    )


@dataclasses.dataclass(frozen=True)
class MotionSettings:
    """Acceleration."""

    look_back_s: int = 1
    lag_s: float = 0.02  # over neighbours at a high rate, noise would be all there is
    measures: tuple[Measure, ...] = (
        Measure.MAGNITUDE,
        Measure.MOVEMENT,
        Measure.TILT,
        Measure.JERK,
    )


Tracking = SpikeSettings | BurstSettings | HeartbeatSettings | MotionSettings

_SPIKE, _BURST, _HEART, _MOTION = (
    SpikeSettings(),
    BurstSettings(),
    HeartbeatSettings(),
    MotionSettings(),
)
_PLAUSIBLE = (
    f"{_HEART.shortest_s:g} to {_HEART.longest_s:g} s long, and without the energy of a beat for"
    f" {100 * _HEART.quiet_share:g} % of it"
)
_NORMAL = (
    f"plausible ones within {100 * _HEART.deviation:g} % of the median of the last five, after one"
    " that is too"
)
_BEATS = "Pan and Tompkins 1985"
_TASK_FORCE = "Task Force of the ESC 1996; intervals from Pan and Tompkins 1985"
_LENGTH = "|a| = sqrt(ax^2 + ay^2 + az^2) of the sensor's axes, |ax| of a single one"


def _windows(count: int) -> Fraction:
    return Fraction(count, 20)


KIND_FEATURES: tuple[Feature, ...] = (
    Feature(
        "noise_uv",
        Measure.NOISE,
        "uV",
        "median over 20 windows of median(|x|) / 0.6745 of each",
        _windows(20),
        Path.MAIN,
        "Quian Quiroga et al. 2004, window by window",
        in_windows=True,
    ),
    Feature(
        "threshold_crossings",
        Measure.CROSSINGS,
        "1",
        f"times that x falls below -{_SPIKE.threshold:g} * max(noise_uv, {_SPIKE.floor_uv:g} uV) in"
        f" the window; not counted within {1000 * _SPIKE.dead_s:g} ms after one that counted",
        _windows(20),
        Path.MAIN,
        "Quian Quiroga et al. 2004; Chestek et al. 2011",
        in_windows=True,
    ),
    Feature(
        "spike_rate_hz",
        Measure.SPIKE_RATE,
        "Hz",
        "sum of threshold_crossings over 20 windows / 1 s",
        _windows(39),
        Path.MAIN,
        "Firing rate of the electrode, unsorted",
        in_windows=True,
    ),
    Feature(
        "emg_active",
        Measure.ACTIVE,
        "1",
        f"1 where S > {_BURST.ratio:g} * max(rest, ({_BURST.floor_uv:g} uV)^2), else 0; S ="
        " mean(x^2) of each of 5 windows, averaged; rest the lowest tenth of S at every fifth"
        " window that is not active or is so for more than a minute, of up to 120 of them, of 4 at"
        " least",
        _windows(600),
        Path.MAIN,
        "After Hodges and Bui 1996; rest by low-order statistics (Martin 2001)",
        in_windows=True,
    ),
    Feature(
        "emg_onset",
        Measure.ONSET,
        "1",
        f"1 where emg_active is 1 after {_BURST.quiet_windows} windows or more of 0, else 0",
        _windows(600 + _BURST.quiet_windows),
        Path.MAIN,
        "After Hodges and Bui 1996",
        in_windows=True,
    ),
    Feature(
        "heart_rate_bpm",
        Measure.HEART_RATE,
        "1/min",
        "60 / mean of the plausible intervals between beats that end in the look-back, two at"
        f" least and half of all; plausible: {_PLAUSIBLE}",
        Fraction(str(_HEART.rate_look_back_s)),
        Path.MAIN,
        _BEATS,
    ),
    Feature(
        "rmssd_ms",
        Measure.RMSSD,
        "ms",
        "root mean square of the differences of neighbouring normal intervals between beats, where"
        f" half of all are normal; normal: {_NORMAL}",
        Fraction(str(_HEART.variability_s)),
        Path.MAIN,
        _TASK_FORCE,
    ),
    Feature(
        "sdnn_ms",
        Measure.SDNN,
        "ms",
        "standard deviation of the normal intervals, where half of all are normal",
        Fraction(str(_HEART.variability_s)),
        Path.MAIN,
        _TASK_FORCE,
    ),
    Feature(
        "beats",
        Measure.BEATS,
        "1",
        "beats decided in the window, each about 0.2 s after its R wave",
        _windows(1),
        Path.MAIN,
        _BEATS,
        in_windows=True,
    ),
    Feature(
        "beat_interval_ms",
        Measure.BEAT_INTERVAL,
        "ms",
        "time from the beat before to the beat decided in the window, if it is plausible",
        _windows(1),
        Path.MAIN,
        _BEATS,
        in_windows=True,
    ),
    Feature(
        "magnitude",
        Measure.MAGNITUDE,
        "g",
        f"mean(|a|), {_LENGTH}",
        Fraction(_MOTION.look_back_s),
        Path.RAW,
        "1 at rest",
    ),
    Feature(
        "movement",
        Measure.MOVEMENT,
        "g",
        "sqrt(var(ax) + var(ay) + var(az)) of the sensor's axes, std(ax) of a single one",
        Fraction(_MOTION.look_back_s),
        Path.RAW,
        "After the dynamic body acceleration of Wilson et al. 2006",
    ),
    Feature(
        "tilt_deg",
        Measure.TILT,
        "deg",
        "angle between the channel's axis and the mean of (ax, ay, az)",
        Fraction(_MOTION.look_back_s),
        Path.RAW,
        "Inclination to gravity, where movement is small",
    ),
    Feature(
        "jerk",
        Measure.JERK,
        "g/s",
        f"sqrt(mean(d^2)) / lag, d the differences over a lag of {1000 * _MOTION.lag_s:g} ms, in"
        " whole samples, one at least",
        Fraction(_MOTION.look_back_s),
        Path.RAW,
        "Flash and Hogan 1985",
    ),
)
"""In the order of the settings' measures, kind by kind."""
