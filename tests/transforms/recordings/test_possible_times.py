from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from transforms.engine import StreamSpec
from transforms.recordings import (
    Marker,
    OpenedRecording,
    Reason,
    RecordingError,
    Run,
    StreamPlan,
)
from transforms.recordings.possible_times import with_possible_times

SPEC = StreamSpec("eeg", Fraction(100), ("Cz",))
PLAN = StreamPlan("eeg0", SPEC, "edf", ("Cz",), (1.0,), (Run(0, 0, 10),))


def recording(plan: StreamPlan = PLAN, *markers: Marker) -> OpenedRecording:
    return OpenedRecording(0, (plan,), (), markers)


def test_a_sound_recording_stays_as_it_is():
    sound = recording(PLAN, Marker(5, 7, "go"))
    assert with_possible_times(sound) is sound


@pytest.mark.parametrize(("start_ns", "duration_ns"), [(2**63, 0), (-(2**63) - 1, 0), (0, 2**63)])
def test_markers_that_cannot_be_stored_are_left_out_and_told(start_ns, duration_ns):
    opened = with_possible_times(
        recording(PLAN, Marker(5, 7, "go"), Marker(start_ns, duration_ns, "odd"))
    )
    assert [marker.description for marker in opened.markers] == ["go"]
    assert [notice.kind for notice in opened.notices] == ["impossible_times"]


def test_samples_that_cannot_be_placed_are_refused():
    far = dataclasses.replace(PLAN, runs=(Run(10**15, 0, 10),))
    with pytest.raises(RecordingError) as caught:
        with_possible_times(recording(far))
    assert caught.value.reason is Reason.BAD_RECORD_TIMES
