"""BrainFlow as its examples use it: filter what the ring buffer holds, average band powers."""

from __future__ import annotations

from collections.abc import Callable

from brainflow.data_filter import DataFilter, FilterTypes

from benchmarks.contenders.look_back import LookBack
from benchmarks.workloads import HIGH_PASS_HZ, Contender, Float64, Workload


def start(workload: Workload) -> Callable[[Float64], int]:
    """Band-pass per channel and `get_avg_band_powers`, over the look-back of each window."""
    look_back = LookBack(workload)
    channels = list(range(workload.n_channels))

    def push(block: Float64) -> int:
        finished = look_back.extend(block)
        for recent in finished:
            data = band_pass(recent, workload.sampling_rate_hz)
            DataFilter.get_avg_band_powers(
                data, channels, workload.sampling_rate_hz, apply_filter=False
            )
        return len(finished)

    return push


def band_pass(recent: Float64, sampling_rate_hz: int) -> Float64:
    """(n_channels, look-back) float64: each channel through a second-order band-pass."""
    data = recent.T.copy()  # BrainFlow filters in place
    for channel in data:
        DataFilter.perform_bandpass(
            channel, sampling_rate_hz, HIGH_PASS_HZ, 45.0, 2, FilterTypes.BUTTERWORTH.value, 0
        )
    return data


CONTENDER = Contender(
    name="BrainFlow (band-pass + average band powers)",
    computes="per window: band-pass 0.5-45 Hz of the last 2 s of each channel, then the average and"
    " deviation over channels of five relative band powers",
    lacks="filter state (the first half second of every look-back is transient), powers per"
    " channel, high gamma, notches, every other feature, artifacts, gaps. Its Python binding copies"
    " the samples one by one, which is most of its time",
    start=start,
)
