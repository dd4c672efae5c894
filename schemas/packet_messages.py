"""Formats and events as protobuf messages."""

from __future__ import annotations

import functools
from fractions import Fraction

from schemas.errors import PacketError
from schemas.packet_events import Event, Reading
from schemas.packet_format import AdcRange, SignalFormat
from schemas.telemetry_pb2 import AdcRange as AdcRangeMessage
from schemas.telemetry_pb2 import Event as EventMessage
from schemas.telemetry_pb2 import Format as FormatMessage
from schemas.telemetry_pb2 import Reading as ReadingMessage

_REMEMBERED = 256
_REMEMBERED_BYTES = 8192
"""Larger formats are checked in every packet, so that senders cannot fill the memory."""


@functools.lru_cache(_REMEMBERED)
def format_message(found: SignalFormat) -> FormatMessage:
    """The message, which is not to be changed: it serves all packets of the format."""
    ranges = [(0.0, 0.0) if ends is None else ends for ends in found.adc_range]
    return FormatMessage(
        signal=found.signal,
        rate_num=found.sampling_rate.numerator,
        rate_den=found.sampling_rate.denominator,
        channels=found.channels,
        unit=found.unit,
        scale=found.scale,
        offset=[] if found.offset == (0.0,) else found.offset,
        adc_bits=found.adc_bits,
        adc_range=[AdcRangeMessage(low=low, high=high) for low, high in ranges],
    )


def format_of(message: FormatMessage) -> SignalFormat:
    """The format of a message.

    Raises:
      PacketError: it is none.
    """
    wire = message.SerializeToString(deterministic=True)
    return _format_of(wire) if len(wire) <= _REMEMBERED_BYTES else _format_of.__wrapped__(wire)


@functools.lru_cache(_REMEMBERED)
def _format_of(wire: bytes) -> SignalFormat:
    message = FormatMessage.FromString(wire)
    if message.rate_den == 0:
        raise PacketError("rate_den", 0, "1 or more")
    return SignalFormat(
        signal=message.signal,
        sampling_rate=Fraction(message.rate_num, message.rate_den),
        channels=tuple(message.channels),
        unit=message.unit,
        scale=tuple(message.scale),
        offset=tuple(message.offset) or (0.0,),
        adc_bits=message.adc_bits,
        adc_range=tuple(_range_of(ends) for ends in message.adc_range),
    )


def _range_of(ends: AdcRangeMessage) -> AdcRange | None:
    return None if ends.low == ends.high else (ends.low, ends.high)


def event_message(event: Event) -> EventMessage:
    """The message of an event."""
    return EventMessage(
        time_ns=event.time_ns,
        duration_ns=event.duration_ns,
        kind=event.kind.value,  # type: ignore[arg-type]
        description=event.description,
        channels=event.channels,
        readings=[_reading_message(reading) for reading in event.readings],
    )


def event_of_message(message: EventMessage) -> Event:
    """The event of a message.

    Raises:
      PacketError: it is none.
    """
    return Event(
        time_ns=message.time_ns,
        duration_ns=message.duration_ns,
        kind=message.kind,  # type: ignore[arg-type]  # Event checks it
        description=message.description,
        channels=tuple(message.channels),
        readings=tuple(_reading_of(reading) for reading in message.readings),
    )


def _reading_message(reading: Reading) -> ReadingMessage:
    message = ReadingMessage(name=reading.name, channel=reading.channel, unit=reading.unit)
    if isinstance(reading.value, str):
        message.text = reading.value
    else:
        message.number = reading.value
    return message


def _reading_of(message: ReadingMessage) -> Reading:
    if message.WhichOneof("value") is None:
        raise PacketError("readings.value", "neither", "a number or a text")
    return Reading(
        name=message.name,
        value=message.text if message.HasField("text") else message.number,
        unit=message.unit,
        channel=message.channel,
    )
