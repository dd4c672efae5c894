"""Tasks: what the subject is shown or does, and when; the same for every kind of signal."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from devices.simulator.noise import Stream, random_stream
from devices.simulator.validation import SettingsError, check_number

BEFORE_S, AFTER_S = 3.0, 1.0
"""Before the first trial there is a baseline, after the last one time to answer."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """One repetition of the task; its onset is what a marker tells.

    Attributes:
      onset_s: seconds since the first sample.
      duration_s: of the cue, the stimulus or the movement.
      label: what it was: "left", "13 Hz", "target", "grip".
    """

    onset_s: float
    duration_s: float
    label: str

    @property
    def end_s(self) -> float:
        """Seconds since the first sample."""
        return self.onset_s + self.duration_s


@dataclasses.dataclass(frozen=True)
class Rest:
    """No task."""

    name: ClassVar[str] = "rest"

    def trials(self, seed: int, duration_s: float) -> tuple[Trial, ...]:
        """None."""
        return ()


@dataclasses.dataclass(frozen=True)
class MotorImagery:
    """A cue asks for imagined movement of the left or the right hand (Pfurtscheller 1997).

    As many of each as there is room for, in random order, pauses of 2.5 to 4 s.
    """

    name: ClassVar[str] = "motor-imagery"
    labels: ClassVar[tuple[str, ...]] = ("left", "right")
    trial_s: float = 4.0

    def __post_init__(self) -> None:
        check_number("trial_s", self.trial_s, 1.0, 20.0)

    def trials(self, seed: int, duration_s: float) -> tuple[Trial, ...]:
        """The cues, in order of time."""
        rng = random_stream(seed, Stream.TRIALS)
        onsets_s = _paced(rng, duration_s, self.trial_s, (2.5, 4.0))
        labels = _balanced(rng, self.labels, len(onsets_s))
        return _trials(onsets_s, self.trial_s, labels)


@dataclasses.dataclass(frozen=True)
class Ssvep:
    """A light flickers at one of several frequencies (Herrmann 2001), pauses of 3 to 4 s.

    Attributes:
      stimulus_hz: 3 to 60 each; at 13, 17 and 21 harmonics of one are none of another.
    """

    name: ClassVar[str] = "ssvep"
    stimulus_hz: tuple[float, ...] = (13.0, 17.0, 21.0)
    trial_s: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stimulus_hz", tuple(self.stimulus_hz))
        check_number("trial_s", self.trial_s, 1.0, 60.0)
        if not self.stimulus_hz:
            raise SettingsError("stimulus_hz", self.stimulus_hz, "at least one frequency")
        for hz in self.stimulus_hz:
            check_number("stimulus_hz", hz, 3.0, 60.0)
        if len({label_of(hz) for hz in self.stimulus_hz}) < len(self.stimulus_hz):
            raise SettingsError("stimulus_hz", self.stimulus_hz, "frequencies that differ")

    def trials(self, seed: int, duration_s: float) -> tuple[Trial, ...]:
        """The stimuli, in order of time."""
        rng = random_stream(seed, Stream.TRIALS)
        onsets_s = _paced(rng, duration_s, self.trial_s, (3.0, 4.0))
        labels = _balanced(rng, [label_of(hz) for hz in self.stimulus_hz], len(onsets_s))
        return _trials(onsets_s, self.trial_s, labels)


@dataclasses.dataclass(frozen=True)
class P300:
    """Oddball: rare targets among frequent non-targets, never two targets in a row (Polich 2007).

    Attributes:
      target_share: of all stimuli.
      every_s: from one onset to the next, more or less by a tenth.
    """

    name: ClassVar[str] = "p300"
    target_share: float = 0.2
    every_s: float = 0.8
    flash_s: ClassVar[float] = 0.1

    def __post_init__(self) -> None:
        check_number("target_share", self.target_share, 0.02, 0.4)
        check_number("every_s", self.every_s, 0.2, 10.0)

    def trials(self, seed: int, duration_s: float) -> tuple[Trial, ...]:
        """The stimuli, in order of time."""
        rng = random_stream(seed, Stream.TRIALS)
        pause_s = self.every_s - self.flash_s
        jitter_s = min(0.1 * self.every_s, pause_s)
        onsets_s = _paced(rng, duration_s, self.flash_s, (pause_s - jitter_s, pause_s + jitter_s))
        # As often as asked for, after a non-target: p / (1 - p) of those.
        share = self.target_share / (1 - self.target_share)
        labels = ["non-target"]
        for _ in onsets_s[1:]:
            rare = labels[-1] != "target" and rng.random() < share
            labels.append("target" if rare else "non-target")
        return _trials(onsets_s, self.flash_s, labels[: len(onsets_s)])


@dataclasses.dataclass(frozen=True)
class Grip:
    """The subject closes the hand now and then, at will; onset is the movement's."""

    name: ClassVar[str] = "grip"

    def trials(self, seed: int, duration_s: float) -> tuple[Trial, ...]:
        """The grips, 1.5 to 3 s long, in order of time; 4 to 7 s of rest between them."""
        rng = random_stream(seed, Stream.TRIALS)
        onsets_s = _paced(rng, duration_s, 3.0, (4.0, 7.0))
        lasts_s = rng.uniform(1.5, 3.0, len(onsets_s)).round(3).tolist()
        return tuple(
            Trial(onset_s, length_s, "grip")
            for onset_s, length_s in zip(onsets_s, lasts_s, strict=True)
        )


Paradigm = Rest | MotorImagery | Ssvep | P300 | Grip


def label_of(stimulus_hz: float) -> str:
    """What a trial of a flicker is called.

    >>> label_of(13.0)
    '13 Hz'
    """
    return f"{stimulus_hz:g} Hz"


def _paced(
    rng: np.random.Generator, duration_s: float, trial_s: float, pauses_s: tuple[float, float]
) -> list[float]:
    """Onsets to the millisecond, one trial after the other until there is no room."""
    onsets_s, at_s = [], BEFORE_S
    while at_s + trial_s + AFTER_S <= duration_s:
        onsets_s.append(round(at_s, 3))
        at_s += trial_s + rng.uniform(*pauses_s)
    return onsets_s


def _balanced(rng: np.random.Generator, labels: Sequence[str], count: int) -> list[str]:
    """Each label as often as the others, in blocks of random order."""
    mixed: list[str] = []
    while len(mixed) < count:
        mixed += [labels[i] for i in rng.permutation(len(labels))]
    return mixed[:count]


def _trials(
    onsets_s: Sequence[float], duration_s: float, labels: Sequence[str]
) -> tuple[Trial, ...]:
    return tuple(
        Trial(onset_s, duration_s, label) for onset_s, label in zip(onsets_s, labels, strict=True)
    )


REST = Rest()
PARADIGMS: dict[str, Paradigm] = {
    one.name: one for one in (REST, MotorImagery(), Ssvep(), P300(), Grip())
}
"""Each with its usual numbers, by name."""
