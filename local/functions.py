"""Cloud Functions on this machine: each in a process of its own, served as Google serves them."""

from __future__ import annotations

import dataclasses
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from local.emulators import free_port
from local.processes import Process, ProcessError

ROOT = Path(__file__).resolve().parents[1]
_READY_S, _ANSWER_S, _ATTEMPTS = 60.0, 5.0, 3


@dataclasses.dataclass(frozen=True)
class FunctionSource:
    """What is deployed.

    Args:
      source: the file that holds it, from the project's root on.
      target: name of the function in it.
      signature: `http` or `cloudevent`.
      asgi: whether it is asynchronous.
      health_path: answers 200 once it serves.
    """

    source: str
    target: str
    signature: str = "http"
    asgi: bool = False
    health_path: str = "/healthz"

    @property
    def name(self) -> str:
        """Of its folder."""
        return Path(self.source).parent.name


class ServedFunction:
    """A function on 127.0.0.1; a context manager that starts and stops it.

    Args:
      environment: its variables; those of this process go with them.
      log: a file that keeps what it says.
      port: 0 for a free one.

    Attributes:
      url: where it serves, without a slash at the end, once started.
    """

    def __init__(
        self,
        function: FunctionSource,
        environment: Mapping[str, str] | None = None,
        *,
        log: Path | None = None,
        port: int = 0,
    ):
        self.url = ""
        self._function, self._environment = function, dict(environment or {})
        self._log, self._port = log, port
        self._process: Process | None = None

    def __enter__(self) -> ServedFunction:
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
    def said(self) -> str:
        """The last lines that it printed."""
        return "" if self._process is None else self._process.said

    def start(self) -> None:
        """Returns once it serves.

        Raises:
          ProcessError: it ends instead, or does not answer.
        """
        self.begin()
        self.wait_until_ready()

    def begin(self) -> None:
        """Starts it without waiting: several start side by side; then `wait_until_ready`."""
        port = self._port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "functions_framework", "--host=127.0.0.1"]
        command += [f"--source={ROOT / self._function.source}", f"--target={self._function.target}"]
        command += [f"--signature-type={self._function.signature}", f"--port={port}"]
        if self._function.asgi:
            command.append("--asgi")
        self._process = Process(
            f"function {self._function.name}",
            command,
            environment={"PYTHONPATH": str(ROOT), **self._environment},
            folder=ROOT,
            log=self._log,
        )
        self._process.start()

    def wait_until_ready(self) -> None:
        """Returns once it answers; another port is tried where somebody else took its own.

        Raises:
          ProcessError: it ends instead, or does not answer.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            assert self._process is not None
            try:
                self._process.wait_until(self._is_healthy, _READY_S)
                break
            except ProcessError as error:
                self.stop()
                if self._port or attempt == _ATTEMPTS or "in use" not in error.said:
                    raise
                self.begin()

    def stop(self) -> None:
        """Ends it; requests under way are finished."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _is_healthy(self) -> bool:
        try:
            asked = self.url + self._function.health_path
            with urllib.request.urlopen(asked, timeout=_ANSWER_S) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
