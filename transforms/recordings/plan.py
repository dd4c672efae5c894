"""What was found in a recording: small, immutable, sent from the opener to those who compute."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from security.vault import VaultSettings
from transforms.engine import StreamSpec
from transforms.recordings.errors import Reason, RecordingError

AUTO = "auto"
"""Signal kind by channel type or label; eeg where neither says."""

Position = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class ChannelFact:
    """What a table beside the file says of a channel.

    Attributes:
      signal: its kind; None: it carries no signal that the engine knows.
      unit: as the table spells it; counts only where the file names none.
    """

    name: str
    signal: str | None
    unit: str | None = None


@dataclasses.dataclass(frozen=True)
class ArchiveFence:
    """Whose archives a job may open.

    Attributes:
      subject: None: of any subject of the tenant.
    """

    tenant: str
    subject: str | None = None


@dataclasses.dataclass(frozen=True)
class RecordingSettings:
    """What the files do not say, or say wrongly.

    Attributes:
      signal: a signal kind for all channels that carry a signal, or `AUTO`.
      line_hz: mains frequency, 50, 60 or None.
      line_hz_from_file: what stands beside the file overrules `line_hz`.
      unit: what the stored numbers are (`units.UNITS`), whatever the file says; None believes it.
      sampling_rate: hertz, for files that name none (plain tables); never overrules a file.
      max_file_bytes: of files whose format has to be read whole.
      channels: from the tables beside the file (BIDS), filled in while it is opened.
      vault: where the keys of sealed archives are; None: sealed packets are refused.
      owner: the only tenant, and subject, whose archives are opened; None: of anybody.
    """

    signal: str = AUTO
    line_hz: int | None = 50
    line_hz_from_file: bool = False
    unit: str | None = None
    sampling_rate: Fraction | None = None
    max_file_bytes: int = 1 << 30
    channels: tuple[ChannelFact, ...] = ()
    vault: VaultSettings | None = None
    owner: ArchiveFence | None = None

    def signal_of(self, name: str, found: str | None) -> str | None:
        """Kind of a channel for which the file itself says `found`; None: no signal.

        A table beside the file overrules the file, and `--signal` both.
        """
        for fact in self.channels:
            if fact.name == name:
                found = fact.signal
                break
        return found if found is None or self.signal == AUTO else self.signal

    def unit_of(self, name: str) -> str | None:
        """What the table beside the file says of a channel's unit, as it spells it."""
        return next((fact.unit for fact in self.channels if fact.name == name), None)


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
      reader: the name of its format, a key of `formats.FORMATS`.
      source_channels: by the names the reader gives them, in the order of `spec.channels`.
      factors: from what the reader returns to the unit of the engine, one a channel.
      runs: in time order; more than one where the recording paused.
      positions: of the electrodes, metres from the origin of the head (x to the right, y to the
        front, z up), one a channel; None where unknown, and as a whole where all are.
      unit: by which the file labels its numbers, a name in `units.UNIT_UV`; None: several, none.
      settings: with which a file that is read whole, or an archive, is read again; None for the
        other formats.
      epoch: by which its rows are stored; above 0 where the device began to count again.
      packet_epoch: by which its packets are stored in an archive.
      jump_epochs: what is added to the epoch after a pause of more than an hour.
    """

    stream: str
    spec: StreamSpec
    reader: str
    source_channels: tuple[str, ...]
    factors: tuple[float, ...]
    runs: tuple[Run, ...]
    positions: tuple[Position | None, ...] | None = None
    unit: str | None = None
    settings: RecordingSettings | None = None
    epoch: int = 0
    packet_epoch: int = 0
    jump_epochs: int = 1

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
class RecordingOwner:
    """Whose an archived session is: it overrules what the job was told of its files."""

    tenant: str
    subject: str
    session: str


@dataclasses.dataclass(frozen=True)
class OpenedRecording:
    """A recording's streams, and what else its file says.

    Attributes:
      subject: the label that a dataset gives the person (`sub-01` in BIDS), or None.
      owner: of an archived session; None for files, which do not say whose they are.
    """

    start_ns: int
    streams: tuple[StreamPlan, ...]
    notices: tuple[Notice, ...]
    markers: tuple[Marker, ...]
    subject: str | None = None
    owner: RecordingOwner | None = None

    def __post_init__(self) -> None:
        if not self.streams:
            left_out = [n.detail for n in self.notices if n.kind == "channels_left_out"]
            why = f" ({'; '.join(left_out)})" if left_out else ""
            raise RecordingError(
                Reason.NO_SIGNAL,
                f"no channel carries a signal that the engine knows{why}",
            )
