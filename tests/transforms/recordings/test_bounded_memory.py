"""Files that are larger than what reading them may take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision

ROOT = Path(__file__).resolve().parents[3]
FILE_BYTES = 200_000_000
MORE_BYTES = 150_000_000

# The peak is reset after the imports: MNE and numba are not what is measured.
PROGRAM = """
import sys
from pathlib import Path
from transforms.recordings import RecordingSettings, open_recording, read_blocks

def status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))

small, large = sys.argv[1:]
for path in (small, large):
    before = status("VmRSS:")
    Path("/proc/self/clear_refs").write_text("5")
    n = 0
    for plan in open_recording(path, RecordingSettings()).streams:
        n += sum(len(block.samples) for block in read_blocks(path, plan))
print(n, status("VmHWM:") - before)
"""


@pytest.mark.parametrize("vectorized", [False, True])
def test_a_brainvision_is_read_in_bounded_memory(tmp_path, vectorized):
    made = MadeBrainvision(counted(1000), vectorized=vectorized, markers=None)
    small = write_brainvision(tmp_path, made, "small")
    large = write_brainvision(tmp_path, made, "large")
    n_samples = FILE_BYTES // 4
    np.memmap(tmp_path / "large.eeg", np.int16, "w+", shape=(2 * n_samples,))[::4096] = 1
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(small), str(large)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    n_read, more = map(int, done.stdout.split())
    assert n_read == n_samples
    assert more < MORE_BYTES
