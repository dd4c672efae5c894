"""Programs on this machine: started, listened to, waited for, and stopped by their id."""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

_STOP_S = 10.0
_ASK_AGAIN_S = 0.05
_KEPT_LINES = 400


class ProcessError(RuntimeError):
    """A program that ended, or did not come to serve: what it said last."""

    def __init__(self, name: str, problem: str, said: str):
        super().__init__(name, problem, said)  # all of them, or it cannot be unpickled
        self.name, self.problem, self.said = name, problem, said

    def __str__(self) -> str:
        return f"{self.name} {self.problem}; it said {self.said!r}"


class Process:
    """A running program; a context manager that starts and stops it.

    It gets a session of its own: Ctrl-C reaches who started it, and who started it stops it.

    Args:
      name: as people call it.
      environment: what differs from this process's.
      log: a file that keeps all that it says.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: Path | None = None,
    ):
        self.name = name
        self._command, self._folder, self._log = command, folder, log
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[str] | None = None
        self._said: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
        self._heard = threading.Condition(threading.RLock())
        self._n_said, self._is_silent = 0, True
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Process:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and before it was started."""
        return None if self._process is None else self._process.poll()

    @property
    def pid(self) -> int:
        """Its id, while it was started and not stopped."""
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """The last lines that it printed."""
        with self._heard:
            return "".join(self._said).strip()

    def start(self) -> None:
        """Starts it; does not wait."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            cwd=self._folder,
            start_new_session=True,
        )
        self._is_silent = False
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def wait_for_line(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """The first line that matches, as soon as it is said.

        Raises:
          ProcessError: it ended, or did not say so in time.
        """
        until, n_seen = time.monotonic() + timeout_s, 0
        with self._heard:
            while True:
                n_new = min(self._n_said - n_seen, len(self._said))
                n_seen = self._n_said
                for line in itertools.islice(self._said, len(self._said) - n_new, None):
                    if found := re.search(pattern, line):
                        return found
                left_s = until - time.monotonic()
                if self._is_silent or left_s <= 0:
                    problem = "ended" if self._is_silent else f"was not ready in {timeout_s:g} s"
                    raise ProcessError(self.name, problem, self.said)
                self._heard.wait(left_s)

    def wait_until(
        self, condition: Callable[[], bool], timeout_s: float, *, every_s: float = _ASK_AGAIN_S
    ) -> None:
        """Returns once a condition holds that only asking can tell.

        Args:
          every_s: seconds from an answer to the next question; the program's end is noticed at
            once.

        Raises:
          ProcessError: it ended, or the condition did not come to hold in time.
        """
        assert self._process is not None
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                raise ProcessError(self.name, f"was not ready in {timeout_s:g} s", self.said)
            try:
                code = self._process.wait(timeout=every_s)
            except subprocess.TimeoutExpired:
                continue
            self._finish_reading()
            raise ProcessError(self.name, f"ended with code {code}", self.said)

    def wait(self, timeout_s: float) -> int:
        """Its exit code, once it has ended by itself.

        Raises:
          ProcessError: it still runs after that time.
        """
        assert self._process is not None
        try:
            code = self._process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessError(self.name, f"still runs after {timeout_s:g} s", self.said) from None
        self._finish_reading()
        return code

    def stop(self, timeout_s: float = _STOP_S) -> None:
        """Ends the process that `start` began, and no other: asked first, then made to."""
        self._end(signal.SIGTERM, timeout_s)

    def interrupt(self, timeout_s: float = _STOP_S) -> None:
        """As `stop`, asked as Ctrl-C asks."""
        self._end(signal.SIGINT, timeout_s)

    def kill(self) -> None:
        """Ends it and all that it started at once, as a failing machine does."""
        process, self._process = self._process, None
        if process is not None:
            _end_session_of(process)
            self._finish_reading()

    def _end(self, number: signal.Signals, timeout_s: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end_session_of(process)
        self._finish_reading()

    def _finish_reading(self) -> None:
        if self._reader is not None:
            self._reader.join(timeout=_STOP_S)

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Drains what it says as long as it lives: a full pipe would stop it."""
        assert process.stdout is not None
        log = self._log.open("w") if self._log else None
        with process.stdout:
            for line in process.stdout:
                if log:
                    log.write(line)
                    log.flush()
                with self._heard:
                    self._said.append(line)
                    self._n_said += 1
                    self._heard.notify_all()
        if log:
            log.close()
        with self._heard:
            self._is_silent = True
            self._heard.notify_all()


def _end_session_of(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # it leads the session that `start` gave it
    process.wait()
