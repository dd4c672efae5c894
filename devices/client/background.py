"""A thread that does one step after the other, and waits in between as long as the step says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_LOG = logging.getLogger(__name__)

_AFTER_BUG_S = 5.0


class Worker:
    """Calls `step` until it is stopped.

    A step that raises is a bug; it is logged and the next one comes later: the device records on.

    Args:
      step: returns the seconds until it wants to be called again.
    """

    def __init__(self, name: str, step: Callable[[], float]):
        self._step = step
        self._woken = threading.Event()
        self._stopping = False
        self._stepped = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    @property
    def is_started(self) -> bool:
        """Whether it ever began."""
        return self._thread.ident is not None

    def wake(self) -> None:
        """There is something to do: asks the step again."""
        self._woken.set()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Whether a condition came true after some step, or was true before."""
        with self._stepped:
            return self._stepped.wait_for(condition, timeout_s)

    def stop(self) -> None:
        """Ends after the step that is under way."""
        self._stopping = True
        self.wake()
        if self.is_started:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                wait_s = self._step()
            except Exception:
                _LOG.exception("a step of %s failed", self._thread.name)
                wait_s = _AFTER_BUG_S
            with self._stepped:
                self._stepped.notify_all()
            self._woken.wait(wait_s)
