"""Runs a part of the benchmark in a process of its own: fresh imports, its own peak of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_module(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> dict:
    """Runs `python -m module arguments` and returns the JSON object on its last line.

    Raises:
      RuntimeError: the process failed; its last lines of output say why.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    found: dict = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def peak_memory_mb() -> float:
    """Most resident memory that this process has had, in megabytes.

    Not `getrusage`: its peak survives exec, so a child would begin with its parent's.
    """
    status = Path("/proc/self/status").read_text()
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) * 1024 / 1e6
