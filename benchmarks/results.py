"""What was measured, kept between runs: benchmarks/results.json, one entry a part."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

from transforms.version import CODE_VERSION

PATH = Path(__file__).with_name("results.json")
LIBRARIES = ("numpy", "scipy", "numba", "mne", "apache-beam", "brainflow", "ezmsg-sigproc")

Parts = dict[str, dict[str, Any]]


def load() -> Parts:
    """All parts measured so far; none yet if there is no file."""
    parts: Parts = json.loads(PATH.read_text()) if PATH.exists() else {}
    return parts


def store(part: str, result: Any) -> Parts:
    """Adds or replaces one part, with when and where it was measured; returns all."""
    parts = load()
    parts[part] = {
        "measured_on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "result": result,
    }
    PATH.write_text(json.dumps(parts, indent=2, sort_keys=True) + "\n")
    return parts


def machine() -> dict[str, str]:
    """Processor, Python and the libraries that decide the numbers."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "neural-engine": CODE_VERSION,
        **versions,
    }


def _processor() -> str:
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.exists():
        for line in cpu_info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
