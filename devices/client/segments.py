"""Records in a file that is only ever appended to: what damage and torn ends leave is still read.

A file opens with `HEAD`. A record is a mark, the length of its packet, a CRC-32, its number, how
many samples it holds, and the packet; numbers are little-endian. The CRC covers what follows it.
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Iterable, Iterator

HEAD = b"NEQUEUE\x01"
MAX_PACKET_BYTES = 8 << 20
"""As the door's decoder takes them: a longer length is damage."""

_MARK = b"\xa5NEQ"
_PREFIX = struct.Struct("<4sII")  # mark, bytes of the packet, CRC-32
_PLACE = struct.Struct("<QI")  # number, samples
RECORD_OVERHEAD = _PREFIX.size + _PLACE.size

_ACCEPTED = struct.Struct("<QI")  # number, CRC-32 of it


@dataclasses.dataclass(frozen=True)
class StoredPacket:
    """A packet that waits.

    Attributes:
      number: of its folder, rising.
      n_samples: 0 for events.
    """

    number: int
    n_samples: int
    wire: bytes = dataclasses.field(repr=False)


def record_bytes(packet: StoredPacket) -> bytes:
    """What is appended for a packet."""
    body = _PLACE.pack(packet.number, packet.n_samples) + packet.wire
    return _PREFIX.pack(_MARK, len(packet.wire), zlib.crc32(body)) + body


def read_records(content: bytes) -> Iterator[StoredPacket]:
    """Every whole record of a segment; damage costs the records that it touches, and no other."""
    at = len(HEAD)
    while at + RECORD_OVERHEAD <= len(content):
        found = _record_at(content, at)
        if found is None:
            at = content.find(_MARK, at + 1)
            if at < 0:
                return
            continue
        yield found
        at += RECORD_OVERHEAD + len(found.wire)


def _record_at(content: bytes, at: int) -> StoredPacket | None:
    mark, length, expected = _PREFIX.unpack_from(content, at)
    end = at + RECORD_OVERHEAD + length
    if mark != _MARK or length > MAX_PACKET_BYTES or end > len(content):
        return None
    body = content[at + _PREFIX.size : end]
    if zlib.crc32(body) != expected:
        return None
    number, n_samples = _PLACE.unpack_from(body)
    return StoredPacket(number, n_samples, body[_PLACE.size :])


def accepted_bytes(numbers: Iterable[int]) -> bytes:
    """What is appended to the list of a segment's packets that need not be sent again."""
    marks = []
    for number in numbers:
        raw = struct.pack("<Q", number)
        marks.append(_ACCEPTED.pack(number, zlib.crc32(raw)))
    return b"".join(marks)


def read_accepted(content: bytes) -> set[int]:
    """The numbers of such a list; a torn or damaged end is left out: a packet is sent again."""
    whole = len(content) - len(content) % _ACCEPTED.size
    return {
        number
        for number, expected in _ACCEPTED.iter_unpack(content[:whole])
        if zlib.crc32(struct.pack("<Q", number)) == expected
    }
