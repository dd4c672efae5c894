"""The other side of `contained`: a process that runs loaders, one request at a time.

A damaged file can make a parser of others crash, allocate all memory or never end. Here it takes
only this process with it.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import resource
import signal
from multiprocessing.connection import Connection

import numpy as np

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.file_access import refused_if_unreadable
from transforms.recordings.formats import function_named
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_plans import named_streams, plan_loaded
from transforms.recordings.plan import OpenedRecording, RecordingSettings

_LOG = logging.getLogger(__name__)

_GRACE_S = 10.0


@dataclasses.dataclass(frozen=True)
class Request:
    """What to load.

    Attributes:
      reader: the format's name, for the plans.
      loader: `module:function`.
      memory_bytes: how much more than now the process may map.
      seconds: how long it may take; who asked ends the process then.
      stream: None: say what is in the file; a name: save the samples of this stream.
      samples_path: where to save them, as .npy.
    """

    reader: str
    loader: str
    path: str
    settings: RecordingSettings
    memory_bytes: int
    seconds: float
    stream: str | None = None
    samples_path: str = ""


@dataclasses.dataclass(frozen=True)
class Failure:
    """Why nothing was loaded, other than a RecordingError: `memory`, `disk` or `unexpected`."""

    kind: str
    detail: str


Answer = OpenedRecording | RecordingError | Failure | None
"""None: the samples are saved."""


def serve(descriptor: int) -> None:
    """Answers requests until the other side closes the connection."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with Connection(descriptor) as connection:
        while True:
            try:
                request: Request = connection.recv()
                # Ends this process if who asked is no longer there to do so.
                signal.setitimer(signal.ITIMER_REAL, request.seconds + _GRACE_S)
                connection.send(_answer(request))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                return


def _answer(request: Request) -> Answer:
    try:
        load = function_named(request.loader)  # the libraries it imports do not count
        _limit_memory(request.memory_bytes)
        with refused_if_unreadable():
            loaded: LoadedRecording = load(request.path, request.settings)
        if request.stream is None:
            return plan_loaded(loaded, reader=request.reader, settings=request.settings)
        streams = named_streams(loaded)
        if request.stream not in streams:
            raise RecordingError(Reason.UNREADABLE, "it has changed since it was opened")
        samples = streams[request.stream].samples
    except RecordingError as error:
        return error
    except MemoryError as error:
        return Failure("memory", str(error))
    # Whatever a parser raises is about this file, and must not end the job.
    except Exception as error:
        return Failure("unexpected", f"{type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        _limit_memory(None)
    try:
        np.save(request.samples_path, samples, allow_pickle=False)
    except OSError as error:
        return Failure("disk", str(error))
    return None


def _limit_memory(more_bytes: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = hard if more_bytes is None else _mapped_bytes() + more_bytes
    if hard != resource.RLIM_INFINITY:
        soft = hard if soft == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _mapped_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
