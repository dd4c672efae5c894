"""Which packets of an epoch wait where until they are a file: plain arithmetic, no Beam.

Each epoch has two bags, for minutes with even and with odd numbers. A bag is closed, which fixes
its content, and written one turn later: so every attempt to write a file, of a worker that was
given up too, writes the same bytes under the same name.
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Iterable

from schemas.archive import ArchiveRecord, decode_record, minute_of

_STATE = struct.Struct(">BbI" + "qq" * 2)
_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Bag:
    """What is known of a bag without reading it."""

    oldest_minute: int = 0
    n_bytes: int = 0


@dataclasses.dataclass
class BagAccount:
    """The account of an epoch's two bags; what state holds of them.

    Attributes:
      next_part: number of the next file.
      bags: for even minutes and for odd ones.
      closed: the bag that is written next, 0 or 1; None: both are open.
    """

    next_part: int
    bags: list[Bag] = dataclasses.field(default_factory=lambda: [Bag(), Bag()])
    closed: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no packet waits."""
        return not any(bag.n_bytes for bag in self.bags)

    @property
    def open_bytes(self) -> int:
        """Of the fuller bag that is still open."""
        return max(bag.n_bytes for place, bag in enumerate(self.bags) if place != self.closed)

    def add(self, minute: int, n_bytes: int) -> int:
        """The bag that a packet goes to: its minute's, or the other where that one is closed."""
        place = minute % 2
        if place == self.closed:
            place = 1 - place
        bag = self.bags[place]
        oldest = min(bag.oldest_minute, minute) if bag.n_bytes else minute
        self.bags[place] = Bag(oldest, bag.n_bytes + n_bytes)
        return place

    def close(self) -> None:
        """Closes the bag with the older minute; nothing where one is closed, or both are empty."""
        full = [place for place, bag in enumerate(self.bags) if bag.n_bytes]
        if self.closed is None and full:
            self.closed = min(full, key=lambda place: self.bags[place].oldest_minute)

    def written(self, *places: int) -> None:
        """The bags are a file now, and empty."""
        self.next_part += 1
        for place in places:
            self.bags[place] = Bag()
            self.closed = None if self.closed == place else self.closed

    def to_bytes(self) -> bytes:
        """For state."""
        closed = -1 if self.closed is None else self.closed
        numbers = [n for bag in self.bags for n in dataclasses.astuple(bag)]
        return _STATE.pack(_VERSION, closed, self.next_part, *numbers)

    @classmethod
    def from_bytes(cls, state: bytes) -> BagAccount:
        """Undoes `to_bytes`."""
        version, closed, next_part, *numbers = _STATE.unpack(state)
        assert version == _VERSION, version
        bags = [Bag(*numbers[:2]), Bag(*numbers[2:])]
        return cls(next_part, bags, None if closed < 0 else closed)


def by_minute(bodies: Iterable[bytes]) -> dict[int, list[ArchiveRecord]]:
    """Records by the minute of their file, in one order whatever that of the bag was."""
    found: dict[int, list[ArchiveRecord]] = {}
    for body in sorted(bodies):
        record = decode_record(body)
        found.setdefault(minute_of(record.time_ns), []).append(record)
    for records in found.values():
        records.sort(key=lambda record: (record.first_sample, record.time_ns, record.sequence))
    return dict(sorted(found.items()))


def next_turn_s(key: str, now_s: float, every_s: int) -> float:
    """When an epoch's bags turn next: after a full minute, each epoch at a second of its own.

    >>> next_turn_s("clinic01/0", 1000.0, 60) - 1020 == zlib.crc32(b"clinic01/0") % 30 + 2
    True
    """
    offset_s = 2 + zlib.crc32(key.encode()) % max(1, every_s // 2)
    return (now_s - offset_s) // every_s * every_s + every_s + offset_s
