"""What one packet, or one decision, brings forth."""

from __future__ import annotations

import dataclasses

from transforms.engine import WindowBatch
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import RowToSeal
from transforms.second_rows import Part


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Why a packet cannot be used: a stable code, and what would be right."""

    reason: str
    message: str


@dataclasses.dataclass(frozen=True)
class RecordPlace:
    """Where a packet is in the archive: as `ArchiveRecord` has it."""

    time_ns: int
    first_sample: int = 0
    n_samples: int = 0


@dataclasses.dataclass
class Step:
    """Everything that goes on; empty where a packet only waits.

    Attributes:
      windows: finished, with whose they are.
      rows, parts: for Bigtable and for tables.
      record: what the archive says of the packet; None where it is not to be archived.
      refusal: of the packet.
    """

    windows: list[tuple[RowIdentity, WindowBatch]] = dataclasses.field(default_factory=list)
    rows: list[RowToSeal] = dataclasses.field(default_factory=list)
    parts: list[Part] = dataclasses.field(default_factory=list)
    record: RecordPlace | None = None
    refusal: Refusal | None = None
