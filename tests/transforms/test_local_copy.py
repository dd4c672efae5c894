from __future__ import annotations

import os

import pytest

from tests.transforms.elsewhere import elsewhere
from transforms import local_copy as module
from transforms.local_copy import local_copy


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "record-[1]_raw.fif"
    path.write_bytes(os.urandom(1000))
    return path


def test_a_local_file_is_read_where_it_is(path):
    with local_copy(str(path), 1000) as local:
        assert local == str(path)
    assert path.exists()


def test_a_file_elsewhere_is_copied_under_its_name_and_removed_again(path, monkeypatch):
    monkeypatch.setattr(module, "COPY_BYTES", 64)
    with local_copy(elsewhere(path), 1000) as local:
        assert os.path.basename(local) == path.name
        assert local != str(path)
        with open(local, "rb") as copy:
            assert copy.read() == path.read_bytes()
    assert not os.path.exists(os.path.dirname(local))
    assert path.exists()


def test_a_copy_that_would_fill_the_disk_is_not_begun(path):
    with (
        pytest.raises(OSError, match="give the worker a larger disk"),
        local_copy(elsewhere(path), 1 << 60),
    ):
        pass
