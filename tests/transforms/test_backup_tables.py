"""A backup is whole or refused, and a restore never takes back what is newer."""

from __future__ import annotations

import datetime
import json

import pytest

from local.kms.server import LocalKms
from schemas.keyset_rows import KEYSETS
from schemas.window_rows import STREAM_FAMILY, STREAMS, WINDOW_FAMILY, WINDOWS
from tests.sealed_stores import cells_of, connected, new_store, put_cells
from transforms.backup_files import LIST, Backup, BackupError, read_list
from transforms.backup_tables import TableSet, back_up, restore

CELLS = {
    (b"clinic01#%d" % row, WINDOW_FAMILY, b"c%d" % column, 1000): bytes([row, column]) * 500
    for row in range(5)
    for column in range(3)
}
STREAM_CELLS = {(b"clinic01#0", STREAM_FAMILY, b"0", 2000): b"described"}
BEGAN = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def address(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as kms:
        yield new_store(kms)


@pytest.fixture
def store(address):
    with connected(address) as store:
        put_cells(store, WINDOWS, CELLS)
        put_cells(store, STREAMS, STREAM_CELLS)
        yield store


@pytest.fixture
def where(address):
    return TableSet(address.project, address.instance)


@pytest.fixture
def folder(store, where, tmp_path):
    """Of a backup in small files."""
    back_up(where, (WINDOWS, STREAMS), str(tmp_path / "b"), now=lambda: BEGAN, file_bytes=4000)
    return tmp_path / "b"


def test_a_backup_says_what_is_in_it(folder, address):
    backup = read_list(str(folder))
    assert (backup.instance, backup.began) == (address.instance, "2026-01-31T00:00:00+00:00")
    assert (backup.n_cells("windows"), backup.n_cells("streams")) == (15, 1)
    assert len(backup.files["windows"]) == 3  # 3,000 bytes a row: two rows a file


def test_what_was_wiped_comes_back_and_what_is_there_is_not_doubled(folder, store, where):
    for _ in range(2):
        put_cells(store, WINDOWS, {})
        assert restore(where, str(folder)).cells == {"windows": 15, "streams": 1}
        assert cells_of(store, WINDOWS) == CELLS
        assert cells_of(store, STREAMS) == STREAM_CELLS


def test_a_higher_revision_that_was_written_since_stays(folder, store, where):
    row, family, column, _ = next(iter(CELLS))
    put_cells(store, WINDOWS, CELLS | {(row, family, column, 9000): b"revised"})
    restore(where, str(folder))
    newest = max(key[3] for key in cells_of(store, WINDOWS) if key[:3] == (row, family, column))
    assert newest == 9000


@pytest.mark.parametrize("harm", ["changed", "missing", "cut"])
def test_a_damaged_backup_is_refused_before_anything_is_written(folder, store, where, harm):
    put_cells(store, WINDOWS, {})
    last = max((folder / "windows").iterdir())
    content = last.read_bytes()
    if harm == "missing":
        last.unlink()
    else:
        last.write_bytes(content[:-1] if harm == "cut" else content[:-1] + b"\0")
    with pytest.raises(BackupError, match="digest"):
        restore(where, str(folder))
    assert cells_of(store, WINDOWS) == {}


def test_a_folder_without_its_list_is_no_backup(folder, where):
    (folder / LIST).unlink()
    with pytest.raises(BackupError, match="a finished backup"):
        restore(where, str(folder))


def test_a_backup_is_never_written_over(folder, where):
    with pytest.raises(BackupError, match="holds no backup yet"):
        back_up(where, (STREAMS,), str(folder))


def test_keysets_are_a_backup_apart(where, tmp_path):
    with pytest.raises(BackupError, match="by themselves"):
        back_up(where, (STREAMS, KEYSETS), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_writes_nothing(folder, store, where):
    put_cells(store, WINDOWS, {})
    assert restore(where, str(folder), is_dry=True).cells["windows"] == 15
    assert cells_of(store, WINDOWS) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "files": 3}'])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(BackupError):
        Backup.from_json(text)


def test_a_list_is_read_as_it_was_written(folder):
    text = (folder / LIST).read_text()
    assert Backup.from_json(text).to_json() == text
    assert json.loads(text)["format"] == 1
