"""Windows per second of every contender on every workload, in turns."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.workloads import Contender, Float64, Workload, blocks

WARM_UP_S = 30.0  # of signal: the adaptive thresholds have their 600 windows
WARM_UP_AT_LEAST_S = 4.0  # every look-back is full
WARM_UP_WALL_S = 3.0  # slow contenders need no more: they keep no history
SLOW_BLOCK_S = 1.0  # a contender that takes longer for one block ...
TURNS_IF_SLOW = 3  # ... has only so many turns


@dataclasses.dataclass(frozen=True)
class Speed:
    """How fast one contender did one workload.

    Attributes:
      windows_per_s: median over the repetitions, by processor time: on a core that nobody
        shares it is the wall clock's, and on a shared one it stays what it is.
      slowest, fastest: of the repetitions, by processor time.
      windows_per_wall_s: median by the wall clock.
      engine_ratio: median over the repetitions of the engine's speed in the same turn by this
        one's, by processor time; 1 for the engine itself.
    """

    contender: str
    workload: str
    windows_per_s: float
    slowest: float
    fastest: float
    windows_per_wall_s: float
    engine_ratio: float


@dataclasses.dataclass
class _Lane:
    """A contender at work: its state goes on from one repetition to the next."""

    contender: Contender
    push: Callable[[Float64], int]
    supply: Iterator[Float64]
    by_wall: list[float] = dataclasses.field(default_factory=list)
    by_cpu: list[float] = dataclasses.field(default_factory=list)
    is_slow: bool = False

    def warm_up(self, block_s: float) -> None:
        began, signal_s = time.perf_counter(), 0.0
        while signal_s < WARM_UP_S:
            block_began = time.perf_counter()
            self.push(next(self.supply))
            # The last block decides: the first may have compiled or imported something.
            self.is_slow = time.perf_counter() - block_began > SLOW_BLOCK_S
            signal_s += block_s
            if signal_s >= WARM_UP_AT_LEAST_S and time.perf_counter() - began > WARM_UP_WALL_S:
                return

    def run(self, seconds: float) -> None:
        windows = 0
        began, began_cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            windows += self.push(next(self.supply))
        self.by_cpu.append(windows / (time.process_time() - began_cpu))
        self.by_wall.append(windows / (time.perf_counter() - began))


def compare(
    workload: Workload, contenders: Sequence[Contender], *, repetitions: int, seconds: float
) -> list[Speed]:
    """Measures all contenders on one workload, the first of them being the engine.

    They take turns, in an order that rotates, so that a slow minute of the machine meets all.

    Args:
      seconds: how long each runs in each repetition, by the wall clock.
    """
    lanes = [_Lane(c, c.start(workload), blocks(workload)) for c in contenders]
    for lane in lanes:
        lane.warm_up(workload.block_s)
    for repetition in range(repetitions):
        shift = repetition % len(lanes)
        for lane in lanes[shift:] + lanes[:shift]:
            if not lane.is_slow or repetition < TURNS_IF_SLOW:
                lane.run(seconds)
    return [_speed(lane, lanes[0], workload) for lane in lanes]


def _speed(lane: _Lane, engine: _Lane, workload: Workload) -> Speed:
    ratios = [a / b for a, b in zip(engine.by_cpu, lane.by_cpu, strict=not lane.is_slow)]
    return Speed(
        contender=lane.contender.name,
        workload=workload.name,
        windows_per_s=statistics.median(lane.by_cpu),
        slowest=min(lane.by_cpu),
        fastest=max(lane.by_cpu),
        windows_per_wall_s=statistics.median(lane.by_wall),
        engine_ratio=statistics.median(ratios),
    )
