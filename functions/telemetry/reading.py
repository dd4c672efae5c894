"""A post's body to packets: each with its bytes and its place, or why it is none."""

from __future__ import annotations

import dataclasses
from typing import Any

from functions.problems import ProblemError
from functions.telemetry.event_times import event_span_ns
from functions.telemetry.settings import DoorSettings
from schemas.envelope import EnvelopeKind
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_json import packet_from_fields
from schemas.packet_wire import AnyPacket, PacketLimits, decode_packet, encode_packet
from schemas.posts import BINARY_TYPE, JSON_TYPE, decode_post, post_from_json
from schemas.verdicts import Reason

MEDIA_TYPES = (BINARY_TYPE, JSON_TYPE)
_SIZES = {"packet", "channels", "n_samples", "n_samples * channels", "events"}
_REASONS = {"checksum": Reason.CHECKSUM, "schema_version": Reason.SCHEMA_VERSION}


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """Why a packet is not accepted."""

    reason: Reason
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReadPacket:
    """A packet that was read whole; its samples are in `wire` alone.

    Args:
      wire: what is sealed: the bytes posted, or of JSON those that it stands for.
      device, session: what the packet claims.
      first_ns, last_ns: times of the first and the last thing in it.
      device_time_ns: when the device closed it; 0 where it does not say.
    """

    wire: bytes = dataclasses.field(repr=False)
    kind: EnvelopeKind
    device: str
    session: str
    stream: str
    epoch: int
    sequence: int
    first_ns: int
    last_ns: int
    device_time_ns: int


def split_post(body: bytes, media_type: str, max_packets: int) -> list[Any]:
    """The packets of a body, none of them looked into.

    Raises:
      ProblemError: 400 for what is no post, 413 for one of too many packets.
    """
    try:
        if media_type == BINARY_TYPE:
            return list(decode_post(body, max_packets))
        return post_from_json(body, max_packets)
    except PacketError as error:
        too_many = isinstance(error.found, int) and error.found > max_packets
        status, code = (413, "too-many-packets") if too_many else (400, "malformed-body")
        raise ProblemError(status, code, str(error), field=error.field) from None


def read_packets(
    parts: list[Any], settings: DoorSettings, now_ns: int
) -> list[ReadPacket | Refusal]:
    """The packets of a post's parts, in their order: a wrong one costs only itself.

    Few bytes can stand for a million numbers: what comes after too many of them is to be sent
    again, in another post.
    """
    limits = PacketLimits(
        max_bytes=settings.max_packet_bytes,
        max_channels=settings.max_channels,
        max_samples=settings.max_samples,
        max_numbers=settings.max_numbers,
        max_events=settings.max_events,
    )
    found: list[ReadPacket | Refusal] = []
    n_numbers = 0
    for part in parts:
        if n_numbers >= settings.max_numbers:
            detail = f"the packets before it hold {n_numbers} numbers; send it in another post"
            found.append(Refusal(Reason.UNAVAILABLE, detail))
            continue
        try:
            wire, packet = _read(part, limits)
        except PacketError as error:
            found.append(Refusal(_reason_of(error), str(error)))
        else:
            n_numbers += packet.samples.size if isinstance(packet, Packet) else 0
            found.append(_read_packet(wire, packet, now_ns))
    return found


def _read(part: Any, limits: PacketLimits) -> tuple[bytes, AnyPacket]:
    if isinstance(part, bytes):
        return part, decode_packet(part, limits)
    packet = packet_from_fields(part, limits)
    wire = encode_packet(packet)
    if len(wire) > limits.max_bytes:
        raise PacketError("packet", len(wire), f"at most {limits.max_bytes} bytes")
    return wire, packet


def _read_packet(wire: bytes, packet: AnyPacket, now_ns: int) -> ReadPacket:
    first_ns, last_ns = event_span_ns(packet, now_ns)
    return ReadPacket(
        wire,
        EnvelopeKind.SAMPLES if isinstance(packet, Packet) else EnvelopeKind.EVENTS,
        packet.device,
        packet.session,
        packet.stream,
        packet.epoch,
        packet.sequence,
        first_ns,
        last_ns,
        packet.device_time_ns,
    )


def _reason_of(error: PacketError) -> Reason:
    if (
        error.field in _SIZES
        and error.found != 0
        and error.expected.startswith(("1 to", "at most"))
    ):
        return Reason.TOO_LARGE
    return _REASONS.get(error.field, Reason.MALFORMED)
