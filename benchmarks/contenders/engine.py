"""The engine, as its users call it."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.workloads import LINE_HZ, Contender, Float64, Workload
from transforms.engine import SignalEngine, StreamSpec


def start(workload: Workload) -> Callable[[Float64], int]:
    """An engine with all default features."""
    spec = StreamSpec("eeg", workload.sampling_rate_hz, workload.channels, line_hz=LINE_HZ)
    signal_engine = SignalEngine(spec)
    first_sample = 0

    def push(block: Float64) -> int:
        nonlocal first_sample
        windows = signal_engine.push(first_sample, block)
        first_sample += len(block)
        return len(windows)

    return push


CONTENDER = Contender(
    name="engine",
    computes="high-pass, notches, muscle high-pass with carried state; every default feature, flag"
    " and quality per channel on the exact 50 ms grid",
    lacks="",
    start=start,
)
