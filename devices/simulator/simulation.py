"""From settings to a recording: the components are summed, then converted as hardware does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from devices.simulator.alpha import alpha
from devices.simulator.background import background
from devices.simulator.mains import constant_gain, mains, mains_fit
from devices.simulator.recording import Interval, SimulatedRecording
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import draw_subject
from devices.simulator.timetable import Placed, timetable

Float64 = npt.NDArray[np.float64]

_ADDED = ("blink", "muscle", "pop", "drift")
_CUT_OFF = ("saturated", "flat")  # in this order: a flat channel is flat whatever else happens


def simulate(settings: SimulatorSettings) -> SimulatedRecording:
    """One recording; the same settings give the same samples, bit for bit.

    >>> recording = simulate(SimulatorSettings(seed=7, duration_s=60.0))
    >>> recording.samples_uv.shape
    (15000, 8)
    >>> sorted({interval.kind for interval in recording.truth})[:4]
    ['blink', 'drift', 'eyes_closed', 'flat']
    """
    subject = draw_subject(settings)
    events = timetable(settings, subject)
    samples_uv = background(settings, subject)
    closed = [(one.start_s, one.end_s) for one in events if one.kind == "eyes_closed"]
    samples_uv += alpha(settings, subject, closed)
    _apply(settings, _of_kinds(events, _ADDED), samples_uv)
    if mains_fit(settings):
        gain_uv = np.tile(constant_gain(settings), (settings.n_samples, 1))
        _apply(settings, _of_kinds(events, ("line_noise",)), gain_uv)
        gain_uv *= mains(settings)[:, None]
        samples_uv += gain_uv
    for kind in _CUT_OFF:
        _apply(settings, _of_kinds(events, (kind,)), samples_uv)
    return SimulatedRecording(
        samples_uv=_convert(samples_uv, settings),
        sampling_rate=settings.sampling_rate,
        channels=settings.channels,
        adc_range_uv=_adc_range_uv(settings),
        adc_bits=settings.adc_bits,
        line_hz=settings.line_hz,
        truth=tuple(_truth(events, settings.channels)),
    )


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


def _adc_step_uv(settings: SimulatorSettings) -> float:
    return settings.adc_full_scale_uv / 2 ** (settings.adc_bits - 1)


def _adc_range_uv(settings: SimulatorSettings) -> tuple[float, float]:
    return -settings.adc_full_scale_uv, settings.adc_full_scale_uv - _adc_step_uv(settings)


def _convert(samples_uv: Float64, settings: SimulatorSettings) -> Float64:
    """Rounds to the converter's steps and clips to its range, in place; read-only from here on."""
    step_uv, half = _adc_step_uv(settings), 2 ** (settings.adc_bits - 1)
    samples_uv /= step_uv
    np.rint(samples_uv, out=samples_uv)
    np.clip(samples_uv, -half, half - 1, out=samples_uv)
    samples_uv *= step_uv
    samples_uv.setflags(write=False)
    return samples_uv


def _truth(events: Iterable[Placed], channels: tuple[str, ...]) -> Iterator[Interval]:
    for one in events:
        seen = tuple(
            name for name, visible in zip(channels, one.event.visible, strict=True) if visible
        )
        if seen:  # a blink cannot be seen in a recording of the occiput
            yield Interval(one.kind, one.start_s, one.end_s, seen)
