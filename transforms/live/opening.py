"""Envelopes to packets, inside the step that follows them; what does not open is told apart."""

from __future__ import annotations

from schemas.envelope import Envelope, EnvelopeKind
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_events import EventPacket
from schemas.packet_wire import AnyPacket, decode_packet
from security.context import PacketContext
from security.errors import KeysetErasedError, KeysetMissingError, OpenRefusedError
from security.sealing import Opener
from transforms.patience import patiently


class NotOpenedError(Exception):
    """An envelope of which no packet comes: a stable reason, and what would be right."""

    def __init__(self, reason: str, message: str):
        super().__init__(reason, message)
        self.reason, self.message = reason, message

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


def open_packet(envelope: Envelope, opener: Opener, retry_s: float) -> AnyPacket:
    """The packet that was sealed at the door.

    Raises:
      NotOpenedError: there is none: `not_opened`, `erased_subject`, `not_decoded`.
      SealError: an administrator has to mend the keys, or an outage took too long.
    """
    context = PacketContext(
        *(envelope.tenant, envelope.subject, envelope.session),
        *(envelope.stream, envelope.epoch, envelope.sequence),
    )
    try:
        wire = patiently(lambda: opener.open(envelope.sealed, context), retry_s)
    except KeysetErasedError as error:
        raise NotOpenedError("erased_subject", str(error)) from None
    except (OpenRefusedError, KeysetMissingError) as error:
        raise NotOpenedError("not_opened", str(error)) from None
    try:
        packet = decode_packet(wire)
        _check_fields(packet, envelope)
    except PacketError as error:
        # The sender's words may be in it: who reads letters has no right to them.
        raise NotOpenedError("not_decoded", f"{error.field}; expected {error.expected}") from None
    return packet


def _check_fields(packet: AnyPacket, envelope: Envelope) -> None:
    found = packet.session, packet.stream, packet.epoch, packet.sequence
    if found != (envelope.session, envelope.stream, envelope.epoch, envelope.sequence):
        for field in ("session", "stream", "epoch", "sequence"):
            if getattr(packet, field) != getattr(envelope, field):
                raise PacketError(field, getattr(packet, field), "what its envelope says")
    kind = EventPacket if envelope.kind is EnvelopeKind.EVENTS else Packet
    if not isinstance(packet, kind):
        raise PacketError("content", type(packet).__name__, f"{kind.__name__}, as its envelope")
