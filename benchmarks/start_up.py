"""Time to the first window in a new process, with and without compiled kernels on disk."""

from __future__ import annotations

import json
import sys
import tempfile
import time

from benchmarks.subprocesses import run_module


def measure() -> dict[str, float]:
    """Seconds: import, construction, and the first windows; cold once, warm as a median of five."""
    with tempfile.TemporaryDirectory() as cache:
        env = {"NUMBA_CACHE_DIR": cache}
        cold = run_module("benchmarks.start_up", env=env)
        warm = [run_module("benchmarks.start_up", env=env) for _ in range(5)]
    warm.sort(key=lambda run: run["total_s"])
    return {f"cold_{k}": v for k, v in cold.items()} | {f"warm_{k}": v for k, v in warm[2].items()}


def main() -> None:
    """In the new process: prints what each step took."""
    began = time.perf_counter()
    import transforms.engine as engine

    imported = time.perf_counter()
    import numpy as np

    spec = engine.StreamSpec("eeg", 250, [f"E{number}" for number in range(8)])
    signal_engine = engine.SignalEngine(spec)
    constructed = time.perf_counter()
    packet = np.random.default_rng(1).normal(size=(125, 8)) * 10
    signal_engine.push(0, packet)
    first = time.perf_counter()
    for number in range(1, 8):  # past every look-back
        signal_engine.push(125 * number, packet)
    ready = time.perf_counter()
    steps = {
        "import_s": imported - began,
        "construct_s": constructed - imported,
        "first_window_s": first - constructed,
        "all_features_s": ready - first,
        "total_s": ready - began,
    }
    json.dump(steps, sys.stdout)


if __name__ == "__main__":
    main()
