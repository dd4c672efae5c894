"""Peak memory of a day of signal: 24 hours x 32 channels x 256 Hz through one engine."""

from __future__ import annotations

import json
import sys
import time

from benchmarks.subprocesses import peak_memory_mb, run_module
from benchmarks.workloads import Workload, background
from transforms.engine import SignalEngine, StreamSpec

DAY = Workload("32 ch x 256 Hz, blocks of 60 s", 32, 256, 60.0)


def measure(hours: float) -> dict[str, float]:
    """Peak memory in MB after the first ten minutes and after all hours, and the time it took."""
    return run_module("benchmarks.memory", str(hours))


def main() -> None:
    """In the new process: streams the hours and prints what they needed."""
    hours = float(sys.argv[1])
    rate = DAY.sampling_rate_hz
    signal_engine = SignalEngine(StreamSpec("eeg", rate, DAY.channels, line_hz=50))
    began, windows, after_ten_minutes_mb = time.perf_counter(), 0, 0.0
    for minute in range(round(hours * 60)):
        block = background(60 * rate, DAY.n_channels, rate, seed=minute)
        windows += len(signal_engine.push(minute * 60 * rate, block))
        if minute == 9:
            after_ten_minutes_mb = peak_memory_mb()
    windows += len(signal_engine.finish())
    found = {
        "hours": hours,
        "windows": windows,
        "peak_10_minutes_mb": after_ten_minutes_mb,
        "peak_mb": peak_memory_mb(),
        "seconds": time.perf_counter() - began,
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
