"""Plays a source on a device: every chunk when its last sample would have been measured."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator

from devices.client.client import DeviceClient
from devices.replay_source import Chunk, Mark, Source

_NS = 1_000_000_000
_FAST_CHUNK_S = 5.0


@dataclasses.dataclass(frozen=True)
class Pace:
    """When things are played.

    Args:
      is_live: each chunk at its time; else as fast as the device takes them, and stamped so that
        the end is now: the door refuses what is yet to come.
      seconds: how much is played; the source begins again where it ends. None: once.
      chunk_s: of signal at a time, when live.
    """

    is_live: bool = True
    seconds: float | None = None
    chunk_s: float = 0.25

    @property
    def step_s(self) -> float:
        """Of signal at a time. A push waits for the disk once, however much it holds."""
        return self.chunk_s if self.is_live else max(self.chunk_s, _FAST_CHUNK_S)


class Awaiter:
    """Waits for moments of a monotonic clock; may be woken to end early."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic):
        self.now_s, self._ended = monotonic_s, threading.Event()

    def wait_until(self, at_s: float) -> bool:
        """Whether a moment of the clock came before `end`."""
        return not self._ended.wait(max(at_s - self.now_s(), 0.0))

    def end(self) -> None:
        """Nothing more is waited for."""
        self._ended.set()


def play(
    device: DeviceClient,
    source: Source,
    pace: Pace,
    awaiter: Awaiter | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> collections.Counter[str]:
    """Plays to the end, or until the awaiter is ended.

    Returns:
      Samples played, by stream.
    """
    made: collections.Counter[str] = collections.Counter()
    seconds = source.duration_s if pace.seconds is None else pace.seconds
    start_ns = now_ns() - (0 if pace.is_live else round(seconds * _NS))
    awaiter = awaiter or Awaiter()
    began_s = awaiter.now_s()
    for item in _repeated(source, pace.step_s, seconds):
        if pace.is_live and not awaiter.wait_until(began_s + item.due_s):
            break
        if isinstance(item, Mark):
            time_ns = start_ns + round(item.due_s * _NS)
            device.mark(item.description[:1000], time_ns=time_ns, duration_ns=item.duration_ns)
            continue
        if item.restarts:
            device.restart(item.stream)
        device.push(
            item.stream,
            item.samples,
            absent=item.absent,
            first_sample=item.first_sample,
            start_ns=start_ns + round(item.begin_s * _NS),
        )
        made[item.stream] += len(item.samples)
    return made


def _repeated(source: Source, chunk_s: float, seconds: float) -> Iterator[Chunk | Mark]:
    """The source again and again, with counts and times that go on, cut after `seconds`."""
    begin_s, turn = 0.0, 0
    while begin_s < seconds:
        for item in source.items(chunk_s):
            if begin_s + item.due_s > seconds * (1 + 1e-9):
                return
            if isinstance(item, Mark):
                if item.description:
                    yield dataclasses.replace(item, due_s=begin_s + item.due_s)
                continue
            yield dataclasses.replace(
                item,
                begin_s=begin_s + item.begin_s,
                due_s=begin_s + item.due_s,
                first_sample=turn * source.n_samples[item.stream] + item.first_sample,
            )
        begin_s, turn = begin_s + source.duration_s, turn + 1
