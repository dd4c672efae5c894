"""Every contender does the work it is said to do, on the windows it is said to do it."""

from __future__ import annotations

import importlib
import itertools

import numpy as np
import pytest

from benchmarks.contenders.look_back import LookBack
from benchmarks.workloads import WORKLOADS, Workload, background, blocks

NAMES = {
    "engine": "numba",
    "textbook": "scipy",
    "scipy_recording": "scipy",
    "mne_window": "mne",
    "brainflow_window": "brainflow",
    "brainflow_per_channel": "brainflow",
    "ezmsg_bandpower": "ezmsg.sigproc",
}
PACKETS, BLOCKS = WORKLOADS[:2]


def contender(name: str):
    pytest.importorskip(NAMES[name], reason="pip install -r requirements-bench.txt")
    return importlib.import_module(f"benchmarks.contenders.{name}").CONTENDER


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("workload", [PACKETS, BLOCKS], ids=lambda workload: workload.name)
def test_twenty_windows_a_second_come_out(name, workload):
    push, supply = contender(name).start(workload), blocks(workload)
    seconds = 20.0
    windows = sum(push(next(supply)) for _ in range(round(seconds / workload.block_s)))
    hop_s = 12 / 250 if name == "ezmsg_bandpower" else 0.05  # it leaves the grid, as it says
    most = seconds / hop_s
    assert most - 2.0 / hop_s - 1 <= windows <= most + 1  # no more than a look-back is missing


@pytest.mark.parametrize("block_s", [0.012, 0.25, 1.0, 10.0])
def test_look_backs_end_where_windows_end(block_s):
    rate = 250
    workload = Workload("test", 1, rate, block_s)
    samples = np.arange(10 * rate, dtype=float)[:, None]
    edges = [*range(0, len(samples), round(block_s * rate)), len(samples)]
    look_back = LookBack(workload)
    found = [
        (recent[0, 0], recent[-1, 0])
        for low, high in itertools.pairwise(edges)
        for recent in look_back.extend(samples[low:high])
    ]
    ends = [end for window in range(200) if (end := -(-(window + 1) * 25 // 2)) >= 2 * rate]
    assert found == [(end - 2 * rate, end - 1) for end in ends]


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_blocks_are_the_signal_cut_up(workload):
    supply = blocks(workload)
    n_blocks = round(20 / workload.block_s)
    joined = np.concatenate([next(supply) for _ in range(n_blocks)])
    rate = workload.sampling_rate_hz
    whole = background(60 * rate, workload.n_channels, rate, seed=1)
    np.testing.assert_array_equal(joined, whole[: 20 * rate])


def test_the_signal_is_of_the_size_of_an_eeg():
    assert 8 < background(60 * 250, 8, 250, seed=1).std() < 15
