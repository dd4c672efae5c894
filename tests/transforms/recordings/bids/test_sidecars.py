from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from transforms.recordings import OpenedRecording, RecordingSettings, open_recording
from transforms.recordings.bids.names import is_bids_recording, is_sidecar_of, parse_bids_name

NAME = "sub-01_ses-a_task-rest_run-2_eeg.edf"
AUTO = dataclasses.replace(RecordingSettings(), line_hz_from_file=True)


@pytest.mark.parametrize(
    ("name", "applies"),
    [
        ("sub-01_ses-a_task-rest_run-2_channels.tsv", True),
        ("sub-01_ses-a_task-rest_channels.tsv", True),
        ("task-rest_eeg.json", True),
        ("eeg.json", True),
        ("sub-01_ses-a_space-CapTrak_electrodes.tsv", True),
        ("sub-01_ses-a_coordsystem.json", True),
        ("sub-01_ses-a_task-rest_run-2_events.tsv", True),
        ("sub-01_ses-a_task-rest_run-1_channels.tsv", False),
        ("sub-02_channels.tsv", False),
        ("task-move_eeg.json", False),
        ("task-rest_ieeg.json", False),
        ("sub-01_ses-a_task-rest_run-2_events.json", False),
        ("sub-01_ses-a_task-rest_run-2_eeg.edf", False),
        ("participants.tsv", True),
        ("README", False),
    ],
)
def test_a_sidecar_applies_where_all_its_entities_do(name, applies):
    assert is_sidecar_of(name, NAME) is applies


def test_names_are_taken_apart():
    name = parse_bids_name("sub-01_task-rest_ieeg.vhdr")
    assert name is not None
    assert (name.entities, name.suffix, name.extension) == (
        {"sub": "01", "task": "rest"},
        "ieeg",
        ".vhdr",
    )
    assert is_bids_recording(NAME)
    assert not is_bids_recording("sub-01_task-rest_events.tsv")
    assert not is_bids_recording("recording_eeg.edf")


@pytest.fixture
def dataset(tmp_path):
    labels = ("Fp1", "G1", "ARM", "AUX", "BAD1")
    signals = [MadeSignal(name, noise(300, i), 100) for i, name in enumerate(labels)]
    path = write_edf(tmp_path / NAME, signals)

    def opened(settings: RecordingSettings = AUTO, **files: str) -> OpenedRecording:
        sidecars = []
        for number, (name, content) in enumerate(files.items()):
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            extension = ".json" if name in ("eeg", "coordsystem") else ".tsv"
            prefix = "" if name == "participants" else "sub-01_"
            sidecars.append(folder / f"{prefix}{name}{extension}")
            sidecars[-1].write_text(content, encoding="utf-8-sig")
        return open_recording(str(path), settings, sidecars=[str(s) for s in sidecars])

    return opened


def table(*rows: str) -> str:
    return "\n".join("\t".join(row.split()) for row in rows)


CHANNELS = table(
    "name type units status status_description",
    "Fp1 EEG µV good n/a",
    "G1 ECOG µV good n/a",
    "ARM EMG µV good n/a",
    "AUX MISC µV good n/a",
    "BAD1 EEG µV bad loose",
)


def test_types_of_channels_decide_what_becomes_a_stream(dataset):
    opened = dataset(channels=CHANNELS)
    assert {p.stream: p.spec.channels for p in opened.streams} == {
        "eeg0": ("Fp1", "BAD1"),
        "ecog0": ("G1",),
        "emg0": ("ARM",),
    }
    kinds = {notice.kind: notice for notice in opened.notices}
    assert "AUX" in kinds["channels_left_out"].detail
    assert (kinds["bad_channel"].channel, kinds["bad_channel"].detail) == ("BAD1", "loose")
    assert opened.subject == "sub-01"


@pytest.mark.parametrize(("listed", "is_told"), [("sub-01", False), ("sub-02", True)])
def test_a_subject_that_the_participants_do_not_list_is_told(dataset, listed, is_told):
    opened = dataset(participants=table("participant_id age sex", f"{listed} 62 F"))
    told = [n.detail for n in opened.notices if n.kind == "sidecar_disagrees"]
    assert told == (["participants.tsv does not list sub-01"] if is_told else [])


def test_events_take_the_place_of_markers_in_the_file(dataset):
    events = table(
        "onset duration trial_type value",
        "0.5 1.25 go 3",
        "2 n/a n/a 7",
        "n/a 1 lost 8",
        "-0.25 0 early n/a",
    )
    opened = dataset(events=events)
    start = opened.start_ns
    assert [(m.start_ns - start, m.duration_ns, m.description) for m in opened.markers] == [
        (500_000_000, 1_250_000_000, "go"),
        (2_000_000_000, 0, "7"),
        (-250_000_000, 0, "early"),
    ]
    assert "1 rows of the table of events have no onset" in opened.notices[-1].detail


@pytest.mark.parametrize(
    ("said", "settings", "line_hz"),
    [
        (60, AUTO, 60),
        (60.0, AUTO, 60),
        ("n/a", AUTO, 50),
        (16.7, AUTO, 50),
        (60, RecordingSettings(line_hz=None), None),
    ],
)
def test_the_mains_are_those_of_the_sidecar_unless_the_user_says(dataset, said, settings, line_hz):
    opened = dataset(settings, eeg=json.dumps({"PowerLineFrequency": said}))
    assert {plan.spec.line_hz for plan in opened.streams} == {line_hz}


def test_the_nearest_sidecar_counts_key_by_key(tmp_path, dataset):
    far, near = tmp_path / "eeg.json", tmp_path / "task-rest_eeg.json"
    far.write_text(json.dumps({"PowerLineFrequency": 60, "SamplingFrequency": 999}))
    near.write_text(json.dumps({"SamplingFrequency": 100}))
    path = str(tmp_path / NAME)
    opened = open_recording(path, AUTO, sidecars=[str(far), str(near)])
    assert opened.streams[0].spec.line_hz == 60
    assert [n.kind for n in opened.notices] == []
    opened = open_recording(path, AUTO, sidecars=[str(far)])
    assert [n.kind for n in opened.notices] == ["sidecar_disagrees"]


def test_electrodes_are_placed_in_metres(dataset):
    electrodes = table("name x y z", "Fp1 -27 83 -3", "G1 n/a n/a n/a", "X 1 2 3")
    opened = dataset(electrodes=electrodes, coordsystem='{"EEGCoordinateUnits": "mm"}')
    (plan,) = opened.streams
    assert plan.positions is not None
    assert plan.positions[0] == pytest.approx((-0.027, 0.083, -0.003))
    assert plan.positions[1:] == (None,) * 4
    assert dataset(electrodes=electrodes).streams[0].positions is None  # in which unit?


@pytest.mark.parametrize("content", ["{", "[1]", '"x"', "[" * 100_000])
def test_a_sidecar_that_makes_no_sense_is_left_aside_and_told(dataset, content):
    opened = dataset(eeg=content)
    assert [notice.kind for notice in opened.notices] == ["sidecar_unreadable"]
    assert "sub-01_eeg.json is left aside" in opened.notices[0].detail


def test_a_rate_of_hundreds_of_digits_is_passed_over(dataset):
    assert dataset(eeg=f'{{"SamplingFrequency": 1{"0" * 400}}}').notices == ()


def test_a_sidecar_that_is_no_text_is_left_aside(tmp_path, dataset):
    path = Path(tmp_path / "sub-01_channels.tsv")
    path.write_bytes(bytes(range(256)))
    opened = open_recording(str(tmp_path / NAME), AUTO, sidecars=[str(path)])
    assert [notice.kind for notice in opened.notices] == ["sidecar_unreadable"]
