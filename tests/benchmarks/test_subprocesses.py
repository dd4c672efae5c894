"""What is measured in a process of its own is that process's."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks.subprocesses import run_module

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which Linux has")


PEAK = """
import json, sys
from benchmarks.subprocesses import peak_memory_mb
freed = bytearray(int(sys.argv[1]))
del freed
print(json.dumps({"mb": peak_memory_mb()}))
"""


@linux
@pytest.mark.parametrize(("size", "low", "high"), [(0, 0, 200), (300_000_000, 300, 500)])
def test_the_peak_is_the_childs_own_and_counts_what_it_freed(tmp_path, size, low, high):
    (tmp_path / "peak.py").write_text(PEAK)
    ballast = np.ones(80_000_000)  # 640 MB in the parent
    found = run_module("peak", str(size), env={"PYTHONPATH": str(tmp_path)})
    assert low < found["mb"] < high < ballast.nbytes / 1e6


def test_a_failure_tells_why(tmp_path):
    (tmp_path / "broken.py").write_text("raise ValueError('this is why')")
    with pytest.raises(RuntimeError, match="this is why"):
        run_module("broken", env={"PYTHONPATH": str(tmp_path)})
