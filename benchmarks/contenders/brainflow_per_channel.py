"""BrainFlow without the slow copy in its binding: Welch and band powers per channel."""

from __future__ import annotations

from collections.abc import Callable

from brainflow.data_filter import DataFilter, WindowOperations

from benchmarks.contenders.brainflow_window import band_pass
from benchmarks.contenders.look_back import LookBack
from benchmarks.workloads import Contender, Float64, Workload


def start(workload: Workload) -> Callable[[Float64], int]:
    """Band-pass, `get_psd_welch` and `get_band_power` for every channel and window."""
    look_back = LookBack(workload)
    rate = workload.sampling_rate_hz
    # It wants a power of two: the nearest one to 1 s, which lets Welch average within the 2 s.
    n_fft = DataFilter.get_nearest_power_of_two(rate)

    def push(block: Float64) -> int:
        finished = look_back.extend(block)
        for recent in finished:
            for channel in band_pass(recent, rate):
                psd = DataFilter.get_psd_welch(
                    channel, n_fft, n_fft // 2, rate, WindowOperations.HANNING.value
                )
                for low, high in workload.bands_hz:
                    DataFilter.get_band_power(psd, float(low), float(high))
        return len(finished)

    return push


CONTENDER = Contender(
    name="BrainFlow (band-pass + Welch per channel)",
    computes="per window and channel: band-pass 0.5-45 Hz of the last 2 s, Welch with segments of"
    " about 1 s, the engine's bands",
    lacks="filter state, notches, every feature but the band powers, artifacts, gaps",
    start=start,
)
