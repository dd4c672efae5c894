"""MNE-Python, made for whole recordings, called on what a stream has at hand."""

from __future__ import annotations

from collections.abc import Callable

import mne
import numpy as np

from benchmarks.contenders.look_back import LookBack
from benchmarks.workloads import HIGH_PASS_HZ, Contender, Float64, Workload

IIR = {"order": 2, "ftype": "butter", "output": "sos"}


def start(workload: Workload) -> Callable[[Float64], int]:
    """`filter_data` once per block, one `psd_array_welch` for all windows it finishes."""
    look_back = LookBack(workload)
    rate = float(workload.sampling_rate_hz)

    def push(block: Float64) -> int:
        filtered = mne.filter.filter_data(
            block.T, rate, HIGH_PASS_HZ, None, method="iir", iir_params=dict(IIR), phase="forward"
        )
        finished = look_back.extend(filtered.T)
        if finished:
            _band_powers(np.stack([recent.T for recent in finished]), workload)
        return len(finished)

    return push


def _band_powers(recent: Float64, workload: Workload) -> list[Float64]:
    n_fft = recent.shape[-1]
    power, hz = mne.time_frequency.psd_array_welch(
        recent, float(workload.sampling_rate_hz), n_fft=n_fft, window="hann"
    )
    return [power[..., (low <= hz) & (hz < high)].sum(axis=-1) for low, high in workload.bands_hz]


CONTENDER = Contender(
    name="MNE (filter_data + psd_array_welch)",
    computes="per block: a causal second-order high-pass; per window and channel Welch over 2 s,"
    " the engine's bands; all windows of a block in one call",
    lacks="filter state (every block starts anew, so the output has steps at the seams), notches,"
    " every feature but the band powers, artifacts, gaps",
    start=start,
)
