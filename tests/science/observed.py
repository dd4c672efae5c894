"""Real recordings as the engine returns them: read by our readers, cut into our windows."""

from __future__ import annotations

import dataclasses
import functools
import pathlib

import numpy as np
import numpy.typing as npt

from tests.recordings import recording
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.recordings import Marker, RecordingSettings, open_recording, read_blocks
from transforms.recordings.companions import group_files

Float64 = npt.NDArray[np.float64]

WINDOW_S = 0.05


@dataclasses.dataclass(frozen=True, eq=False)
class Observed:
    """One stream without gaps: its windows, and the markers of its recording."""

    spec: StreamSpec
    windows: WindowBatch
    markers: tuple[Marker, ...] = ()

    @property
    def end_s(self) -> Float64:
        """(w,) end of each window, and of its look-backs, in seconds since the first sample."""
        return (self.windows.start_ns - self.spec.start_ns) / 1e9 + WINDOW_S

    def feature(self, name: str) -> Float64:
        """(w, n_channels) one feature."""
        return self.windows.features[:, :, self.windows.feature_names.index(name)]

    def column(self, channel: str) -> int:
        """Place of a channel; case and the dots of PhysioNet's labels (`C3..`) do not matter."""
        names = [name.strip(".").lower() for name in self.spec.channels]
        return names.index(channel.lower())

    def columns(self, *channels: str) -> list[int]:
        """Places of several channels."""
        return [self.column(channel) for channel in channels]

    def filtered(self, start_s: float, stop_s: float) -> Float64:
        """(n, n_channels) the windows' `filtered` samples of a stretch of time, concatenated."""
        rate_hz = self.spec.sampling_rate_hz
        first, end = round(start_s * rate_hz), round(stop_s * rate_hz)
        if not 0 <= first < end <= len(self.windows.filtered):
            raise ValueError(f"{start_s} to {stop_s} s; expected a part of the recording")
        return self.windows.filtered[first:end]

    def onsets_s(self, description: str) -> list[float]:
        """Seconds since the first sample of the markers with this text."""
        return [
            (marker.start_ns - self.spec.start_ns) / 1e9
            for marker in self.markers
            if marker.description == description
        ]


def windows_of(spec: StreamSpec, samples: npt.ArrayLike) -> WindowBatch:
    """All windows of an array."""
    engine = SignalEngine(spec)
    return WindowBatch.concatenate([engine.push(0, samples), engine.finish()])


def _sidecars(path: pathlib.Path) -> list[str]:
    """What belongs to a recording by its name, as the batch job finds it: a file of events."""
    listed = [one.name for one in path.parent.iterdir() if one.is_file()]
    groups = group_files([path.name], listed, lambda name: (path.parent / name).read_bytes())
    return [str(path.parent / name) for group in groups for name in group.sidecars]


@functools.cache
def observe(
    name: str, settings: RecordingSettings, signal: str = "", factor: float = 1.0
) -> Observed:
    """The stream of a kind (or the first) of a file of the data folder.

    Args:
      factor: to microvolts (or g), where the file's scale is wrong by what no unit mends.
    """
    path = recording(name)
    opened = open_recording(str(path), settings, sidecars=_sidecars(path))
    plan = next(one for one in opened.streams if signal in ("", one.spec.signal))
    engine = SignalEngine(plan.spec)
    blocks = read_blocks(str(path), plan)
    batches = [engine.push(block.first_sample, factor * block.samples) for block in blocks]
    windows = WindowBatch.concatenate([*batches, engine.finish()])
    if len(windows.filtered) != sum(run.n_samples for run in plan.runs) or len(plan.runs) > 1:
        raise ValueError(f"{name} has gaps; expected samples without any")
    return Observed(plan.spec, windows, opened.markers)
