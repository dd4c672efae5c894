"""What it costs to put an engine away and take it up again."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable

from benchmarks.workloads import WORKLOADS, blocks
from transforms.engine import SignalEngine, StreamSpec


def measure() -> list[dict[str, float | str]]:
    """Size and median times for each number of channels, after a minute of signal."""
    found: list[dict[str, float | str]] = []
    for workload in (w for w in WORKLOADS if w.block_s < 1):
        spec = StreamSpec("eeg", workload.sampling_rate_hz, workload.channels)
        signal_engine = SignalEngine(spec)
        first_sample, supply = 0, blocks(workload)
        while first_sample < 60 * workload.sampling_rate_hz:
            block = next(supply)
            signal_engine.push(first_sample, block)
            first_sample += len(block)
        blob = signal_engine.snapshot()
        found.append(
            {
                "stream": f"{workload.n_channels} ch x {workload.sampling_rate_hz} Hz",
                "size_kb": len(blob) / 1e3,
                "snapshot_us": _median_us(signal_engine.snapshot),
                "restore_us": _median_us(functools.partial(SignalEngine.restore, spec, blob)),
            }
        )
    return found


def _median_us(call: Callable[[], object], repetitions: int = 50) -> float:
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1e6 * statistics.median(times)
