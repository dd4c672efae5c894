"""Packets to bytes and back: telemetry.proto's `Packet`, checked on both sides."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from schemas.codec import Codec, Numbers, best_codec, checksum, decode_numbers, encode_numbers
from schemas.errors import PacketError
from schemas.packet import SCHEMA_VERSION, Packet
from schemas.packet_events import EventPacket
from schemas.packet_format import MAX_CHANNELS
from schemas.packet_messages import event_message, event_of_message, format_message, format_of
from schemas.telemetry_pb2 import Packet as PacketMessage
from schemas.telemetry_pb2 import Samples as SamplesMessage

AnyPacket = Packet | EventPacket


@dataclasses.dataclass(frozen=True)
class PacketLimits:
    """What a decoder takes; checked before anything of that size is allocated."""

    max_bytes: int = 8 << 20
    max_channels: int = MAX_CHANNELS
    max_samples: int = 1 << 17
    max_numbers: int = 1 << 22
    max_events: int = 10_000


LIMITS = PacketLimits()


def encode_packet(packet: AnyPacket, codec: Codec | None = None) -> bytes:
    """The bytes of a packet.

    Args:
      codec: of the samples; None takes the smallest that holds them.

    Raises:
      PacketError: the codec cannot hold the packet's numbers.
    """
    return packet_message(packet, codec).SerializeToString(deterministic=True)


def decode_packet(wire: bytes, limits: PacketLimits = LIMITS) -> AnyPacket:
    """The packet of some bytes.

    Raises:
      PacketError: they are no packet, or one beyond the limits; nothing else is ever raised.
    """
    if len(wire) > limits.max_bytes:
        raise PacketError("packet", f"{len(wire)} bytes", f"at most {limits.max_bytes}")
    try:
        message = PacketMessage.FromString(wire)
    except DecodeError:
        raise PacketError("packet", f"{len(wire)} bytes", "a protobuf Packet") from None
    return packet_of_message(message, limits)


def packet_message(packet: AnyPacket, codec: Codec | None = None) -> PacketMessage:
    """The packet as a protobuf message."""
    message = PacketMessage(
        schema_version=SCHEMA_VERSION,
        device=packet.device,
        session=packet.session,
        stream=packet.stream,
        epoch=packet.epoch,
        sequence=packet.sequence,
        device_time_ns=packet.device_time_ns,
    )
    if isinstance(packet, EventPacket):
        message.events.events.extend(event_message(event) for event in packet.events)
        return message
    codec = best_codec(packet.samples) if codec is None else codec
    payload = encode_numbers(packet.samples, codec)
    message.samples.CopyFrom(
        SamplesMessage(
            first_sample=packet.first_sample,
            counter_bits=packet.counter_bits,
            start_ns=packet.start_ns,
            format=format_message(packet.format),
            n_samples=packet.n_samples,
            codec=codec.value,  # type: ignore[arg-type]
            checksum=checksum(packet.samples),
            payload=payload,
            absent=[] if packet.absent is None else _run_lengths(packet.absent),
        )
    )
    return message


def packet_of_message(message: PacketMessage, limits: PacketLimits = LIMITS) -> AnyPacket:
    """The packet of a protobuf message.

    Raises:
      PacketError: it is none, or one beyond the limits.
    """
    if message.schema_version != SCHEMA_VERSION:
        raise PacketError("schema_version", message.schema_version, str(SCHEMA_VERSION))
    content = message.WhichOneof("content")
    if content is None:
        raise PacketError("content", "neither", "samples or events")
    if content == "events":
        return _event_packet(message, limits)
    samples = message.samples
    check_size(samples.n_samples, len(samples.format.channels), limits)
    return packet_of_samples(message, _numbers(samples), _absent(samples))


def packet_of_samples(
    message: PacketMessage, numbers: Numbers, absent: npt.NDArray[np.bool_] | None
) -> Packet:
    """The packet of a message, with numbers that were read before.

    Raises:
      PacketError: it is none.
    """
    samples = message.samples
    return Packet(
        device=message.device,
        session=message.session,
        stream=message.stream,
        epoch=message.epoch,
        sequence=message.sequence,
        device_time_ns=message.device_time_ns,
        first_sample=samples.first_sample,
        counter_bits=samples.counter_bits,
        start_ns=samples.start_ns,
        format=format_of(samples.format),
        samples=numbers,
        absent=absent,
    )


def check_size(n_samples: int, n_channels: int, limits: PacketLimits) -> None:
    """Refuses more numbers than the limits allow, or none."""
    _check_size("channels", n_channels, limits.max_channels)
    _check_size("n_samples", n_samples, limits.max_samples)
    _check_size("n_samples * channels", n_samples * n_channels, limits.max_numbers)


def codec_of(samples: SamplesMessage) -> Codec:
    """The codec that a message names.

    Raises:
      PacketError: there is none of that number.
    """
    try:
        return Codec(samples.codec)
    except ValueError:
        known = ", ".join(f"{codec.value} ({codec.name})" for codec in Codec)
        raise PacketError("codec", samples.codec, f"one of {known}") from None


def _check_size(field: str, found: int, most: int) -> None:
    if not 1 <= found <= most:
        raise PacketError(field, found, f"1 to {most}")


def _numbers(samples: SamplesMessage) -> Numbers:
    n_channels = len(samples.format.channels)
    numbers = decode_numbers(samples.payload, codec_of(samples), samples.n_samples, n_channels)
    check_checksum(samples, numbers)
    return numbers


def check_checksum(samples: SamplesMessage, numbers: Numbers) -> None:
    """Refuses numbers that are not those of the sender."""
    if (found := checksum(numbers)) != samples.checksum:
        raise PacketError("checksum", f"{samples.checksum:08x}", f"{found:08x}, of these samples")


def _run_lengths(absent: npt.NDArray[np.bool_]) -> list[int]:
    """Present, absent, present, ... channel by channel; the first may be 0, the last is untold."""
    flat = absent.T.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    return np.diff(changes, prepend=0).tolist()


def _absent(samples: SamplesMessage) -> npt.NDArray[np.bool_] | None:
    if not samples.absent:
        return None
    n_channels = len(samples.format.channels)
    n_numbers = samples.n_samples * n_channels
    lengths = np.array(samples.absent, np.int64)
    changes = np.cumsum(lengths)
    if (lengths[1:] == 0).any() or changes[-1] >= n_numbers:
        expected = f"run lengths above 0 with a sum below {n_numbers}"
        raise PacketError("absent", f"{len(lengths)} run lengths", expected)
    toggles = np.zeros(n_numbers, np.bool_)
    toggles[changes] = True
    return np.logical_xor.accumulate(toggles).reshape(n_channels, samples.n_samples).T


def _event_packet(message: PacketMessage, limits: PacketLimits) -> EventPacket:
    _check_size("events", len(message.events.events), limits.max_events)
    return EventPacket(
        device=message.device,
        session=message.session,
        stream=message.stream,
        epoch=message.epoch,
        sequence=message.sequence,
        device_time_ns=message.device_time_ns,
        events=tuple(event_of_message(event) for event in message.events.events),
    )
