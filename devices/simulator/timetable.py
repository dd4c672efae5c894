"""What happens when: events are drawn for each kind, and given places apart from each other."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from devices.simulator.bookings import GRID_S, Calendar
from devices.simulator.electrodes import Drift, Flat, Pop, Saturation
from devices.simulator.eyes import Blink, EyesClosed
from devices.simulator.mains import LineNoise, mains_fit
from devices.simulator.movement import Movement
from devices.simulator.muscle import MuscleBurst
from devices.simulator.noise import Stream, random_stream
from devices.simulator.saccades import Saccade
from devices.simulator.settings import SimulatorSettings
from devices.simulator.subject import Subject


class Event(Protocol):
    """One event with its shape drawn; where it happens is the timetable's."""

    @property
    def duration_s(self) -> float:
        """Seconds it can be seen: the truth."""

    @property
    def lasts_s(self) -> float:
        """Seconds it changes, at least `duration_s`."""

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """(n_channels,) bool: where it can be seen."""

    def apply(
        self, samples_uv: npt.NDArray[np.float64], time_s: npt.NDArray[np.float64], rate_hz: float
    ) -> None:
        """Changes (n, n_channels) in place; `time_s` (n,) counts from its start."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a kind of event comes about.

    Attributes:
      name: as in the truth.
      setting: the field of `SimulatorSettings` with its rate.
      stream: its random numbers.
      draw: makes one event.
      usual_per_minute: where the default is 0; also where it is switched off, so many are placed.
      overlaps: whether it happens all the same where there is no room; else it is left out.
    """

    name: str
    setting: str
    stream: Stream
    draw: Callable[[np.random.Generator, Subject], Event]
    usual_per_minute: float = 0.0
    overlaps: bool = True


@dataclasses.dataclass(frozen=True)
class Placed:
    """An event in its place."""

    kind: str
    start_s: float
    event: Event

    @property
    def end_s(self) -> float:
        """Seconds since the first sample until which it can be seen, to the next millisecond."""
        return math.ceil((self.start_s + self.event.duration_s) * 1000 - 1e-6) / 1000


# Long ones first: they find room while there is any. Then blinks: they need open eyes as well.
KINDS = (
    Kind("eyes_closed", "eyes_closed_per_minute", Stream.EYES_CLOSED, EyesClosed.draw),
    Kind("drift", "drifts_per_minute", Stream.DRIFT, Drift.draw),
    Kind("line_noise", "line_noise_per_minute", Stream.LINE_NOISE, LineNoise.draw),
    Kind("flat", "flats_per_minute", Stream.FLAT, Flat.draw),
    Kind("saturated", "saturations_per_minute", Stream.SATURATED, Saturation.draw),
    Kind("muscle", "muscle_bursts_per_minute", Stream.MUSCLE, MuscleBurst.draw),
    Kind("pop", "pops_per_minute", Stream.POP, Pop.draw),
    Kind("blink", "blinks_per_minute", Stream.BLINK, Blink.draw),
    # What came to the simulator later is placed later: it moves nothing that was there before.
    Kind("movement", "movements_per_minute", Stream.MOVEMENT, Movement.draw, 1.5, overlaps=False),
    Kind("saccade", "saccades_per_minute", Stream.SACCADE, Saccade.draw, 6.0, overlaps=False),
)
_OPEN_EYES = ("blink", "saccade")


def timetable(settings: SimulatorSettings, subject: Subject) -> tuple[Placed, ...]:
    """All events of a recording, sorted by start.

    A kind that is switched off is placed at its usual rate all the same and then left out, so
    that the others stay where they were.
    """
    artifacts, closed = Calendar(settings.duration_s), Calendar(settings.duration_s)
    kept: list[Placed] = []
    for kind in KINDS:
        calendar = closed if kind.name == "eyes_closed" else artifacts
        if kind.name in _OPEN_EYES:
            calendar = artifacts.joined_with(closed)
        placed = _place(kind, settings, subject, calendar)
        if calendar is not closed:
            for one in placed:
                artifacts.take(one.start_s, one.start_s + one.event.duration_s)
        fits = kind.name != "line_noise" or mains_fit(settings)
        if fits and getattr(settings, kind.setting) > 0:
            kept += placed
    return tuple(sorted(kept, key=lambda one: (one.start_s, one.kind)))


def _place(
    kind: Kind, settings: SimulatorSettings, subject: Subject, calendar: Calendar
) -> list[Placed]:
    """Each event in its own part of the recording, or else as near to it as there is room."""
    usual = kind.usual_per_minute or float(getattr(SimulatorSettings, kind.setting))
    count = round((getattr(settings, kind.setting) or usual) * settings.duration_s / 60)
    choose = random_stream(settings.seed, kind.stream)
    placed = []
    for number in range(count):
        event = kind.draw(random_stream(settings.seed, kind.stream, number + 1), subject)
        where, within = choose.random(2)
        latest_s = settings.duration_s - event.duration_s
        if latest_s < 0:
            continue  # longer than the whole recording
        part_s = (latest_s * number / count, latest_s * (number + 1) / count)
        start_s = calendar.place(event.duration_s, part_s, where) + within * GRID_S
        start_s = math.floor(min(start_s, latest_s) * 1000) / 1000
        end_s = start_s + event.duration_s
        if not kind.overlaps and not calendar.is_free(start_s, end_s):
            continue
        calendar.take(start_s, end_s)
        placed.append(Placed(kind.name, start_s, event))
    return placed
