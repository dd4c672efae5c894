"""Detectors are scored as the page says, whatever they are."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.contenders.detector import Detector
from benchmarks.detector_scores import clean_marked_s, on_grid, scored, seconds_touched
from benchmarks.labelled import Labelled
from devices.scoring import Span

RECORDING = Labelled(
    name="made",
    samples_uv=np.zeros((2000, 1)),
    sampling_rate_hz=100.0,
    channels=("Fp1",),
    line_hz=50,
    truth={"blink": ((5.0, 5.3), (12.0, 12.3)), "muscle": ((8.0, 9.0),)},
    clean=((3.2, 4.7), (13.0, 20.0)),
    frontal=("Fp1",),
)


def detector(kinds: tuple[str, ...], **found: list[Span]) -> Detector:
    """One that finds the same in every recording, by setting."""
    return Detector(
        name="made",
        kinds=kinds,
        recommended=next(iter(found)),
        settings=tuple(found),
        parameters="",
        causal=False,
        find=lambda _, settings: {setting: found[setting] for setting in settings},
    )


def test_who_finds_all_and_nothing_else_is_perfect():
    one = scored(detector(("blink",), truth=list(RECORDING.truth["blink"])), [RECORDING])
    assert one.recommended.events.f1 == 1
    assert one.recommended.recalls == {"blink": 1.0, "muscle": 0.0}
    assert one.recommended.clean_share == 0


def test_who_marks_all_the_time_finds_all_and_all_of_it_is_clean_time_too():
    one = scored(detector((), always=[(0.0, 20.0)]), [RECORDING])
    assert one.recommended.recalls == {"blink": 1.0, "muscle": 1.0}
    assert one.recommended.clean_share == pytest.approx(1)


def test_what_belongs_to_another_kind_is_false():
    one = scored(detector(("blink",), mixed=[(5.0, 5.3), (8.2, 8.4)]), [RECORDING])
    assert one.recommended.events.precision == 0.5
    assert one.recommended.events.recall == 0.5


def test_the_start_is_scored_for_nobody():
    one = scored(detector(("blink",), early=[(0.5, 1.0), (5.0, 5.3), (12.0, 12.3)]), [RECORDING])
    assert one.recommended.events.f1 == 1


def test_hindsight_takes_the_best_setting():
    both = detector(("blink",), few=[(5.0, 5.3)], all=[(5.0, 5.3), (12.0, 12.3)], none=[])
    setting, best = scored(both, [RECORDING]).in_hindsight
    assert setting == "all"
    assert best.events.f1 == 1


def test_two_recordings_are_pooled():
    one = scored(detector(("blink",), half=[(5.0, 5.3)]), [RECORDING, RECORDING])
    assert one.recommended.events.true_positives == 2
    assert one.recommended.events.missed == 2


def test_clean_time_counts_every_window_that_is_touched_once():
    assert clean_marked_s([(3.0, 4.0), (3.5, 3.9), (13.01, 13.02)], RECORDING) == pytest.approx(
        0.85
    )


def test_the_grid_holds_what_reaches_beyond_the_recording():
    marked = on_grid([(-1.0, 0.05), (19.95, 30.0)], RECORDING)
    assert len(marked) == 400
    assert np.flatnonzero(marked).tolist() == [0, 399]


@pytest.mark.parametrize(
    ("spans", "share"), [([], 0.0), ([(0.0, 4.0)], 1.0), ([(1.0, 2.0)], 0.25), ([(1.9, 2.1)], 0.5)]
)
def test_seconds_are_touched_or_not(spans, share):
    assert seconds_touched(spans, (0.0, 4.0)) == share
