"""`python -m benchmarks [part ...]`: measures, prints, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import (
    ablation,
    batch_job,
    capacity_constants,
    live_latency,
    live_step,
    memory,
    page,
    results,
    sealing,
    snapshots,
    speed,
    stages,
    start_up,
    telemetry_function,
)
from benchmarks.line_up import CONTENDERS
from benchmarks.workloads import WORKLOADS
from local.emulators import EmulatorError


def _speed(options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    found = []
    for workload in WORKLOADS:
        print(f"  {workload.name}", file=sys.stderr)
        found += speed.compare(
            workload, CONTENDERS, repetitions=options.repetitions, seconds=options.seconds
        )
    said = [{"name": c.name, "computes": c.computes, "lacks": c.lacks} for c in CONTENDERS]
    return {"speeds": [dataclasses.asdict(one) for one in found], "contenders": said}


PARTS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "speed": _speed,
    "stages": lambda options: stages.measure(),
    "ablation": lambda options: ablation.measure(),
    "snapshots": lambda options: snapshots.measure(),
    "sealing": lambda options: sealing.measure(),
    "live": lambda options: live_step.measure(),
    "live_latency": lambda options: live_latency.measure(),
    "start_up": lambda options: start_up.measure(),
    "telemetry": lambda options: telemetry_function.measure(),
    "batch": lambda options: batch_job.measure_speed(),
    "day_engine": lambda options: memory.measure(options.hours),
    "day_batch": lambda options: batch_job.measure_memory(options.hours),
}
BY_DEFAULT = [part for part in PARTS if not part.startswith("day")]


def main() -> None:
    """Measures the parts named, or all but those of a day, which take ten minutes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--repetitions", type=int, default=9, help="turns of each contender")
    parser.add_argument("--seconds", type=float, default=0.4, help="of each turn")
    parser.add_argument("--hours", type=float, default=24.0, help="of signal in day_*")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"part is {sorted(unknown)}; expected some of {', '.join(PARTS)}")
    if hasattr(os, "sched_setaffinity"):  # one core, for this process and all it starts
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for part in options.parts or BY_DEFAULT:
        print(f"measuring {part} ...", file=sys.stderr)
        try:
            stored = results.store(part, PARTS[part](options))
        except EmulatorError as missing:
            print(f"{part} is left out: {missing}", file=sys.stderr)
            continue
        page.write(stored)
    capacity_constants.main()
    print(page.render(results.load()))
    print(f"\nwritten to {page.PATH} and {results.PATH}")


if __name__ == "__main__":
    main()
