"""ezmsg-sigproc: streaming transformers, called synchronously, without its message bus."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from ezmsg.sigproc.aggregate import AggregationFunction
from ezmsg.sigproc.bandpower import BandPowerSettings, BandPowerTransformer
from ezmsg.sigproc.butterworthfilter import ButterworthFilterSettings, ButterworthFilterTransformer
from ezmsg.sigproc.spectrogram import SpectrogramSettings
from ezmsg.sigproc.spectrum import SpectralTransform, WindowFunction
from ezmsg.util.messages.axisarray import AxisArray

from benchmarks.workloads import (
    HIGH_PASS_HZ,
    LOOK_BACK_S,
    WINDOW_S,
    Contender,
    Float64,
    Workload,
)


def start(workload: Workload) -> Callable[[Float64], int]:
    """A Butterworth high-pass and `BandPower` with a hop of 50 ms."""
    high_pass = ButterworthFilterTransformer(
        ButterworthFilterSettings(
            order=2,
            cuton=HIGH_PASS_HZ,
            coef_type="sos",
            thread_min_bytes=0,  # one thread, as all others
        )
    )
    settings = BandPowerSettings(
        spectrogram_settings=SpectrogramSettings(
            window_dur=LOOK_BACK_S,
            window_shift=WINDOW_S,
            window=WindowFunction.HANNING,
            transform=SpectralTransform.REL_POWER,
        ),
        bands=[(float(low), float(high)) for low, high in workload.bands_hz],
        aggregation=AggregationFunction.SUM,
    )
    with warnings.catch_warnings():  # it sets an option that it has deprecated itself
        warnings.simplefilter("ignore", FutureWarning)
        band_power = BandPowerTransformer(settings)
    rate, seen = workload.sampling_rate_hz, 0

    def push(block: Float64) -> int:
        nonlocal seen
        axes = {"time": AxisArray.TimeAxis(fs=rate, offset=seen / rate)}
        message = AxisArray(block, dims=["time", "ch"], axes=axes, key="stream")
        seen += len(block)
        return len(band_power(high_pass(message)).data)

    return push


CONTENDER = Contender(
    name="ezmsg-sigproc (Butterworth + BandPower)",
    computes="a second-order high-pass with carried state; per hop and channel one FFT over 2 s,"
    " the engine's bands",
    lacks="notches, every feature but the band powers, artifacts, gaps, NaN; its hop is a whole"
    " number of samples, so at 250 Hz its windows come every 48 ms and leave the grid",
    start=start,
)
