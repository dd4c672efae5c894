"""One segment on the disk: its packets, and beside them which need not be sent again."""

from __future__ import annotations

import os
import pathlib

from devices.client.durable_files import OWNER_ONLY, sync_folder
from devices.client.segments import (
    HEAD,
    StoredPacket,
    accepted_bytes,
    read_accepted,
    read_records,
    record_bytes,
)

SUFFIX, ACCEPTED_SUFFIX = ".packets", ".accepted"


class SegmentFile:
    """Packets of neighbouring numbers; only those that this process makes are appended to.

    Attributes:
      waiting: numbers and samples of those that still have to be sent, in order.
      n_bytes: on the disk.
      n_damaged: packets that were whole when they were taken, and are no more.
    """

    def __init__(self, path: pathlib.Path):
        self.path = path
        self._accepted_path = path.with_suffix(ACCEPTED_SUFFIX)
        self.waiting: dict[int, int] = {}
        self.n_bytes = 0
        self.n_damaged = 0
        self.first_number = self.last_number = int(path.stem)
        self._descriptor: int | None = None
        self._held: dict[int, StoredPacket] = {}  # while it is open: what is live is not read

    @classmethod
    def make(cls, folder: pathlib.Path, first_number: int) -> SegmentFile:
        """A new one, to be appended to.

        Raises:
          OSError: there is no room.
        """
        segment = cls(folder / f"{first_number:020d}{SUFFIX}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        segment._descriptor = os.open(segment.path, flags, OWNER_ONLY)
        try:
            _write(segment._descriptor, HEAD)
            sync_folder(folder)
        except OSError:
            segment.remove()
            raise
        segment.n_bytes = len(HEAD)
        segment.last_number = first_number - 1
        return segment

    @classmethod
    def found(cls, path: pathlib.Path) -> SegmentFile:
        """One that an earlier process left; whatever its end, what is whole in it is kept."""
        segment = cls(path)
        content = path.read_bytes()
        records = list(read_records(content))
        try:
            marks = segment._accepted_path.read_bytes()
        except FileNotFoundError:
            marks = b""
        accepted = read_accepted(marks)
        segment.n_bytes = len(content) + len(marks)
        segment.waiting = {
            one.number: one.n_samples for one in records if one.number not in accepted
        }
        segment.last_number = max((one.number for one in records), default=int(path.stem))
        return segment

    @property
    def is_open(self) -> bool:
        """Whether it can be appended to."""
        return self._descriptor is not None

    def append(self, packets: list[StoredPacket]) -> None:
        """Writes packets and waits for the disk: then a power failure does not take them.

        Raises:
          OSError: there is no room, or the disk fails; nothing of them counts.
        """
        if self._descriptor is None:
            raise ValueError(f"{self.path.name} is closed")
        raw = b"".join(record_bytes(packet) for packet in packets)
        size = os.fstat(self._descriptor).st_size
        try:
            _write(self._descriptor, raw)
            os.fdatasync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, size)
            self.close()  # after a failed sync nobody knows what is on the disk: begin another
            raise
        self.n_bytes += len(raw)
        self.last_number = packets[-1].number
        self.waiting |= {packet.number: packet.n_samples for packet in packets}
        self._held |= {packet.number: packet for packet in packets}

    def read(self) -> list[StoredPacket]:
        """Those that wait, in order; what the disk has lost meanwhile is counted and given up."""
        if self.is_open:
            return list(self._held.values())
        found = {
            one.number: one
            for one in read_records(self.path.read_bytes())
            if one.number in self.waiting
        }
        self.n_damaged += len(self.waiting) - len(found)
        self.waiting = {number: one.n_samples for number, one in found.items()}
        return list(found.values())

    def done(self, numbers: list[int]) -> None:
        """Notes that packets need not be sent again.

        Not synchronised: what a power failure takes of the list is sent again, and the door knows
        a packet by its place.
        """
        for number in numbers:
            self.waiting.pop(number, None)
            self._held.pop(number, None)
        if not self.waiting and not self.is_open:
            return  # the whole segment is about to be removed
        marks = accepted_bytes(numbers)
        with self._accepted_path.open("ab") as file:
            file.write(marks)
        self.n_bytes += len(marks)

    def close(self) -> None:
        """Appends nothing more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._held = {}

    def remove(self) -> None:
        """Removes it; the list last, or its packets would be sent again."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._accepted_path.unlink(missing_ok=True)


def _write(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]
