from __future__ import annotations

import pytest

from transforms.recordings.companions import Group, group_files, is_event_file, is_side_file

HEADER = b"Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\n"


def groups(matched: list[str], listed: list[str], contents: dict[str, bytes] | None = None):
    contents = contents or {}
    return group_files(matched, listed, lambda name: contents.get(name, b""))


def test_a_file_that_stands_alone_is_a_recording():
    assert groups(["b.edf", "a.edf"], ["a.edf", "b.edf", "c.edf"]) == [
        Group("a.edf"),
        Group("b.edf"),
    ]


@pytest.mark.parametrize("matched", [["x.vhdr"], ["y.eeg"], ["x.vhdr", "y.eeg", "z.vmrk"]])
def test_brainvision_files_are_one_by_the_names_in_the_header(matched):
    listed = ["x.vhdr", "y.eeg", "z.vmrk", "x.eeg"]
    contents = {"x.vhdr": HEADER + b"DataFile=y.eeg\nMarkerFile=C:\\old\\z.vmrk\n"}
    assert groups(matched, listed, contents) == [Group("x.vhdr", ("y.eeg", "z.vmrk"))]


def test_two_headers_that_name_the_same_data_both_have_them():
    contents = dict.fromkeys(("a.vhdr", "b.vhdr"), HEADER + b"DataFile=a.eeg\n")
    listed = ["a.eeg", "a.vhdr", "b.vhdr"]
    assert groups(listed, listed, contents) == [
        Group("a.vhdr", ("a.eeg",)),
        Group("b.vhdr", ("a.eeg",)),
    ]


def test_a_damaged_header_keeps_the_files_of_its_name():
    assert groups(["a.eeg", "a.vhdr"], ["a.eeg", "a.vhdr"]) == [Group("a.vhdr", ("a.eeg",))]


def test_data_without_a_header_stay_alone():
    assert groups(["a.eeg", "b.vmrk"], ["a.eeg", "b.vmrk"]) == [Group("a.eeg"), Group("b.vmrk")]


def test_other_formats_by_their_stems():
    listed = ["a.set", "a.fdt", "b.lay", "b.dat", "c.EEG", "c.PNT", "c.21E", "d.lay", "e.dat"]
    contents = {"c.EEG": b"EEG-1100A V01.00", "d.lay": b"[FileInfo]\r\nFile=e.dat\r\n"}
    assert groups(listed, listed, contents) == [
        Group("a.set", ("a.fdt",)),
        Group("b.lay", ("b.dat",)),
        Group("c.EEG", ("c.21E", "c.PNT")),
        Group("d.lay", ("e.dat",)),
    ]


def test_neuralynx_channels_that_were_matched_are_one_recording():
    assert groups(["B.ncs", "A.ncs"], ["A.ncs", "B.ncs", "C.ncs"]) == [Group("A.ncs", ("B.ncs",))]


@pytest.mark.parametrize("matched", [["x_raw.fif"], ["x-eve.fif"], ["x-eve.fif", "x_raw.fif"]])
def test_events_of_mne_belong_to_the_recording_of_their_name(matched):
    listed = ["x-eve.fif", "x_raw.fif", "y-eve.fif"]
    assert groups(matched, listed) == [Group("x_raw.fif", sidecars=("x-eve.fif",))]


def test_events_without_a_recording_stay_alone():
    assert groups(["y-eve.fif"], ["y-eve.fif", "x_raw.fif"]) == [Group("y-eve.fif")]
    assert is_event_file("y_eve.fif")
    assert not is_event_file("eve.fif")


@pytest.mark.parametrize(
    "name",
    [
        *("README", "readme.txt", "LICENSE", "notes.md", "participants.tsv", "a_eeg.json"),
        *("S001R01.edf.event", "biosemi.hpts", "report.html", "CHANGES", "part-0.parquet"),
    ],
)
def test_texts_tables_and_pictures_are_no_recordings(name):
    assert is_side_file(name)


@pytest.mark.parametrize("name", ["a.edf", "a.txt", "a.csv", "a.mat", "a.dat", "changes.edf"])
def test_everything_else_may_be_one(name):
    assert not is_side_file(name)
