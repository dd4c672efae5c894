from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from transforms.recordings import RecordingSettings, Run, open_recording
from transforms.recordings.brainvision.markers import BrainvisionMarker, place_segments

AUTO = RecordingSettings()
START_NS = 1704164645678901000  # 2024-01-02T03:04:05.678901Z


def made(tmp_path: Path, *, markers: tuple[str, ...]) -> Path:
    return write_brainvision(tmp_path, MadeBrainvision(counted(250), markers=markers))


def test_markers_have_kind_text_time_length_and_channel(tmp_path):
    markers = (
        "New Segment,,1,1,0,20240102030405678901",
        "Stimulus,S  1,26,1,0",
        "Comment,eyes\\1 closed,51,25,2",
        "Stimulus,S  2,none,1,0",
    )
    opened = open_recording(str(made(tmp_path, markers=markers)), AUTO)
    first, second = opened.markers
    assert (first.start_ns, first.duration_ns) == (START_NS + 100_000_000, 0)
    assert (first.description, first.channels) == ("Stimulus/S  1", ())
    assert (second.start_ns, second.duration_ns) == (START_NS + 200_000_000, 100_000_000)
    assert (second.description, second.channels) == ("Comment/eyes, closed", ("Pz",))
    assert "1 entries of the marker file make no sense: mk4" in opened.notices[0].detail


def test_a_dated_segment_opens_a_gap_of_its_length(tmp_path):
    markers = (
        "New Segment,,1,1,0,20240102030405678901",
        "New Segment,,101,1,0,20240102030408678901",
        "Stimulus,S  1,102,1,0",
    )
    opened = open_recording(str(made(tmp_path, markers=markers)), AUTO)
    assert opened.streams[0].runs == (Run(0, 0, 100), Run(750, 100, 150))
    assert opened.markers[0].start_ns == START_NS + 3_004_000_000
    assert opened.notices == ()


def test_an_undated_segment_opens_a_gap_whose_length_is_said_to_be_assumed(tmp_path):
    markers = ("New Segment,,1,1,0,20240102030405678901", "New Segment,,101,1,0")
    opened = open_recording(str(made(tmp_path, markers=markers)), AUTO)
    assert opened.streams[0].runs == (Run(0, 0, 100), Run(350, 100, 150))
    assert [notice.kind for notice in opened.notices] == ["unknown_pause"]


@given(
    st.lists(st.tuples(st.integers(0, 120), st.none() | st.integers(-(10**9), 10**12)), max_size=8)
)
def test_segments_never_overlap_and_hold_every_sample(entries):
    markers = [BrainvisionMarker("New Segment", "", row, 1, None, ns) for row, ns in entries]
    _, runs, _ = place_segments(markers, 100, Fraction(250))
    assert sum(run.n_samples for run in runs) == 100
    place = row = 0
    for run in runs:
        assert run.first_sample >= place
        assert run.file_sample == row
        place, row = run.first_sample + run.n_samples, run.file_sample + run.n_samples
