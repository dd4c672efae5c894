"""Emulators of Google's services: found on this machine, started on a free port, stopped by id."""

from __future__ import annotations

import dataclasses
import functools
import queue
import re
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType

_READY_S = 30
_STOP_S = 10


class EmulatorError(RuntimeError):
    """An emulator that is missing, or does not start: what it said, and what would help."""

    def __init__(self, emulator: str, problem: str, remedy: str):
        super().__init__(emulator, problem, remedy)  # all of them, or it cannot be unpickled
        self.emulator, self.problem, self.remedy = emulator, problem, remedy

    def __str__(self) -> str:
        return f"the {self.emulator} emulator {self.problem}; {self.remedy}"


@dataclasses.dataclass(frozen=True)
class EmulatorKind:
    """One of Google's emulators.

    Args:
      name: as people call it, `bigtable`.
      program: what PATH may hold, and `platform/` of the Google Cloud SDK does.
      arguments: make it listen on a free port of 127.0.0.1.
      ready: matches the line that says it serves; its first group is the address.
      install: the command that would bring it.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    ready: str
    install: str

    def find(self) -> Path:
        """The program, or `EmulatorError` with the command that installs it."""
        if on_path := shutil.which(self.program):
            return Path(on_path)
        sdk = _sdk_root()
        found = sorted(sdk.glob(f"platform/*/{self.program}")) if sdk else []
        if not found:
            raise EmulatorError(self.name, "is not installed", f"install it with: {self.install}")
        return found[0]


class Emulator:
    """A running emulator; a context manager that starts and stops it.

    Attributes:
      address: host and port, once started.
    """

    def __init__(self, kind: EmulatorKind):
        self.address = ""
        self._kind = kind
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns once it serves.

        Raises:
          EmulatorError: it is not installed, or ends or stays silent instead of serving.
        """
        self._process = subprocess.Popen(
            [self._kind.find(), *self._kind.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(self._process, said), daemon=True).start()
        try:
            self.address = self._wait_for_address(said)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process that `start` began, and no other."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_for_address(self, said: queue.Queue[str | None]) -> str:
        lines: list[str] = []
        while True:
            try:
                line = said.get(timeout=_READY_S)
            except queue.Empty:
                line = None
            if line is None:
                problem = f"did not start, it said {''.join(lines).strip()!r}"
                raise EmulatorError(self._kind.name, problem, "try it by hand")
            lines.append(line)
            if found := re.search(self._kind.ready, line):
                return found[1]


def _read(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    """Drains what the emulator says as long as it lives: a full pipe would stop it."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            said.put(line)
    said.put(None)


@functools.cache
def _sdk_root() -> Path | None:
    """Where gcloud is installed; asking it takes a second."""
    if not (gcloud := shutil.which("gcloud")):
        return None
    asked = [gcloud, "info", "--format=value(installation.sdk_root)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.stdout.strip() else None
