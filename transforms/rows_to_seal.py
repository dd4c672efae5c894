"""Rows on their way to Bigtable, not sealed yet: they never leave the worker that made them."""

from __future__ import annotations

import dataclasses

from schemas.archive import EpochPlace
from schemas.bigtable_tables import BigtableTable
from security.context import CellContext


@dataclasses.dataclass(frozen=True)
class PlainCell:
    """A cell in the clear; what it holds is in no repr."""

    family: str
    qualifier: bytes
    content: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class StageTimes:
    """When a packet was where, nanoseconds since 1970 by the clock of each stage; 0: not known.

    Attributes:
      device_ns: the device closed it.
      received_ns: the door took it.
      published_ns: Pub/Sub had it.
      windowed_ns: its windows were computed.
      newest_window: the last of the row's windows, on the 50 ms grid since 1970.
      parameter_version: of what computed them.
      traceparent: of the post, where it is traced here.
    """

    device_ns: int = 0
    received_ns: int = 0
    published_ns: int = 0
    windowed_ns: int = 0
    newest_window: int = 0
    parameter_version: str = ""
    traceparent: str = ""


@dataclasses.dataclass(frozen=True)
class RowToSeal:
    """One row, or some cells of one.

    Attributes:
      place: whose cells they are.
      path: of the recording that they come from, for a dead letter.
      times: of the packet that completed the newest window; None where nothing is live.
    """

    table: BigtableTable
    row_key: bytes
    cell_time_us: int
    cells: tuple[PlainCell, ...]
    place: EpochPlace = dataclasses.field(repr=False)
    revision: int = 0
    path: str = ""
    times: StageTimes | None = None

    @property
    def n_bytes(self) -> int:
        """Of its cells."""
        return sum(len(cell.content) for cell in self.cells)


def cell_context(
    place: EpochPlace, row_key: bytes, family: str, qualifier: bytes, cell_time_us: int
) -> CellContext:
    """What a cell at this place is bound to, for who writes it and who reads it."""
    return CellContext(
        tenant=place.tenant,
        subject=place.subject,
        session=place.session,
        stream=place.stream,
        row=row_key,
        family=family,
        qualifier=qualifier,
        cell_time_us=cell_time_us,
    )
