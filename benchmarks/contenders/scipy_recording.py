"""What is left when there is no stream: whole blocks through scipy, no loop over windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft
import scipy.signal

from benchmarks.contenders.look_back import LookBack
from benchmarks.contenders.textbook import sections
from benchmarks.workloads import Contender, Float64, Workload


def start(workload: Workload) -> Callable[[Float64], int]:
    """`sosfilt` per block, and one `rfft` for all windows that the block finishes."""
    sos = sections(workload.sampling_rate_hz)
    zi = np.zeros((len(sos), 2, workload.n_channels))
    look_back = LookBack(workload)
    length = workload.sampling_rate_hz  # 1 s
    hann = scipy.signal.get_window("hann", length)[:, None]
    hz = scipy.fft.rfftfreq(length, 1 / workload.sampling_rate_hz)
    low_high = np.array(workload.bands_hz)
    in_band = ((low_high[:, :1] <= hz) & (hz < low_high[:, 1:])).astype(float)

    def push(block: Float64) -> int:
        nonlocal zi
        filtered, zi = scipy.signal.sosfilt(sos, block, axis=0, zi=zi)
        finished = look_back.extend(filtered)
        if finished:
            recent = np.stack([window[-length:] for window in finished])
            spectrum = scipy.fft.rfft((recent - recent.mean(axis=1, keepdims=True)) * hann, axis=1)
            np.matmul(in_band, np.abs(spectrum) ** 2)
        return len(finished)

    return push


CONTENDER = Contender(
    name="vectorised scipy (band powers only)",
    computes="the same high-pass and notches with carried state; per window and channel one FFT"
    " over 1 s, the engine's bands; all windows of a block in one call",
    lacks="every feature but the band powers, the 2 s look-back for delta, artifacts, quality,"
    " gaps, NaN, equality over packet sizes: a lower bound for FFT-based code in numpy",
    start=start,
)
