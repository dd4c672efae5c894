from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.transforms.elsewhere import elsewhere
from transforms.stored_files import StoredFile, is_local, list_folder, match_files, split


def names(pattern: object, leave_out: tuple[str, ...] = ()) -> list[str]:
    return [file.name for file in match_files(str(pattern), leave_out)]


@pytest.fixture
def folder(tmp_path):
    for name in ("b.edf", "a.edf", "notes.txt", "run[1].edf", "run1.edf", ".hidden.edf"):
        (tmp_path / name).write_bytes(name.encode())
    for deeper in ("deeper", ".git", "deeper/[x]"):
        (tmp_path / deeper).mkdir()
        (tmp_path / deeper / "c.edf").write_bytes(b"c")
    return tmp_path


def test_a_pattern_gives_its_files_sorted_with_their_sizes(folder):
    assert match_files(str(folder / "?.edf")) == [
        StoredFile(str(folder / "a.edf"), 5),
        StoredFile(str(folder / "b.edf"), 5),
    ]


def test_a_path_with_brackets_is_that_file_and_no_pattern(folder):
    assert names(folder / "run[1].edf") == ["run[1].edf"]
    assert names(folder / "run[12].edf") == ["run1.edf"]


@pytest.mark.parametrize("place", [str, elsewhere])
def test_a_folder_stands_for_all_below_it_but_what_is_hidden(folder, place):
    found = names(place(folder))
    assert found == ["a.edf", "b.edf", "c.edf", "c.edf", "notes.txt", "run1.edf", "run[1].edf"]
    assert names(place(folder / "deeper" / "[x]")) == ["c.edf"]


@pytest.mark.parametrize("place", [str, elsewhere])
def test_a_folder_of_our_own_output_is_left_out(folder, place):
    assert names(place(folder), (place(folder / "deeper"),)).count("c.edf") == 0
    assert names(place(folder), (place(folder / "a.edf"),)).count("a.edf") == 0


@pytest.mark.parametrize("place", [str, elsewhere])
def test_of_a_bids_dataset_the_raw_data_are_walked(folder, place):
    (folder / "deeper" / "derivatives").mkdir()
    (folder / "deeper" / "derivatives" / "d.edf").touch()
    assert "d.edf" in names(place(folder))
    (folder / "deeper" / "dataset_description.json").touch()
    assert "d.edf" not in names(place(folder))


def test_two_stars_reach_deeper(folder):
    found = names(f"{folder}/**.edf")
    assert {"a.edf", "b.edf", "c.edf", "run1.edf"} <= set(found)
    assert ".hidden.edf" not in found


def test_what_is_named_is_found_even_if_hidden(folder):
    assert names(folder / ".hidden.edf") == [".hidden.edf"]


@pytest.mark.parametrize("place", [str, elsewhere])
def test_what_matches_nothing_gives_nothing(folder, place):
    assert match_files(place(folder / "*.fif")) == []
    assert match_files(place(folder / "absent.edf")) == []


@pytest.mark.parametrize("place", [str, elsewhere])
def test_a_folder_is_listed_without_what_is_below_or_hidden(folder, place):
    found = [file.name for file in list_folder(place(folder))]
    assert found == ["a.edf", "b.edf", "notes.txt", "run1.edf", "run[1].edf"]
    assert [file.name for file in list_folder(place(folder / "deeper" / "[x]"))] == ["c.edf"]


def test_a_link_that_leads_nowhere_is_listed_as_empty(folder):
    os.symlink(folder / "annex" / "object", folder / "z.edf")
    assert match_files(str(folder))[-1] == StoredFile(str(folder / "z.edf"), 0)


def test_paths_are_split_at_the_last_slash():
    assert split("/x/y.edf") == ("/x", "y.edf")
    assert split("elsewhere:///x/y.edf") == ("elsewhere:///x", "y.edf")
    assert split("y.edf") == ("", "y.edf")
    assert is_local(str(Path("x")))
    assert not is_local(elsewhere("/x"))
