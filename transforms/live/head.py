"""The small part of a stream's state, which every packet reads and writes."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import struct

from transforms.live.state_bytes import StateError

CHAIN_BYTES = 16
NO_CHAIN = bytes(CHAIN_BYTES)
_VERSION = 2
_HEAD = struct.Struct(f"<BB16s{CHAIN_BYTES}s{CHAIN_BYTES}sQQQQII")
_INPUT = struct.Struct("<QB")


class Status(enum.IntEnum):
    """Of a stream's epoch."""

    OPEN = 1
    ENDED = 2
    """A tombstone: what still comes is late."""
    ENDING = 3
    """Its session is over; it ends once nothing comes any more."""


class Input(enum.IntEnum):
    """What a follower is told, in the order in which it was told."""

    PACKET = 1
    REFUSED = 2
    SILENCE = 3


_KINDS = {kind: bytes([kind]) for kind in Input}


@dataclasses.dataclass(slots=True)
class Head:
    """Whose the stream is, where its history stands, and when it was last heard of.

    Not frozen: each call reads its own, and changes it several times before it is written.

    Attributes:
      chain: hash over all inputs so far, in order.
      snapshot_chain: the same when the snapshot was taken; `NO_CHAIN` before the first.
      n_inputs: so far.
      n_snapshot: of them, are in the snapshot.
      snapshot_bytes: its size, sealed.
      waiting_bytes: of the inputs after it.
      seen_ns: by the worker's clock, when the last packet came.
      timer_ns: for when the timer for silence is set; 0: it is not.
    """

    status: Status
    subject: str
    chain: bytes = NO_CHAIN
    snapshot_chain: bytes = NO_CHAIN
    n_inputs: int = 0
    n_snapshot: int = 0
    snapshot_bytes: int = 0
    seen_ns: int = 0
    timer_ns: int = 0
    waiting_bytes: int = 0

    def to_bytes(self) -> bytes:
        """About a hundred bytes."""
        return _HEAD.pack(
            *(_VERSION, self.status, self.subject.encode()),
            *(self.chain, self.snapshot_chain, self.n_inputs, self.n_snapshot),
            *(self.seen_ns, self.timer_ns, self.snapshot_bytes, self.waiting_bytes),
        )

    @classmethod
    def from_bytes(cls, packed: bytes) -> Head:
        """Undoes `to_bytes`.

        Raises:
          StateError: the bytes are none of it, or of another version.
        """
        if len(packed) != _HEAD.size or packed[0] != _VERSION:
            raise StateError("head", f"{len(packed)} bytes", f"{_HEAD.size}, version {_VERSION}")
        _, status, subject, chain, snapshot_chain, *rest = _HEAD.unpack(packed)
        n_inputs, n_snapshot, seen_ns, timer_ns, snapshot_bytes, waiting_bytes = rest
        try:
            return cls(
                *(Status(status), subject.decode(), chain, snapshot_chain),
                *(n_inputs, n_snapshot, snapshot_bytes, seen_ns, timer_ns, waiting_bytes),
            )
        except ValueError:
            raise StateError("head.status", status, "a status and a subject") from None


def next_chain(chain: bytes, kind: Input, payload: bytes) -> bytes:
    """The chain after one more input."""
    said = b"".join((chain, _KINDS[kind], payload))
    return hashlib.blake2b(said, digest_size=CHAIN_BYTES).digest()


def pack_input(number: int, kind: Input, payload: bytes) -> bytes:
    """An input as it lies in the bag, which keeps no order."""
    return _INPUT.pack(number, kind) + payload


def unpack_input(packed: bytes) -> tuple[int, Input, bytes]:
    """Undoes `pack_input`.

    Raises:
      StateError: it is none.
    """
    try:
        number, kind = _INPUT.unpack_from(packed)
        return number, Input(kind), packed[_INPUT.size :]
    except (struct.error, ValueError):
        raise StateError("input", f"{len(packed)} bytes", "a number, a kind, a payload") from None
