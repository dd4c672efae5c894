"""What a loader returns for a format that has to be read whole.

Formats that allow it (EDF, BDF, FIF, BrainVision) are read in blocks instead and never come here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.plan import Marker, Notice, Position, RecordingSettings, Run

AdcRange = tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedStream:
    """One regularly sampled signal.

    Attributes:
      signal: its kind, one of `transforms.engine.spec.SIGNALS`.
      sampling_rate: hertz, exact; nominal where the file's clock jitters.
      channels: unique names, in the order of the columns.
      start_ns: time of sample 0, nanoseconds since 1970.
      samples: (n_stored, n_channels) float64, in the unit of the engine: microvolt, g for acc. NaN
        where a channel has no value.
      runs: where the rows of `samples` belong on the stream's regular grid, in time order:
        `file_sample` counts rows of `samples`, `first_sample` counts since sample 0. More than one
        where samples were lost or the recording paused.
      adc_range: the ends of the converter's range in the same unit, one a channel, or None.
      positions: of the electrodes, as in `plan.StreamPlan`.
    """

    signal: str
    sampling_rate: Fraction
    channels: tuple[str, ...]
    start_ns: int
    samples: npt.NDArray[np.float64]
    runs: tuple[Run, ...]
    adc_range: tuple[AdcRange | None, ...] | None = None
    positions: tuple[Position | None, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedRecording:
    """All streams of a file, and what else it says."""

    streams: tuple[LoadedStream, ...]
    notices: tuple[Notice, ...] = ()
    markers: tuple[Marker, ...] = ()


Loader = Callable[[str, RecordingSettings], LoadedRecording]
"""A function (local path, settings) -> LoadedRecording that raises RecordingError, nothing else.

It may be run in a process of its own with limits on memory and time, so it is a plain function of
a module, and what it returns is picklable.
"""
