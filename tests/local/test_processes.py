from __future__ import annotations

import os
import select
import sys

import pytest

from local.processes import Process, ProcessError

NOISY = """
import time
for i in range(2000):
    print("line", i)
print("ready 7", flush=True)
time.sleep(60)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def python(program, **options):
    return Process("a program", [sys.executable, "-c", program], **options)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_line_is_found_among_thousands_and_all_are_kept_in_the_log(tmp_path):
    with python(NOISY, log=tmp_path / "log.txt") as process:
        assert process.wait_for_line(r"ready (\d)", 30)[1] == "7"
        assert process.exit_code is None
    assert (tmp_path / "log.txt").read_text().splitlines()[0] == "line 0"
    assert process.said.count("\n") < 400  # in memory only the last ones


def test_a_program_that_ends_instead_says_what_it_said():
    failing = "print('no memory left'); raise SystemExit(3)"
    said = "it said 'no memory left'"
    with python(failing) as process, pytest.raises(ProcessError, match=f"ended; {said}"):
        process.wait_for_line("ready", 30)
    with python(failing) as process, pytest.raises(ProcessError, match=f"with code 3; {said}"):
        process.wait_until(lambda: False, 30)


def test_a_program_that_stays_silent_is_not_waited_for_for_ever():
    with python("import time; time.sleep(60)") as process:
        with pytest.raises(ProcessError, match=r"not ready in 0\.2 s"):
            process.wait_for_line("ready", 0.2)
        with pytest.raises(ProcessError, match=r"not ready in 0\.2 s"):
            process.wait_until(lambda: False, 0.2)
        with pytest.raises(ProcessError, match=r"still runs after 0\.2 s"):
            process.wait(0.2)


def test_one_that_does_not_stop_when_asked_is_made_to():
    with python(STUBBORN) as process:
        pid = int(process.wait_for_line(r"(\d+)", 30)[1])
        process.stop(timeout_s=0.2)
        assert not is_running(pid)


def test_killing_one_ends_what_it_started_too():
    with python(PARENT) as process:
        child = int(process.wait_for_line(r"(\d+)", 30)[1])
        ended = os.pidfd_open(child)
        process.kill()
        assert select.select([ended], [], [], 10)[0] == [ended]
        os.close(ended)


def test_variables_and_folder_reach_the_program(tmp_path):
    program = "import os; print(os.getcwd(), os.environ['STREAM'])"
    with python(program, environment={"STREAM": "eeg0"}, folder=tmp_path) as process:
        assert process.wait(30) == 0
        assert process.said == f"{tmp_path} eeg0"
