"""Changes of the registry, told to Pub/Sub and acknowledged before anybody is answered.

A change is first made in the registry and then told. If the telling fails the caller is answered
503 and repeats the request, which changes nothing more and tells the same again, with the same
event id.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
from collections.abc import Sequence

from functions.publishing import Publisher
from schemas.envelope import Envelope, EnvelopeKind
from schemas.registrations import Device, Session, SessionStatus
from schemas.registry_events import RegistryEvent, RegistryEventKind, event_id_of

_GRACE_S = 2.0
_SESSION_KINDS = {
    SessionStatus.OPEN: RegistryEventKind.SESSION_OPENED,
    SessionStatus.ENDED: RegistryEventKind.SESSION_ENDED,
    SessionStatus.EXPIRED: RegistryEventKind.SESSION_EXPIRED,
}


class UnannouncedError(Exception):
    """A change that was made and could not be told; whoever asked for it asks again."""

    def __str__(self) -> str:
        return "the change could not be published; send the same request again"


class Announcer:
    """Publishes changes. Safe to share between threads.

    Args:
      events: to the topic of changes.
      telemetry: to the topic of packets, for the ends of streams; None where there are none.
    """

    def __init__(self, events: Publisher, telemetry: Publisher | None = None):
        self._events, self._telemetry = events, telemetry

    def announce(self, event: RegistryEvent, ends: Sequence[Envelope] = ()) -> None:
        """Returns once Pub/Sub has acknowledged all of it.

        Raises:
          UnannouncedError: it has not.
        """
        futures = [self._events.publish(event.to_bytes(), event.attributes())]
        if ends and self._telemetry is None:
            raise UnannouncedError
        for end in ends:
            assert self._telemetry is not None
            futures.append(self._telemetry.publish(end.sealed, end.attributes()))
        deadline_s = self._events.settings.deadline_s + _GRACE_S
        done, late = concurrent.futures.wait(futures, deadline_s)
        if late or any(future.exception() for future in done):
            raise UnannouncedError


def device_event(
    kind: RegistryEventKind, device: Device, time_ns: int, thumbprint: str = ""
) -> RegistryEvent:
    """A change of a device.

    Args:
      thumbprint: of the key that was added or revoked.
    """
    keys = [
        {"thumbprint": key.thumbprint, "expires_ns": key.expires_ns, "revoked": key.revoked}
        for key in device.keys
    ]
    record = device.to_json()
    for name in ("lease", "enrolled_by", "fencing_token", "last_seen_ns", "device", "tenant"):
        del record[name]
    return RegistryEvent(
        event_id=event_id_of(kind, device.device, thumbprint),
        kind=kind,
        time_ns=time_ns,
        tenant=device.tenant,
        device=device.device,
        record={**record, "keys": keys},
    )


def session_event(session: Session) -> RegistryEvent:
    """The change that gave a session its status."""
    kind = _SESSION_KINDS[session.status]
    record = session.to_json()
    for name in ("session", "tenant", "subject", "device"):
        del record[name]
    record["streams"] = [{"stream": stream, "epoch": epoch} for stream, epoch in session.streams]
    return RegistryEvent(
        event_id=event_id_of(kind, session.session),
        kind=kind,
        time_ns=session.ended_ns or session.started_ns,
        tenant=session.tenant,
        device=session.device,
        session=session.session,
        subject=session.subject,
        record=record,
    )


def stream_ends(session: Session) -> list[Envelope]:
    """What closes every stream and epoch of a session that is over; always the same."""
    return [
        Envelope(
            kind=EnvelopeKind.END,
            tenant=session.tenant,
            subject=session.subject,
            session=session.session,
            stream=stream,
            epoch=epoch,
            sequence=0,
            event_time_ms=session.ended_ns // 1_000_000,
            received_ns=session.ended_ns,
            delivery=_delivery(session.session, stream, epoch),
            sealed=b"",
        )
        for stream, epoch in session.streams
    ]


def _delivery(session: str, stream: str, epoch: int) -> str:
    """The same for the same end: Beam drops what Pub/Sub or we repeat."""
    return hashlib.sha256(f"end#{session}#{stream}#{epoch}".encode()).hexdigest()[:32]
