from __future__ import annotations

import errno
import os

import pytest

from transforms.recordings import RecordingError, RecordingSettings, open_recording, read_blocks
from transforms.recordings.file_access import refused_if_unreadable


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.EACCES, "a.edf cannot be read: the job may not read it: give it the permission"),
        (errno.EIO, "a.edf cannot be read: the disk cannot read it: copy it from another one"),
        (errno.ENOENT, "a.edf cannot be read: it is not there"),
    ],
)
def test_what_the_system_says_of_a_file_refuses_that_file(code, told):
    with pytest.raises(RecordingError) as caught, refused_if_unreadable():
        raise OSError(code, os.strerror(code), "/home/somebody/a.edf")
    assert caught.value.message == told


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE, errno.ENETUNREACH])
def test_what_it_says_of_the_machine_is_no_refusal(code):
    with pytest.raises(OSError, match="machine"), refused_if_unreadable():
        raise OSError(code, "machine")


def test_a_file_that_vanishes_after_it_was_opened_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,Cz\n" + "".join(f"{i / 100},{i % 7}.5\n" for i in range(300)))
    (plan,) = open_recording(str(path), RecordingSettings()).streams
    path.unlink()
    with pytest.raises(RecordingError, match="it is not there"):
        list(read_blocks(str(path), plan))


def test_a_file_that_another_one_replaced_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,Cz\n" + "".join(f"{i / 100},{i % 7}.5\n" for i in range(300)))
    (plan,) = open_recording(str(path), RecordingSettings()).streams
    path.write_text("time,Cz\n" + "".join(f"{i / 100},{i % 7}.5\n" for i in range(200)))
    with pytest.raises(RecordingError, match="changed since it was opened"):
        list(read_blocks(str(path), plan))


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "a.edf")
    with pytest.raises(RecordingError, match="a pipe"):
        open_recording(str(tmp_path / "a.edf"), RecordingSettings())
