"""What the client keeps of a packet that it stored: where it belongs, without its numbers."""

from __future__ import annotations

import dataclasses
import enum

from schemas.telemetry_pb2 import Packet as PacketMessage


@dataclasses.dataclass(frozen=True)
class PacketPlace:
    """Where a packet belongs; `n_samples` is 0 for events."""

    session: str
    stream: str
    epoch: int
    sequence: int
    first_sample: int
    n_samples: int


class Outcome(enum.StrEnum):
    """What became of a packet."""

    TAKEN = "taken"
    """It is on the disk."""
    DROPPED = "dropped"
    """There was no room; it was never on the disk."""
    ACCEPTED = "accepted"
    """The door has it."""
    REFUSED = "refused"
    """The door will never take it; it is kept in the folder of refused packets."""


def place_of(wire: bytes) -> PacketPlace:
    """Of the bytes of a packet that this client made."""
    message = PacketMessage.FromString(wire)
    return PacketPlace(
        session=message.session,
        stream=message.stream,
        epoch=message.epoch,
        sequence=message.sequence,
        first_sample=message.samples.first_sample,
        n_samples=message.samples.n_samples,
    )
