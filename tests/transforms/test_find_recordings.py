from __future__ import annotations

import os
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from tests.transforms.elsewhere import elsewhere
from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from tests.transforms.recordings.real_files import real_file
from transforms.find_recordings import FindRecordings, FoundRecording, find_recordings, folder_of
from transforms.stored_files import match_files, shown_path, split


def found_in(folder: object) -> list[FoundRecording]:
    by_folder: dict[str, list] = {}
    for file in match_files(str(folder)):
        by_folder.setdefault(folder_of(file.path), []).append(file)
    return [r for place in sorted(by_folder) for r in find_recordings(place, by_folder[place])]


@pytest.mark.parametrize("place", [str, elsewhere])
def test_a_header_comes_with_its_data_and_markers_and_their_sizes(tmp_path, place):
    write_brainvision(tmp_path, MadeBrainvision(counted(10)))
    (tmp_path / "b.edf").touch()
    first, second = found_in(place(tmp_path))
    assert [file.name for file in first.files] == ["a.vhdr", "a.eeg", "a.vmrk"]
    assert first.path == place(tmp_path / "a.vhdr")
    assert first.size_bytes == sum(
        (tmp_path / f).stat().st_size for f in ("a.vhdr", "a.eeg", "a.vmrk")
    )
    assert [file.name for file in second.files] == ["b.edf"]


@pytest.mark.parametrize("place", [str, elsewhere])
def test_sidecars_of_bids_are_found_up_to_the_root_of_the_dataset_the_farthest_first(
    tmp_path, place
):
    folder = tmp_path / "data" / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    (folder / "sub-01_task-rest_eeg.edf").touch()
    (tmp_path / "task-rest_eeg.json").touch()  # above the root
    (tmp_path / "data" / "dataset_description.json").touch()
    (tmp_path / "data" / "task-rest_eeg.json").touch()
    (folder.parent / "sub-01_task-rest_channels.tsv").touch()
    (folder / "sub-01_task-rest_channels.tsv").touch()
    (folder / "sub-01_task-move_channels.tsv").touch()
    (found,) = [r for r in found_in(place(folder)) if r.path.endswith(".edf")]
    below = [split(file.path[len(place(tmp_path)) :])[0] for file in found.sidecars]
    assert below == ["/data", "/data/sub-01", "/data/sub-01/eeg"]
    (tmp_path / "data" / "dataset_description.json").unlink()
    (found,) = [r for r in found_in(place(folder)) if r.path.endswith(".edf")]
    assert found.sidecars == ()  # no dataset


def test_a_session_of_the_archive_is_one_recording_from_whichever_file_it_was_found(tmp_path):
    for stream, epoch in (("eeg0", "000000"), ("eeg0", "000001"), ("acc0", "000000")):
        folder = tmp_path / "tenant" / "session" / stream / epoch
        folder.mkdir(parents=True)
        (folder / "202401010000-0000.nepk").write_bytes(b"123")
    (found,) = found_in(tmp_path)
    assert found.path == str(tmp_path / "tenant" / "session")
    assert (len(found.files), found.size_bytes) == (3, 9)
    one = match_files(str(tmp_path))[:1]
    assert find_recordings(folder_of(one[0].path), one) == [found]


def _names(recording: FoundRecording) -> tuple[str, ...]:
    return tuple(file.name for file in recording.files)


def test_each_recording_is_found_once_whatever_patterns_match_it(tmp_path):
    write_brainvision(tmp_path, MadeBrainvision(counted(10)))
    for name in ("README.md", "x.tsv", "orphan.vmrk"):
        (tmp_path / name).touch()
    patterns = [str(tmp_path), f"{tmp_path}/*.eeg", str(tmp_path / "a.vhdr")]
    patterns += [str(tmp_path / "x.tsv")]  # named, so it is answered
    with beam.Pipeline(runner=FnApiRunner()) as root:
        found = root | beam.Create(patterns) | FindRecordings() | beam.Map(_names)
        expected = [("a.vhdr", "a.eeg", "a.vmrk"), ("orphan.vmrk",), ("x.tsv",)]
        assert_that(found, equal_to(expected))


def test_the_events_of_a_real_dataset_belong_to_its_recordings():
    name = "kalunga2016_ssvep/subject03/record-[2012.07.11-15.25.23]_raw.fif"
    found = found_in(Path(real_file(name)).parent)
    assert [(len(r.files), [s.name[-8:] for s in r.sidecars]) for r in found] == [
        (1, ["-eve.fif"]),
        (1, ["-eve.fif"]),
    ]


def test_links_that_lead_to_each_other_and_pipes_stop_nothing(tmp_path):
    (tmp_path / "good.edf").touch()
    (tmp_path / "loop.edf").symlink_to("loop.edf")
    (tmp_path / "gone.edf").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.vhdr")
    names = [split(found.path)[1] for found in found_in(tmp_path)]
    assert names == ["gone.edf", "good.edf", "loop.edf", "pipe.vhdr"]


def test_a_folder_whose_name_is_no_utf8_is_looked_into(tmp_path):
    folder = os.path.join(str(tmp_path), "x\udcff")
    os.mkdir(folder)
    for name in ("a.edf", "b\udcfe.edf"):
        with open(os.path.join(folder, name), "w"):
            pass
    with beam.Pipeline(FnApiRunner()) as pipeline:
        found = pipeline | beam.Create([str(tmp_path)]) | FindRecordings()
        paths = found | beam.Map(lambda one: shown_path(one.path[len(str(tmp_path)) :]))
        assert_that(paths, equal_to(["/x\\udcff/a.edf", "/x\\udcff/b\\udcfe.edf"]))
