from __future__ import annotations

import os
import pathlib

import pytest

from tests.transforms.elsewhere import elsewhere
from transforms import local_copy as module
from transforms.local_copy import local_copies, local_copy
from transforms.stored_files import StoredFile


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "record-[1]_raw.fif"
    path.write_bytes(os.urandom(1000))
    return path


def test_a_local_file_is_read_where_it_is(path):
    with local_copy(str(path), [StoredFile(str(path), 1000)]) as local:
        assert local == str(path)
    assert path.exists()


def test_a_file_elsewhere_is_copied_under_its_name_and_removed_again(path, monkeypatch):
    monkeypatch.setattr(module, "COPY_BYTES", 64)
    with local_copy(elsewhere(path), [StoredFile(elsewhere(path), 1000)]) as local:
        assert os.path.basename(local) == path.name
        assert local != str(path)
        with open(local, "rb") as copy:
            assert copy.read() == path.read_bytes()
    assert not os.path.exists(os.path.dirname(local))
    assert path.exists()


def test_a_copy_that_would_fill_the_disk_is_not_begun(path):
    with (
        pytest.raises(OSError, match="give the worker a larger disk"),
        local_copy(elsewhere(path), [StoredFile(elsewhere(path), 1 << 60)]),
    ):
        pass


@pytest.mark.parametrize("place", [str, elsewhere])
def test_files_of_a_recording_stand_beside_each_other_and_alone(tmp_path, place):
    for name in ("a.vhdr", "a.eeg", "other.eeg"):
        (tmp_path / name).write_text(name)
    files = [StoredFile(place(tmp_path / name), 5) for name in ("a.vhdr", "a.eeg")]
    with local_copy(place(tmp_path / "a.vhdr"), files) as local:
        folder = os.path.dirname(local)
        assert sorted(os.listdir(folder)) == ["a.eeg", "a.vhdr"]
        with open(os.path.join(folder, "a.eeg"), encoding="utf-8") as file:
            assert file.read() == "a.eeg"
    assert not os.path.exists(folder)
    assert (tmp_path / "a.eeg").exists()


def test_a_folder_elsewhere_keeps_the_names_of_the_two_above_it(tmp_path):
    folder = tmp_path / "tenant" / "session"
    (folder / "eeg0" / "0").mkdir(parents=True)
    path = folder / "eeg0" / "0" / "x.nepk"
    path.write_bytes(b"123")
    with local_copy(str(folder), [StoredFile(str(path), 3)]) as local:
        assert local == str(folder)  # where it is
    with local_copy(elsewhere(folder), [StoredFile(elsewhere(path), 3)]) as local:
        assert local.endswith("/tenant/session")
        assert local != str(folder)
        with open(os.path.join(local, "eeg0", "0", "x.nepk"), "rb") as file:
            assert file.read() == b"123"


def test_small_files_of_the_same_name_do_not_meet(tmp_path):
    paths = [tmp_path / folder / "a.json" for folder in "xy"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    files = [StoredFile(elsewhere(path), 1) for path in paths]
    with local_copies(files) as copies:
        assert [pathlib.Path(copy).read_text() for copy in copies] == ["x", "y"]
