from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from tests.transforms.made_windows import made_windows
from transforms.engine import StreamSpec
from transforms.row_identity import RowIdentity
from transforms.table_part import ARROW_SCHEMAS
from transforms.window_rows import features_1s_part, features_part
from transforms.write_tables import WriteTables, parquet_bytes, write_whole

WHO = RowIdentity("clinic01", "a" * 16, "0" * 32, "eeg0", 0, parameter_version="eeg-1-0")
SPEC = StreamSpec("eeg", 100, ("A", "B"))


@pytest.mark.parametrize("make", [features_part, features_1s_part])
def test_rows_read_back_are_those_written(tmp_path, make):
    part = make(made_windows(SPEC, range(100)), SPEC, WHO, "s/eeg0.parquet")
    path = WriteTables(str(tmp_path))._write(part)
    assert path == str(tmp_path / part.table / "s" / "eeg0.parquet")
    read = pq.ParquetFile(path).read()
    assert read.equals(part.rows)
    assert read.schema.equals(ARROW_SCHEMAS[part.table])


def test_the_same_rows_are_the_same_bytes():
    def once() -> bytes:
        return parquet_bytes(features_part(made_windows(SPEC, range(100)), SPEC, WHO, "n"))

    assert once() == once()


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "folder" / "file"
    write_whole(str(path), b"long content")
    write_whole(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(str(path), b"old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("transforms.write_tables.FileSystems.rename", full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(str(path), b"new")
    assert path.read_bytes() == b"old"
    hidden = [p.name for p in tmp_path.iterdir() if p.name != "file"]
    assert all(name.startswith(".") for name in hidden)  # readers of folders leave these out
