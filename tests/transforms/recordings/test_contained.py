from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.recordings import misbehaving
from transforms.recordings import Reason, RecordingError, RecordingSettings, contained
from transforms.recordings.contained import Limits, open_contained, samples_contained
from transforms.recordings.formats import Format
from transforms.recordings.plan import OpenedRecording

ROOT = Path(__file__).resolve().parents[3]
FORMAT = Format("deeds", (".json",), loader=f"{misbehaving.__name__}:load")


@pytest.fixture
def file(tmp_path):
    def write(deed: str) -> str:
        path = tmp_path / f"{deed}.json"
        path.write_text(json.dumps({"do": deed}))
        return str(path)

    return write


def opened(path: str, **settings: object) -> OpenedRecording:
    return open_contained(FORMAT, path, RecordingSettings(**settings), 100)  # type: ignore[arg-type]


def refusal(path: str) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        opened(path)
    return caught.value


def test_what_is_loaded_comes_back_as_plans(file):
    recording = opened(file("read"), sampling_rate=Fraction(7, 2))
    assert [plan.stream for plan in recording.streams] == ["eeg0", "eeg1", "acc0"]
    assert [plan.spec.start_ns for plan in recording.streams] == [5, 9, 7]
    assert recording.start_ns == 5
    assert recording.notices[0].detail == "7/2"  # the loader saw our settings
    assert recording.markers[0].description == "go"


def test_samples_come_back_through_a_file_that_is_removed(file):
    path, settings = file("read"), RecordingSettings()
    with samples_contained(FORMAT, path, settings, 100, "eeg1") as samples:
        assert isinstance(samples, np.memmap)
        place = Path(str(samples.filename))
        np.testing.assert_array_equal(samples, -np.arange(2000.0).reshape(1000, 2))
    assert not place.parent.exists()


def test_a_refusal_of_the_loader_is_ours(file):
    assert refusal(file("refuse")).reason is Reason.BAD_HEADER


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("fail", "failed unexpectedly: IndexError: list index out of range"),
        ("overlap", "failed unexpectedly: ValueError: eeg0: .* overlaps"),
        ("crash", "crashed on it .SIGSEGV."),
        ("take all memory", "needed more memory than the 200 MB"),
        ("hang", "took more than 2 s"),
    ],
)
def test_a_loader_that_misbehaves_is_one_file_refused_and_the_next_is_read(
    file, monkeypatch, deed, message
):
    opened(file("read"))  # the process has started
    monkeypatch.setattr(contained, "LIMITS", Limits(memory_bytes=200_000_000, seconds=2.0))
    with pytest.raises(RecordingError, match=message) as caught:
        opened(file(deed))
    assert caught.value.reason is Reason.UNREADABLE
    monkeypatch.undo()
    assert len(opened(file("read")).streams) == 3


def test_the_limits_grow_with_the_file():
    assert Limits().memory(1010) - Limits().memory(10) == 16_000
    assert Limits().time_s(10**9) > 20 * 60


def test_a_request_to_the_running_process_takes_milliseconds(file):
    path = file("read")
    opened(path)
    started = time.perf_counter()
    for _ in range(50):
        opened(path)
    assert (time.perf_counter() - started) / 50 < 0.02


def test_threads_share_the_process_without_mixing_answers(file):
    path, failed = file("read"), []

    def ask(stream: str, sign: int) -> None:
        for _ in range(10):
            with samples_contained(FORMAT, path, RecordingSettings(), 100, stream) as samples:
                if samples[-1, -1] != sign * 1999:
                    failed.append(stream)

    threads = [threading.Thread(target=ask, args=pair) for pair in (("eeg0", 1), ("eeg1", -1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_program_without_a_main_guard_ends_and_leaves_no_process(file):
    program = (
        "import sys\n"
        "from tests.transforms.recordings.test_contained import opened\n"
        "from transforms.recordings import contained\n"
        f"print(len(opened({file('read')!r}).streams))\n"
        "print(contained._child._process.pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    n_streams, pid = done.stdout.split()
    assert n_streams == "3"
    assert not Path(f"/proc/{pid}").exists()


def test_an_interrupted_request_does_not_answer_the_next_one(file, monkeypatch):
    path = file("read")
    opened(path)  # the process has started

    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("multiprocessing.connection.Connection.poll", interrupt)
    with pytest.raises(KeyboardInterrupt):
        opened(file("refuse"))
    monkeypatch.undo()
    assert len(opened(path).streams) == 3  # and not what was said of the other file


def test_a_process_that_the_system_ended_is_started_again(file):
    path = file("read")
    opened(path)
    child = contained._child
    assert child is not None
    child._process.kill()
    child._process.wait()
    assert len(opened(path).streams) == 3


def test_a_path_is_that_of_the_current_folder(file, monkeypatch, tmp_path):
    path = Path(file("read"))
    opened(str(path))
    monkeypatch.chdir(tmp_path)
    assert len(opened(path.name).streams) == 3


def test_a_file_that_is_gone_is_refused_by_that_reason(file, tmp_path):
    error = refusal(str(tmp_path / "gone.json"))
    assert error.message == "gone.json cannot be read: it is not there"


def test_no_file_of_samples_is_left_while_they_are_used(file):
    with samples_contained(FORMAT, file("read"), RecordingSettings(), 100, "eeg0") as samples:
        assert isinstance(samples, np.memmap)
        assert not Path(str(samples.filename)).parent.exists()
        assert samples[-1, -1] == 1999


def test_a_request_that_hangs_ends_though_nobody_is_left_who_waits(file):
    path = file("hang")
    program = (
        "import os\n"
        "from tests.transforms.recordings.test_contained import FORMAT, opened\n"
        "from transforms.recordings import RecordingSettings, contained\n"
        f"opened({file('read')!r})\n"
        "print(contained._child._process.pid, flush=True)\n"
        "contained.LIMITS = contained.Limits(seconds=-8.0)\n"  # with a grace of ten: two
        f"request = contained._request(FORMAT, {path!r}, RecordingSettings(), 0)\n"
        "contained._child._connection.send(request)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    pid = done.stdout.split()[0]
    assert is_running(pid)
    until = time.monotonic() + 30
    while is_running(pid) and time.monotonic() < until:
        threading.Event().wait(0.05)
    assert not is_running(pid)


def is_running(pid: str) -> bool:
    """Whether it is there, and not only its exit code that nobody asked for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
