"""What was found in a recording: small, immutable, sent from the opener to those who compute."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from transforms.engine import StreamSpec
from transforms.recordings.errors import Reason, RecordingError

AUTO = "auto"
"""Signal kind by channel type or label; eeg where neither says."""


@dataclasses.dataclass(frozen=True)
class RecordingSettings:
    """What the files do not say, or say wrongly.

    Attributes:
      signal: a signal kind for all channels that carry a signal, or `AUTO`.
      line_hz: mains frequency, 50, 60 or None.
      unit: what the stored numbers are (`units.UNIT_UV`), whatever the file says; None believes it.
      sampling_rate: hertz, for files that name none (plain tables); never overrules a file.
      max_file_bytes: of files whose format has to be read whole.
    """

    signal: str = AUTO
    line_hz: int | None = 50
    unit: str | None = None
    sampling_rate: Fraction | None = None
    max_file_bytes: int = 1 << 30


@dataclasses.dataclass(frozen=True)
class Run:
    """`n_samples` without a gap, from `first_sample` of the stream, `file_sample` of the file."""

    first_sample: int
    file_sample: int
    n_samples: int


@dataclasses.dataclass(frozen=True)
class StreamPlan:
    """How to read one stream of a recording.

    Attributes:
      stream: its name within the session: signal kind and a number, `eeg0`.
      reader: `edf`, `bdf` or `fif`.
      source_channels: by the names MNE gives them, in the order of `spec.channels`.
      factors: from what MNE returns to the unit of the engine, one a channel.
      runs: in time order; more than one where the recording paused.
    """

    stream: str
    spec: StreamSpec
    reader: str
    source_channels: tuple[str, ...]
    factors: tuple[float, ...]
    runs: tuple[Run, ...]

    @property
    def n_samples(self) -> int:
        """Samples stored in the file."""
        return sum(run.n_samples for run in self.runs)


@dataclasses.dataclass(frozen=True)
class Notice:
    """Something a user should know about a recording; becomes a row of `events`."""

    kind: str
    detail: str
    channel: str | None = None


@dataclasses.dataclass(frozen=True)
class Marker:
    """One annotation. Times in nanoseconds since 1970; duration 0 for a moment."""

    start_ns: int
    duration_ns: int
    description: str
    channels: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class OpenedRecording:
    """A recording's streams, and what else its file says."""

    start_ns: int
    streams: tuple[StreamPlan, ...]
    notices: tuple[Notice, ...]
    markers: tuple[Marker, ...]

    def __post_init__(self) -> None:
        if not self.streams:
            raise RecordingError(
                Reason.NO_SIGNAL,
                "no channel carries a signal that the engine knows; name one with --signal",
            )
