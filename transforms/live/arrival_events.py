"""What happened to packets on the way, gathered into few rows of `events`."""

from __future__ import annotations

from transforms.event_rows import EventRows
from transforms.live.live_tables import live_name
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart

_DETAIL = {
    "wrap": "the counter began again {packets} times",
    "refused": "{packets} packets, {samples} samples",
    "duplicates": "{packets} packets, {samples} samples",
    "late": "{packets} packets, {samples} samples",
}


class ArrivalEvents:
    """One event a kind for everything since the last rows.

    Attributes:
      found: kind to start, end, packets, samples.
    """

    def __init__(self, found: dict[str, list[int]] | None = None):
        self.found = found or {}

    def add(self, kind: str, start_ns: int, end_ns: int, n_samples: int) -> None:
        """A packet to which it happened, and to how many of its samples."""
        start, end, packets, samples = self.found.get(kind, [start_ns, end_ns, 0, 0])
        found = [min(start, start_ns), max(end, end_ns), packets + 1, samples + n_samples]
        self.found[kind] = found

    def parts(self, identity: RowIdentity) -> list[TablePart]:
        """The rows, if there are any."""
        if not self.found:
            return []
        rows = EventRows()
        for kind, (start, end, packets, samples) in self.found.items():
            detail = _DETAIL[kind].format(packets=packets, samples=samples)
            rows.add_arrival(kind, start, end, detail)
        mark = max(end for _, end, _, _ in self.found.values())
        self.found = {}
        part = rows.part(identity, live_name(identity, "arrival", mark))
        return [part.named_by_content()] if part is not None else []
