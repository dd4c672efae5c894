"""Where the engine's time goes: each compiled kernel by itself, and the rest."""

from __future__ import annotations

import functools
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from numba.core.registry import CPUDispatcher

from benchmarks.contenders.engine import CONTENDER
from benchmarks.workloads import WORKLOADS, Workload, blocks

WARM_UP_S, MEASURE_S = 40.0, 120.0  # of signal


def measure() -> list[dict[str, float | str]]:
    """Microseconds per window of every kernel, for each workload."""
    spent: dict[str, float] = defaultdict(float)
    undo = _time_kernels(spent)
    try:
        return [row for workload in WORKLOADS for row in _rows(workload, spent)]
    finally:
        for restore in undo:
            restore()


def _rows(workload: Workload, spent: dict[str, float]) -> list[dict[str, float | str]]:
    push, supply = CONTENDER.start(workload), blocks(workload)
    for _ in range(int(WARM_UP_S / workload.block_s)):
        push(next(supply))
    packets = [next(supply) for _ in range(int(MEASURE_S / workload.block_s))]
    spent.clear()
    began = time.perf_counter()
    windows = sum(push(packet) for packet in packets)
    total = time.perf_counter() - began
    costs = dict(spent) | {"everything else (Python, numpy)": total - sum(spent.values())}
    return [
        {"workload": workload.name, "stage": name, "us_per_window": 1e6 * seconds / windows}
        for name, seconds in sorted(costs.items(), key=lambda item: -item[1])
    ]


def _time_kernels(spent: dict[str, float]) -> list[Callable[[], None]]:
    """Puts a stopwatch around every kernel that the engine's Python calls.

    The kernels' own modules stay as they are: what one kernel calls is part of its time.
    """
    undo: list[Callable[[], None]] = []
    for name, module in list(sys.modules.items()):
        if not name.startswith("transforms.engine") or ".kernels" in name:
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, CPUDispatcher):
                setattr(module, attribute, _timed(value, spent))
                undo.append(functools.partial(setattr, module, attribute, value))
    return undo


def _timed(kernel: CPUDispatcher, spent: dict[str, float]) -> Callable[..., object]:
    name = kernel.py_func.__name__

    def call(*arguments: object) -> object:
        began = time.perf_counter()
        try:
            return kernel(*arguments)
        finally:
            spent[name] += time.perf_counter() - began

    return call
