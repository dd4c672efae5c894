"""Lines that tell how a run goes on, from what a researcher can see of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from local.live.queries import Researcher

_EVERY_S = 10.0


class Progress:
    """A context in which a line comes every few seconds."""

    def __init__(self, researcher: Researcher, tell: Callable[[str], None]):
        self._researcher, self._tell = researcher, tell
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Progress:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            seconds = time.monotonic() - self._began
            self._tell(f"{seconds:4.0f} s: {self._researcher.progress()}")
