"""Emulators of Google's services: found on this machine, started on a free port, stopped by id."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from local.processes import Process, ProcessError

_READY_S = 30
_ATTEMPTS = 3
_PORT = "{port}"


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
      program: what PATH may hold, and `platform/*/` of the Google Cloud SDK does; a pattern.
      arguments: make it listen on 127.0.0.1; `{port}` stands for a free port.
      ready: matches the line that says it serves; its first group is the address, unless a
        free port was given.
      install: the command that would bring it.
      variables: of its environment, besides ours.
      runner: what runs the program, such as `java -jar`; its first word is on PATH.
      runner_install: the command that would bring that.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    ready: str
    install: str
    variables: tuple[tuple[str, str], ...] = ()
    runner: tuple[str, ...] = ()
    runner_install: str = ""

    def find(self) -> Path:
        """The program, or `EmulatorError` with the command that installs what is missing."""
        if self.runner and not shutil.which(self.runner[0]):
            problem = f"needs {self.runner[0]}, which is not installed"
            raise EmulatorError(self.name, problem, f"install it with: {self.runner_install}")
        if on_path := shutil.which(self.program):
            return Path(on_path)
        sdk = _sdk_root()
        found = sorted(sdk.glob(f"platform/*/{self.program}")) if sdk else []
        if not found:
            raise EmulatorError(self.name, "is not installed", f"install it with: {self.install}")
        return found[-1]

    def command(self, port: int) -> list[str | Path]:
        """What starts it."""
        arguments = [argument.replace(_PORT, str(port)) for argument in self.arguments]
        return [*self.runner, self.find(), *arguments]

    @property
    def takes_a_port(self) -> bool:
        """Whether it has to be told one, as it would not say which it took."""
        return any(_PORT in argument for argument in self.arguments)


class Emulator:
    """A running emulator; a context manager that starts and stops it.

    Attributes:
      address: host and port, once started.
    """

    def __init__(self, kind: EmulatorKind):
        self.address = ""
        self._kind = kind
        self._process: Process | None = None

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
        # Another program may take a free port before the emulator does: then another is tried.
        attempts = _ATTEMPTS if self._kind.takes_a_port else 1
        for attempt in range(1, attempts + 1):
            try:
                self._start()
                break
            except ProcessError as error:
                if attempt == attempts:
                    problem = f"did not start, it said {error.said!r}"
                    raise EmulatorError(self._kind.name, problem, "try it by hand") from None

    def _start(self) -> None:
        port = free_port()
        process = Process(
            f"the {self._kind.name} emulator",
            self._kind.command(port),
            environment=dict(self._kind.variables),
        )
        self._process = process
        process.start()
        try:
            said = process.wait_for_line(self._kind.ready, _READY_S)
        except BaseException:
            self.stop()
            raise
        self.address = f"127.0.0.1:{port}" if self._kind.takes_a_port else said[1]

    def stop(self) -> None:
        """Ends the process that `start` began, and no other."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """These variables of this process's environment, until the end of the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@functools.cache
def _sdk_root() -> Path | None:
    """Where gcloud is installed; asking it takes a second."""
    if not (gcloud := shutil.which("gcloud")):
        return None
    asked = [gcloud, "info", "--format=value(installation.sdk_root)"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.stdout.strip() else None
