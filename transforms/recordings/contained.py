"""Formats read whole are read in a process of their own: slow, large or crashing, it is only that.

One such process is kept for each process that reads, since starting it takes seconds. Samples
come back through a file that is mapped, not through the pipe.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import numpy as np
import numpy.typing as npt

from transforms.recordings.containment import Answer, Failure, Request
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.formats import Format
from transforms.recordings.plan import OpenedRecording, RecordingSettings

_LOG = logging.getLogger(__name__)

UNEXPECTED = "the reader failed unexpectedly"
"""In the message of an error that a loader should have raised itself."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from transforms.recordings.containment import serve; serve(int(sys.argv[2]))"
)
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")  # each maps 10s of MB


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a file may cost: a base, and a share that grows with its bytes.

    Attributes:
      memory_per_byte: 16-bit samples become 64-bit ones, of which parsers hold a few copies.
      seconds_per_mb: text is parsed at a few megabytes a second, on a busy machine at less.
    """

    memory_bytes: int = 1 << 30
    memory_per_byte: int = 16
    seconds: float = 60.0
    seconds_per_mb: float = 4.0

    def memory(self, size_bytes: int) -> int:
        """Bytes that may be mapped to read a file of this size."""
        return self.memory_bytes + self.memory_per_byte * size_bytes

    def time_s(self, size_bytes: int) -> float:
        """Seconds that reading it may take."""
        return self.seconds + self.seconds_per_mb * size_bytes / 1e6


LIMITS = Limits()


def open_contained(
    format_: Format, path: str, settings: RecordingSettings, size_bytes: int
) -> OpenedRecording:
    """What is in a file.

    Args:
      size_bytes: of all files of the recording.

    Raises:
      RecordingError: of the loader, or it crashed, or needed more than `LIMITS`.
    """
    answer = _ask(_request(format_, path, settings, size_bytes))
    assert isinstance(answer, OpenedRecording)
    return answer


@contextlib.contextmanager
def samples_contained(
    format_: Format, path: str, settings: RecordingSettings, size_bytes: int, stream: str
) -> Iterator[npt.NDArray[np.float64]]:
    """The stored samples of one stream, (n_stored, n_channels), mapped from a deleted file.

    Raises:
      RecordingError: as `open_contained`.
      OSError: no room for them on the temporary disk.
    """
    request = _request(format_, path, settings, size_bytes)
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "samples.npy")
        _ask(dataclasses.replace(request, stream=stream, samples_path=place))
        samples = np.load(place, mmap_mode="r", allow_pickle=False)
    yield samples  # the folder is gone, whatever becomes of us; the map keeps the samples


def _request(format_: Format, path: str, settings: RecordingSettings, size_bytes: int) -> Request:
    return Request(
        reader=format_.name,
        loader=format_.loader,
        path=os.path.abspath(path),  # we may have changed the folder since the process began
        settings=settings,
        memory_bytes=LIMITS.memory(size_bytes),
        seconds=LIMITS.time_s(size_bytes),
    )


class _Child:
    """The process, as long as it behaves."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # what libraries print
                stderr=subprocess.DEVNULL,
                env=os.environ | dict.fromkeys(_ONE_THREAD, "1"),
            )
        self._connection = Connection(ours.detach())

    @property
    def has_ended(self) -> bool:
        """Whether somebody else has ended it, such as a system short of memory."""
        return self._process.poll() is not None

    def ask(self, request: Request) -> Answer:
        """Its answer.

        Raises:
          TimeoutError: it took too long.
          EOFError: it ended; so does this object's usefulness, as after any other error.
        """
        try:
            self._connection.send(request)
            if not self._connection.poll(request.seconds):
                raise TimeoutError
            answer: Answer = self._connection.recv()
        except TimeoutError:
            raise
        except OSError as error:  # the pipe broke, or the answer in the middle
            raise EOFError from error
        return answer

    def end(self, *, patience_s: float = 5.0) -> str:
        """Ends it, and says how it had ended."""
        self._connection.close()  # at which it ends by itself, unless it hangs
        try:
            code = self._process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


_lock = threading.Lock()
_child: _Child | None = None


def _ask(request: Request) -> OpenedRecording | None:
    with _lock:
        child = _take_child()
        try:
            answer = child.ask(request)
        except TimeoutError:
            _end_child(patience_s=0)
            message = (
                f"reading took more than {request.seconds:.0f} s, far more than a sound file takes"
            )
            raise RecordingError(Reason.UNREADABLE, message) from None
        except EOFError:
            message = f"the reader crashed on it ({_end_child()})"
            raise RecordingError(Reason.UNREADABLE, message) from None
        except BaseException:  # Ctrl-C: what it still answers would be taken for the next file's
            _end_child(patience_s=0)
            raise
        if isinstance(answer, Failure) and answer.kind == "memory":
            _end_child()  # what it holds now is unknown
    if isinstance(answer, RecordingError):
        raise answer
    if isinstance(answer, Failure):
        raise _error_of(answer, request)
    return answer


def _error_of(failure: Failure, request: Request) -> Exception:
    if failure.kind == "disk":
        return OSError(f"no room for the samples of {request.path}: {failure.detail}")
    if failure.kind == "memory":
        limit = f"{request.memory_bytes / 1e6:.0f} MB"
        message = f"reading needed more memory than the {limit} that a file of its size may take"
        return RecordingError(Reason.UNREADABLE, message)
    _LOG.warning("%s: %s: %s", request.path, UNEXPECTED, failure.detail)
    return RecordingError(Reason.UNREADABLE, f"{UNEXPECTED}: {failure.detail}")


def _take_child() -> _Child:
    global _child
    if _child is not None and _child.owner == os.getpid() and _child.has_ended:
        _end_child()
    if _child is None or _child.owner != os.getpid():  # a fork of us must not share it
        _child = _Child()
    return _child


def _end_child(*, patience_s: float = 5.0) -> str:
    global _child
    ended, _child = _child, None
    if ended is None or ended.owner != os.getpid():
        return ""
    return ended.end(patience_s=patience_s)


atexit.register(_end_child)
