"""An event packet: irregular things with a time of their own."""

from __future__ import annotations

import dataclasses
import enum
import math

from schemas.errors import PacketError
from schemas.packet import (
    MAX_EPOCH,
    MAX_NS,
    MAX_SEQUENCE,
    check_count,
    check_sender,
    check_time,
)
from schemas.packet_format import MAX_CHANNELS, MAX_NAME

MAX_TEXT = 1000
MAX_READINGS = MAX_CHANNELS


class EventKind(enum.IntEnum):
    """What an event tells of; the values are those of telemetry.proto."""

    MARKER = 1
    BEHAVIOUR = 2
    DEVICE_HEALTH = 3


@dataclasses.dataclass(frozen=True)
class Reading:
    """One measured number or text, for instance `Reading("impedance", 5.2, "kOhm", "C3")`."""

    name: str
    value: float | str
    unit: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise PacketError("readings", self.name, "a name")
        for field in ("name", "unit", "channel"):
            _check_text(f"readings.{field}", getattr(self, field), MAX_NAME)
        if isinstance(self.value, str):
            _check_text("readings.value", self.value, MAX_TEXT)
        else:
            object.__setattr__(self, "value", float(self.value))
            if not math.isfinite(self.value):
                raise PacketError("readings.value", self.value, "a finite number, or a text")


@dataclasses.dataclass(frozen=True)
class Event:
    """One event; duration 0 for a moment, no channels for all of them."""

    time_ns: int
    kind: EventKind
    description: str = ""
    duration_ns: int = 0
    channels: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()

    def __post_init__(self) -> None:
        check_time("time_ns", self.time_ns)
        check_count("duration_ns", self.duration_ns, MAX_NS)
        try:
            object.__setattr__(self, "kind", EventKind(self.kind))
        except ValueError:
            raise PacketError("kind", self.kind, "MARKER, BEHAVIOUR or DEVICE_HEALTH") from None
        _check_text("description", self.description, MAX_TEXT)
        for field, most in (("channels", MAX_CHANNELS), ("readings", MAX_READINGS)):
            items = tuple(getattr(self, field))
            if len(items) > most:
                raise PacketError(field, f"{len(items)} of them", f"at most {most}")
            object.__setattr__(self, field, items)
        for name in self.channels:
            _check_text("channels", name, MAX_NAME)
        if not self.description and not self.readings:
            raise PacketError("description", "", "a description, or readings")


@dataclasses.dataclass(frozen=True, kw_only=True)
class EventPacket:
    """Events of a session, in any order; the fields that a `Packet` has too mean the same."""

    device: str
    session: str
    events: tuple[Event, ...]
    stream: str = "events"
    epoch: int = 0
    sequence: int = 0
    device_time_ns: int = 0

    def __post_init__(self) -> None:
        check_sender(self.device, self.session, self.stream)
        check_count("epoch", self.epoch, MAX_EPOCH)
        check_count("sequence", self.sequence, MAX_SEQUENCE)
        check_time("device_time_ns", self.device_time_ns)
        object.__setattr__(self, "events", tuple(self.events))
        if not self.events:
            raise PacketError("events", "none", "1 or more events")


def _check_text(field: str, found: str, longest: int) -> None:
    if len(found) > longest:
        raise PacketError(field, f"{len(found)} characters", f"at most {longest}")
