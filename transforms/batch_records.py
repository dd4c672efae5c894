"""What the steps of the batch job hand to each other, besides parts of tables."""

from __future__ import annotations

import dataclasses
import hashlib

from transforms.recordings import Marker, Notice, OpenedRecording, StreamPlan
from transforms.report import StreamReport
from transforms.row_identity import RowIdentity
from transforms.stored_files import StoredFile
from transforms.table_part import TablePart, make_part


@dataclasses.dataclass(frozen=True)
class OpenedFile:
    """A recording that can be used.

    Attributes:
      path: of its main file, local or gs://.
      size_bytes: of all its files.
      identity: with the session, without a stream.
    """

    path: str
    size_bytes: int
    identity: RowIdentity
    recording: OpenedRecording
    files: tuple[StoredFile, ...] = ()  # the main one first

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.rsplit("/", 1)[-1]


@dataclasses.dataclass(frozen=True)
class StreamTask:
    """One stream to compute, with all that is needed on another machine."""

    path: str
    size_bytes: int
    identity: RowIdentity
    plan: StreamPlan
    notices: tuple[Notice, ...]  # of the file, for the report
    markers: tuple[Marker, ...] = ()  # of the file, for the report
    files: tuple[StoredFile, ...] = ()  # of the recording, the main one first

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.rsplit("/", 1)[-1]


@dataclasses.dataclass(frozen=True)
class StreamOutcome:
    """What became of one epoch of a stream.

    Attributes:
      flagged: per flag name in lower case, the channel windows that carry it.
      any_flagged: channel windows that carry any.
      report: for the recording's page.
      notices: of the file and of this epoch.
    """

    path: str
    identity: RowIdentity
    n_channels: int
    sampling_rate_hz: float
    n_samples: int
    n_windows: int
    flagged: dict[str, int]
    any_flagged: int
    notices: tuple[Notice, ...]
    report: StreamReport


@dataclasses.dataclass(frozen=True)
class DeadLetter:
    """Input that a stage refused."""

    path: str
    stage: str
    reason: str
    message: str
    identity: RowIdentity
    size_bytes: int | None = None

    def part(self) -> TablePart:
        """Its row; the file's name follows from the path and the reason, so a retry rewrites it."""
        key = f"{self.path}\n{self.stage}\n{self.reason}".encode()
        row = {
            "reason": self.reason,
            "stage": self.stage,
            "message": self.message,
            "path": self.path,
            "size_bytes": self.size_bytes,
        }
        name = f"{hashlib.sha256(key).hexdigest()[:32]}-r{self.identity.revision}.parquet"
        columns = {key: [value] for key, value in row.items()}
        return make_part("dead_letters", name, self.identity, 1, columns)
