from __future__ import annotations

import inspect

import pytest

from transforms.recordings import Reason, RecordingError
from transforms.recordings.formats import FORMATS, Format, format_of, function_named


@pytest.mark.parametrize("name", FORMATS)
def test_every_function_that_the_table_names_is_there_and_takes_a_path(name):
    format_ = FORMATS[name]
    for named in filter(None, (format_.loader, format_.opener, format_.blocks)):
        first, second = inspect.signature(function_named(named)).parameters.values()
        assert first.name == "path"
        assert second.name == ("plan" if named == format_.blocks else "settings")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.edf", b"0       ", "edf"),
        ("A.EDF", b"0       ", "edf"),
        ("a.bdf", b"\xffBIOSEMI", "bdf"),
        ("a.eeg", b"EEG-1100A V01.00", "nihon_kohden"),
        ("a.txt", b"%OpenBCI Raw EXG Data\n", "openbci_text"),
        ("a.csv", b"%OpenBCI Raw EEG Data\n", "openbci_text"),
        ("a.csv", b"timestamps,TP9,AF7,AF8,TP10,Right AUX\n", "muse_csv"),
        ("a.csv", b"1.0,2.0\n", "plain_table"),
        ("a.txt", b"# Simple Text Format\n", "plain_table"),
        ("a.npy", b"\x93NUMPY", "plain_table"),
    ],
)
def test_a_file_is_recognised_by_its_name_and_its_first_bytes(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert format_of(str(tmp_path / name)).name == expected


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.edf", b"", Reason.EMPTY),
        ("a.mat", b"MATLAB", Reason.UNKNOWN_FORMAT),
        ("recording", b"0       ", Reason.UNKNOWN_FORMAT),
        ("a.eeg", b"\0\0\0\0", Reason.MISSING_PART),
        ("a.dat", b"\0\0\0\0", Reason.MISSING_PART),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        format_of(str(tmp_path / name))
    assert caught.value.reason is reason


def test_a_folder_is_a_session_of_the_archive(tmp_path):
    assert format_of(str(tmp_path)).name == "archive"


def test_a_format_is_read_whole_or_in_blocks():
    with pytest.raises(ValueError, match="expected one"):
        Format("both", (".x",), loader="a:b", opener="a:b", blocks="a:b")
    with pytest.raises(ValueError, match="expected one"):
        Format("half", (".x",), opener="a:b")
