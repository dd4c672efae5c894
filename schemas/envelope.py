"""A packet after the door: what routes it in the open, its bytes sealed.

In Pub/Sub the fields are attributes and the sealed bytes are the data; in dead letters and in the
state of the stream job an envelope is the protobuf message `Envelope`.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError

from schemas.errors import PacketError, SchemaError
from schemas.ids import check_session_id, check_subject_id, check_tenant_id
from schemas.packet import MAX_EPOCH, MAX_NS, MAX_SEQUENCE, check_count, check_stream, check_time
from schemas.telemetry_pb2 import Envelope as EnvelopeMessage

EVENT_TIME_ATTRIBUTE = "event_time_ms"
"""Milliseconds since 1970: Beam takes an element's time from it."""
DELIVERY_ATTRIBUTE = "delivery"
"""The same for what Pub/Sub repeats, another for what a device sends again: Beam's id."""

_DELIVERY = re.compile(r"[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}(-[0-9a-f]{1,32}){3}")
_INTEGERS = ("epoch", "sequence", EVENT_TIME_ATTRIBUTE, "received_ns")
_TEXTS = ("tenant", "subject", "session", "stream", DELIVERY_ATTRIBUTE)


class EnvelopeKind(enum.IntEnum):
    """What is sealed; the values are those of telemetry.proto."""

    SAMPLES = 1
    EVENTS = 2
    END = 3
    """The session ended: nothing is sealed, the stream's epoch is closed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Envelope:
    """A packet as it travels from the door on; every field but `sealed` may be logged.

    Attributes:
      tenant, subject, session: what the registry says, not what the packet claims.
      stream, epoch, sequence: the packet's own.
      event_time_ms: of its first sample or event, milliseconds since 1970, rounded down.
      received_ns, published_ns: by the clocks of the door and of Pub/Sub; 0 where not known.
      delivery: 32 hexadecimal digits, other for every packet that was accepted, even if it holds
        what another held.
      traceparent: W3C trace context of the post, or empty.
      sealed: the packet's bytes, sealed under `PacketContext` of the fields above.

    Raises:
      PacketError: a field that cannot be.
    """

    kind: EnvelopeKind
    tenant: str
    subject: str
    session: str
    stream: str
    epoch: int
    sequence: int
    event_time_ms: int
    received_ns: int
    delivery: str
    sealed: bytes = dataclasses.field(repr=False)
    published_ns: int = 0
    traceparent: str = ""

    def __post_init__(self) -> None:
        _check_names(self.tenant, self.subject, self.session, self.stream)
        check_count("epoch", self.epoch, MAX_EPOCH)
        check_count("sequence", self.sequence, MAX_SEQUENCE)
        check_time("event_time_ms", self.event_time_ms * 1_000_000)
        check_count("received_ns", self.received_ns, MAX_NS)
        check_count("published_ns", self.published_ns, MAX_NS)
        if not _DELIVERY.fullmatch(self.delivery):
            raise PacketError("delivery", self.delivery, "32 hexadecimal digits")
        if self.traceparent and not _TRACEPARENT.fullmatch(self.traceparent):
            raise PacketError("traceparent", self.traceparent, "a W3C trace context, or nothing")
        try:
            object.__setattr__(self, "kind", EnvelopeKind(self.kind))
        except ValueError:
            raise PacketError("kind", self.kind, "SAMPLES, EVENTS or END") from None
        if bool(self.sealed) is (self.kind is EnvelopeKind.END):
            expected = "none" if self.sealed else "at least 1"
            raise PacketError("sealed", f"{len(self.sealed)} bytes", expected)

    @property
    def stream_key(self) -> str:
        """All packets of one epoch of a stream, and no others, have it: they are worked together.

        >>> Envelope.from_bytes(_EXAMPLE).stream_key
        'clinic01#00000000000000000000000000000000#eeg0#000002'
        """
        return f"{self.tenant}#{self.session}#{self.stream}#{self.epoch:06d}"

    def attributes(self) -> dict[str, str]:
        """Of the Pub/Sub message whose data are `sealed`."""
        found = {name: getattr(self, name) for name in _TEXTS}
        found |= {name: str(getattr(self, name)) for name in _INTEGERS}
        if self.traceparent:
            found["traceparent"] = self.traceparent
        return found | {"kind": self.kind.name}

    @classmethod
    def from_attributes(
        cls, attributes: Mapping[str, str], sealed: bytes, *, published_ns: int = 0
    ) -> Envelope:
        """Undoes `attributes`.

        Raises:
          PacketError: an attribute is missing or cannot be.
        """
        missing = [name for name in (*_TEXTS, *_INTEGERS, "kind") if name not in attributes]
        if missing:
            raise PacketError("attributes", f"without {', '.join(missing)}", "all of an envelope")
        fields: dict[str, Any] = {name: attributes[name] for name in _TEXTS}
        try:
            fields |= {name: int(attributes[name]) for name in _INTEGERS}
        except ValueError:
            found = {name: attributes[name] for name in _INTEGERS}
            raise PacketError("attributes", found, "integers") from None
        return cls(
            kind=_kind_of(attributes["kind"]),
            sealed=sealed,
            published_ns=published_ns,
            traceparent=attributes.get("traceparent", ""),
            **fields,
        )

    def to_bytes(self) -> bytes:
        """As one message, for files and state."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        return EnvelopeMessage(**fields).SerializeToString(deterministic=True)

    @classmethod
    def from_bytes(cls, wire: bytes) -> Envelope:
        """Undoes `to_bytes`.

        Raises:
          PacketError: the bytes are no envelope.
        """
        try:
            message = EnvelopeMessage.FromString(wire)
        except DecodeError:
            raise PacketError("envelope", f"{len(wire)} bytes", "a protobuf Envelope") from None
        return cls(**{name: getattr(message, name) for name in _FIELDS})


_FIELDS = tuple(field.name for field in dataclasses.fields(Envelope))


@functools.lru_cache(maxsize=4096)  # the same for all packets of a stream
def _check_names(tenant: str, subject: str, session: str, stream: str) -> None:
    try:
        check_tenant_id(tenant)
        check_subject_id(subject)
        check_session_id(session)
    except SchemaError as error:
        raise PacketError(error.field, error.found, error.expected) from None
    check_stream(stream)


def _kind_of(name: str) -> EnvelopeKind:
    try:
        return EnvelopeKind[name]
    except KeyError:
        raise PacketError("kind", name, "SAMPLES, EVENTS or END") from None


_EXAMPLE = EnvelopeMessage(
    kind=EnvelopeMessage.SAMPLES,
    tenant="clinic01",
    subject="subject000000001",
    session="0" * 32,
    stream="eeg0",
    epoch=2,
    delivery="0" * 32,
    sealed=b"sealed",
).SerializeToString(deterministic=True)
