"""EEG: cortex, eyes, muscles, heart, electrodes and mains, summed and converted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from devices.simulator.alpha import alpha
from devices.simulator.background import background
from devices.simulator.conversion import convert
from devices.simulator.evoked import oddball_response, steady_state
from devices.simulator.heart import beat_times, heart_on_scalp
from devices.simulator.mains import constant_gain, mains, mains_fit
from devices.simulator.motor import motor_rhythms
from devices.simulator.paradigms import P300, MotorImagery, Ssvep, Trial
from devices.simulator.recording import Interval, SimulatedRecording
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject, draw_subject
from devices.simulator.timetable import Placed, timetable

Float64 = npt.NDArray[np.float64]

_ADDED = ("blink", "muscle", "pop", "drift", "movement", "saccade")
_CUT_OFF = ("saturated", "flat")  # in this order: a flat channel is flat whatever else happens


def simulate_eeg(settings: SimulatorSettings) -> SimulatedRecording:
    """One recording; the same settings give the same samples, bit for bit."""
    subject = draw_subject(settings)
    events = timetable(settings, subject)
    trials = settings.paradigm.trials(settings.seed, settings.duration_s)
    beats_s = beat_times(settings.seed, settings.duration_s) if settings.heart_uv else np.zeros(0)
    samples_uv = background(settings, subject)
    closed = [(one.start_s, one.end_s) for one in events if one.kind == "eyes_closed"]
    samples_uv += alpha(settings, subject, closed)
    _add_task(settings, subject, trials, samples_uv)
    if settings.heart_uv:
        samples_uv += heart_on_scalp(settings, subject, beats_s)
    _apply(settings, _of_kinds(events, _ADDED), samples_uv)
    if mains_fit(settings):
        gain_uv = np.tile(constant_gain(settings), (settings.n_samples, 1))
        _apply(settings, _of_kinds(events, ("line_noise",)), gain_uv)
        gain_uv *= mains(settings)[:, None]
        samples_uv += gain_uv
    for kind in _CUT_OFF:
        _apply(settings, _of_kinds(events, (kind,)), samples_uv)
    truth = tuple(_truth(events, settings.channels))
    return convert(samples_uv, settings, truth=truth, trials=trials, beats_s=beats_s)


def _add_task(
    settings: SimulatorSettings, subject: Subject, trials: tuple[Trial, ...], samples_uv: Float64
) -> None:
    """What the brain does about the paradigm."""
    match settings.paradigm:
        case MotorImagery():
            samples_uv += motor_rhythms(settings, subject, trials)
        case Ssvep():
            steady_state(settings, subject, trials, samples_uv)
        case P300():
            oddball_response(settings, subject, trials, samples_uv)


def _of_kinds(events: Iterable[Placed], kinds: tuple[str, ...]) -> list[Placed]:
    return [one for one in events if one.kind in kinds]


def _apply(settings: SimulatorSettings, events: Iterable[Placed], samples: Float64) -> None:
    """Lets each event change its own samples: those from its start to its end, exactly."""
    rate, rate_hz = settings.sampling_rate, float(settings.sampling_rate)
    for one in events:
        start_s = Fraction(str(one.start_s))
        first = math.ceil(start_s * rate)
        end = min(math.ceil((start_s + Fraction(one.event.lasts_s)) * rate), len(samples))
        time_s = np.arange(first, end) / rate_hz - one.start_s
        one.event.apply(samples[first:end], time_s, rate_hz)


def _truth(events: Iterable[Placed], channels: tuple[str, ...]) -> Iterator[Interval]:
    for one in events:
        seen = tuple(
            name for name, visible in zip(channels, one.event.visible, strict=True) if visible
        )
        if seen:  # a blink cannot be seen in a recording of the occiput
            yield Interval(one.kind, one.start_s, one.end_s, seen)
