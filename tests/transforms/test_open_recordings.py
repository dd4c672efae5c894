from __future__ import annotations

from pathlib import Path

import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from transforms.open_recordings import match_files, open_file
from transforms.recordings import RecordingError, RecordingSettings
from transforms.row_identity import RowIdentity

WHO = RowIdentity("clinic01", "a" * 16, None)


def names(pattern: Path | str) -> list[str]:
    return [Path(path).name for path, _ in match_files(str(pattern))]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.edf", "a.edf", "notes.txt", "run[1].edf", "run1.edf"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.edf").write_bytes(b"c")
    return tmp_path


def test_a_pattern_gives_its_files_sorted_with_their_sizes(folder):
    assert match_files(str(folder / "?.edf")) == [
        (str(folder / "a.edf"), 5),
        (str(folder / "b.edf"), 5),
    ]


def test_a_path_with_brackets_is_that_file_and_no_pattern(folder):
    assert names(folder / "run[1].edf") == ["run[1].edf"]
    assert names(folder / "run[12].edf") == ["run1.edf"]


def test_a_folder_stands_for_its_files(folder):
    assert names(folder) == ["a.edf", "b.edf", "notes.txt", "run1.edf", "run[1].edf"]
    assert names(folder / "deeper") == ["c.edf"]


def test_two_stars_reach_deeper(folder):
    assert names(f"{folder}/**.edf") == ["a.edf", "b.edf", "c.edf", "run1.edf", "run[1].edf"]


def test_what_matches_nothing_gives_nothing(folder):
    assert match_files(str(folder / "*.fif")) == []
    assert match_files(str(folder / "absent.edf")) == []


def test_the_session_follows_from_the_content_not_from_the_name(tmp_path):
    first = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(200), 100)])
    copy = tmp_path / "renamed.edf"
    copy.write_bytes(first.read_bytes())
    other = write_edf(tmp_path / "c.edf", [MadeSignal("Cz", noise(200, 9), 100)])

    def session(path: Path) -> str | None:
        opened = open_file(str(path), path.stat().st_size, WHO, RecordingSettings())
        return opened.identity.session

    assert session(first) == session(copy)
    assert session(first) != session(other)


def test_a_file_that_cannot_be_used_is_refused(tmp_path):
    path = tmp_path / "empty.edf"
    path.touch()
    with pytest.raises(RecordingError, match="empty"):
        open_file(str(path), 0, WHO, RecordingSettings())
