"""What each group of features costs: the engine with all of them, and with all but one group."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.contenders.engine import CONTENDER
from benchmarks.workloads import WORKLOADS, Float64, Workload, blocks
from transforms.engine import BY_NAME, PROFILES
from transforms.engine.measures import Measure

GROUPS = {
    "band powers": {Measure.BAND_POWER},
    "spectral entropy": {Measure.ENTROPY},
    "spectral edge": {Measure.EDGE},
    "alpha peak": {Measure.PEAK},
    "line ratio (and its own spectrum, of wide)": {Measure.LINE_RATIO},
    "amplitude, Hjorth, line length": {
        Measure.RMS,
        Measure.LOG_VARIANCE,
        Measure.LINE_LENGTH,
        Measure.MOBILITY,
        Measure.COMPLEXITY,
    },
    "muscle ratio": {Measure.HIGH_RATIO},
    "all of them": set(Measure) - {Measure.RMS},
}
"""Without "all of them", one feature is left: filters, artifacts, quality and the grid."""

TURNS, WARM_UP_S, TURN_S = 7, 10.0, 0.3


def measure() -> list[dict[str, float | str]]:
    """Microseconds of processor time per window that each group adds, in long blocks."""
    return [row for workload in WORKLOADS if workload.block_s > 1 for row in _rows(workload)]


def _rows(workload: Workload) -> list[dict[str, float | str]]:
    supplies = {group: _speeds(workload, measures) for group, measures in GROUPS.items()}
    supplies["nothing"] = _speeds(workload, set())
    costs: dict[str, list[float]] = {group: [] for group in supplies}
    for _ in range(TURNS):
        for group, supply in supplies.items():
            costs[group].append(next(supply))
    with_all = statistics.median(costs.pop("nothing"))
    saved = {group: with_all - statistics.median(found) for group, found in costs.items()}
    saved["the whole engine"] = with_all
    return [
        {"workload": workload.name, "group": group, "us_per_window": cost}
        for group, cost in saved.items()
    ]


def _speeds(workload: Workload, without: set[Measure]) -> Iterator[float]:
    """Microseconds per window of an engine without some measures, again and again."""
    whole = PROFILES["eeg"]
    names = tuple(name for name in whole.features if BY_NAME[name].measure not in without)
    PROFILES["eeg"] = dataclasses.replace(whole, features=names)
    try:
        push = CONTENDER.start(workload)
    finally:
        PROFILES["eeg"] = whole
    return _turns(workload, push)


def _turns(workload: Workload, push: Callable[[Float64], int]) -> Iterator[float]:
    supply = blocks(workload)
    for _ in range(round(WARM_UP_S / workload.block_s)):
        push(next(supply))
    while True:
        windows, began = 0, time.process_time()
        while time.process_time() - began < TURN_S:
            windows += push(next(supply))
        yield 1e6 * (time.process_time() - began) / windows
