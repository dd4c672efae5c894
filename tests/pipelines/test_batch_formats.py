"""Recordings of several files, datasets and folders through the whole job."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.pipelines.job_runs import Ran, run_job, tree
from tests.transforms.elsewhere import elsewhere
from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import real_file

EVENTS = "onset\tduration\ttrial_type\n0.5\t0\tgo\n"
CHANNELS = "name\ttype\tunits\nCz\tEEG\tuV\nG1\tECOG\tuV\n"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    """A dataset, a recording of three files, and what is none."""
    folder = tmp_path_factory.mktemp("recordings")
    write_brainvision(folder, MadeBrainvision(counted(250) % 200), "bv")
    (folder / "README.md").write_text("about")
    (folder / "orphan.vmrk").write_text("no header")
    below = folder / "dataset" / "sub-07" / "eeg"
    below.mkdir(parents=True)
    signals = [MadeSignal(name, noise(300, i), 100) for i, name in enumerate(("Cz", "G1"))]
    write_edf(below / "sub-07_task-x_eeg.edf", signals)
    (below / "sub-07_task-x_events.tsv").write_text(EVENTS)
    (below / "sub-07_task-x_channels.tsv").write_text(CHANNELS)
    (folder / "dataset" / "dataset_description.json").write_text("{}")
    (folder / "dataset" / "task-x_eeg.json").write_text('{"PowerLineFrequency": 60}')
    return folder


@pytest.mark.parametrize("place", [str, elsewhere])
def test_a_folder_gives_each_recording_once_with_all_that_belongs_to_it(
    recordings, tmp_path, capsys, place
):
    ran = run_job(tmp_path, "--input", place(recordings), capture=capsys)
    assert ran.code == 0
    streams = {(row["source"], row["stream"]) for row in ran.rows("sessions")}
    assert streams == {
        ("bv.vhdr", "eeg0"),
        ("sub-07_task-x_eeg.edf", "eeg0"),
        ("sub-07_task-x_eeg.edf", "ecog0"),
    }
    assert ran.reasons() == {"orphan.vmrk": "missing_part"}
    rows = {row["source"]: row for row in ran.rows("sessions")}
    assert rows["sub-07_task-x_eeg.edf"]["subject"] == "sub0000000000007"
    assert rows["bv.vhdr"]["subject"] == "subject000000000"
    assert [row["description"] for row in ran.rows("markers")] == ["go"]


def test_a_second_run_into_the_folder_that_is_read_leaves_the_same_files(
    recordings, tmp_path, capsys
):
    folder = tmp_path / "all"
    shutil.copytree(recordings, folder)

    def run() -> Ran:
        return run_job(folder, "--input", str(folder), capture=capsys)

    run()
    before = tree(folder)
    run()
    assert tree(folder) == before


def test_formats_read_whole_come_through_the_job(tmp_path, capsys):
    files = [
        real_file("raw_formats/mne-testing-data/GDF/test_1ch.gdf"),
        real_file("raw_formats/xdf/minimal.xdf"),
        real_file("kramer_case_studies/EEG-4.mat"),
    ]
    ran = run_job(tmp_path, "--input", *files, capture=capsys)
    streams = {(row["source"], row["stream"]) for row in ran.rows("sessions")}
    assert streams == {("test_1ch.gdf", "ecg0"), ("minimal.xdf", "eeg0")}
    assert ran.reasons() == {"EEG-4.mat": "unknown_format"}
