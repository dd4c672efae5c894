"""Store and forward: every packet is on the disk before it counts as taken.

Each append is followed by fdatasync, so that what `append` has taken survives a kill at any byte
and a power failure. What was accepted leaves the disk; a mark that gets lost on the way makes a
packet go twice, and it counts once at the door, by its place.

The folder is bounded. When it is full, new packets are refused and the caller is told: what was
taken once is never given up for something newer.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pathlib
import threading
from collections.abc import Iterator, Sequence

from devices.client.durable_files import OWNER_ONLY
from devices.client.errors import FolderInUseError, StoreFullError
from devices.client.segment_files import ACCEPTED_SUFFIX, SUFFIX, SegmentFile
from devices.client.segments import RECORD_OVERHEAD, StoredPacket

SEGMENT_BYTES = 1 << 20
RESERVED_BYTES = 256 << 10
"""Beyond the bound, for events: what was lost when the store was full has to be told too."""


@dataclasses.dataclass(frozen=True)
class Waiting:
    """What still has to be sent."""

    packets: int
    samples: int
    bytes: int


class PacketStore:
    """Packets of one device in a folder that it has to itself; may be used by several threads.

    Args:
      max_bytes: of all that waits on the disk; in memory each waiting packet takes some 100 bytes.
      segment_bytes: of a file; what was sent is removed file by file.

    Attributes:
      n_damaged: packets that were taken and that the disk has lost since.

    Raises:
      FolderInUseError: another process has the folder.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        max_bytes: int = 512 << 20,
        segment_bytes: int = SEGMENT_BYTES,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._max_bytes = folder, max_bytes
        self._segment_bytes = min(segment_bytes, max_bytes // 16)
        self._lock = threading.Lock()
        self._guard = _take(folder)
        self._segments = [SegmentFile.found(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
        self._next_number = max((one.last_number for one in self._segments), default=0) + 1
        self._remove_finished()
        self._remove_orphans()
        self.n_damaged = 0
        self._read: tuple[pathlib.Path, list[StoredPacket]] | None = None

    def append(self, wires: Sequence[tuple[bytes, int]], *, reserved: bool = False) -> list[int]:
        """Takes packets, all or none.

        Args:
          wires: bytes of a packet, and how many samples it holds.
          reserved: may use the room beyond the bound.

        Returns:
          Their numbers.

        Raises:
          StoreFullError: there is no room by the bound, or none on the disk.
        """
        with self._lock:
            needed = sum(len(wire) + RECORD_OVERHEAD for wire, _ in wires)
            room = self._max_bytes + RESERVED_BYTES * reserved
            if self._n_bytes() + needed > room:
                self._close_last()  # perhaps all that it holds was accepted
            if self._n_bytes() + needed > room:
                raise StoreFullError("store", f"{self._n_bytes()} bytes", f"less than {room}")
            packets = [
                StoredPacket(self._next_number + place, n_samples, wire)
                for place, (wire, n_samples) in enumerate(wires)
            ]
            # Numbers are never used again, even those of a write that failed half-way.
            self._next_number += len(packets)
            try:
                self._segment(packets[0].number).append(packets)
            except OSError as error:
                raise StoreFullError("disk", os.strerror(error.errno or 0), "room") from error
            return [packet.number for packet in packets]

    def oldest(self, max_packets: int, max_bytes: int, after: int = 0) -> list[StoredPacket]:
        """The packets that wait the longest, in the order in which they were taken.

        Args:
          max_bytes: of them together; a single packet is returned whatever its size.
          after: only those of higher numbers.
        """
        chosen: list[StoredPacket] = []
        n_bytes = 0
        with self._lock:
            for packet in self._in_order(after):
                n_bytes += len(packet.wire)
                if len(chosen) == max_packets or (chosen and n_bytes > max_bytes):
                    break
                chosen.append(packet)
        return chosen

    def oldest_number(self) -> int | None:
        """Of the packet that waits the longest."""
        with self._lock:
            firsts = (next(iter(segment.waiting), None) for segment in self._segments)
            return next((number for number in firsts if number is not None), None)

    def done(self, numbers: Sequence[int]) -> None:
        """Removes packets: they were accepted, or are kept elsewhere."""
        with self._lock:
            if not numbers:
                return
            first, last = min(numbers), max(numbers)
            for segment in self._segments:
                if last < segment.first_number or segment.last_number < first:
                    continue
                of_segment = [number for number in numbers if number in segment.waiting]
                if of_segment:
                    segment.done(of_segment)
            self._remove_finished()

    def waiting(self) -> Waiting:
        """How much has to be sent."""
        with self._lock:
            counts = [samples for one in self._segments for samples in one.waiting.values()]
            return Waiting(len(counts), sum(counts), self._n_bytes())

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        with self._lock:
            return not any(segment.waiting for segment in self._segments)

    def last_number(self) -> int:
        """Of the packets taken so far."""
        with self._lock:
            return self._next_number - 1

    def close(self) -> None:
        """Gives the folder back."""
        with self._lock:
            for segment in self._segments:
                segment.close()
            self._remove_finished()
            os.close(self._guard)

    def _n_bytes(self) -> int:
        return sum(segment.n_bytes for segment in self._segments)

    def _segment(self, first_number: int) -> SegmentFile:
        """The one to append to: never one of another process, whose end may be torn."""
        last = self._segments[-1] if self._segments else None
        if last is not None and last.is_open and last.n_bytes < self._segment_bytes:
            return last
        self._close_last()
        made = SegmentFile.make(self._folder, first_number)
        self._segments.append(made)
        return made

    def _close_last(self) -> None:
        if self._segments:
            self._segments[-1].close()
        self._remove_finished()

    def _in_order(self, after: int) -> Iterator[StoredPacket]:
        for segment in self._segments:
            if segment.waiting and segment.last_number > after:
                for packet in self._content(segment):
                    if packet.number > after and packet.number in segment.waiting:
                        yield packet

    def _content(self, segment: SegmentFile) -> list[StoredPacket]:
        """Read once while it lasts: an hour's backlog is posted from it in many posts."""
        if segment.is_open:
            return segment.read()
        if self._read is None or self._read[0] != segment.path:
            damaged = segment.n_damaged
            self._read = (segment.path, segment.read())
            self.n_damaged += segment.n_damaged - damaged
        return self._read[1]

    def _remove_finished(self) -> None:
        for segment in [one for one in self._segments if not one.waiting and not one.is_open]:
            segment.remove()
            self._segments.remove(segment)

    def _remove_orphans(self) -> None:
        """Lists whose segment is gone: the process ended between the two."""
        for path in self._folder.glob(f"*{ACCEPTED_SUFFIX}"):
            if not path.with_suffix(SUFFIX).exists():
                path.unlink()


def _take(folder: pathlib.Path) -> int:
    guard = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT, OWNER_ONLY)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(guard)
        expected = "a folder that no other process uses"
        raise FolderInUseError("folder", str(folder), expected) from None
    return guard
