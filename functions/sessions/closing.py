"""A session is over: ended by its device, or expired because its lease ran out.

First its own row says so, then the device is free, then it is told; the row `open#...` goes last,
so that a session whose end was not told can be found.
"""

from __future__ import annotations

import dataclasses

from functions.device_events import Announcer, session_event, stream_ends
from functions.registry.errors import FencingError, UnknownDeviceError, UnknownSessionError
from functions.registry.registry import Registry
from schemas.registrations import Device, Session, SessionStatus
from schemas.registry_rows import open_session_row

LEASE_RAN_OUT = "lease ran out"


def end_session(
    registry: Registry, announcer: Announcer, session_id: str, fencing_token: int, reason: str
) -> Session:
    """Ends a session, or tells again that it is over; the first reason counts.

    Raises:
      UnknownSessionError: there is none.
      FencingError: the token is not this session's.
      UnannouncedError: it is over and nobody was told; to be repeated.
    """
    now_ns = registry.now_ns()

    def edit(found: Session) -> Session:
        if found.fencing_token != fencing_token:
            raise FencingError
        if found.status is not SessionStatus.OPEN:
            return found
        return dataclasses.replace(
            found, status=SessionStatus.ENDED, ended_ns=now_ns, end_reason=reason
        )

    return _tell(registry, announcer, registry.change_session(session_id, edit))


def expire_session(
    registry: Registry, announcer: Announcer, session_id: str, expired_ns: int
) -> Session | None:
    """Closes a session whose lease no longer holds its device; None if there never was one.

    Args:
      expired_ns: what was recorded before may still come in.
    """

    def edit(found: Session) -> Session:
        if found.status is not SessionStatus.OPEN:
            return found
        return dataclasses.replace(
            found, status=SessionStatus.EXPIRED, ended_ns=expired_ns, end_reason=LEASE_RAN_OUT
        )

    try:
        closed = registry.change_session(session_id, edit)
    except UnknownSessionError:  # its device stopped between lease and session
        registry.rows.delete_index(open_session_row(session_id))
        return None
    return _tell(registry, announcer, closed)


def free_device(registry: Registry, device: str, session_id: str, *, lapsed_ns: int = 0) -> bool:
    """Takes the lease from a session; whether the session has none now.

    Args:
      lapsed_ns: only if the lease ran out before this; 0: in any case.
    """
    held: list[bool] = []

    def edit(found: Device) -> Device:
        lease = found.lease
        if lease is None or lease.session != session_id:
            held[:] = [False]
            return found
        if lapsed_ns and lease.until_ns > lapsed_ns:
            held[:] = [True]
            return found
        held[:] = [False]
        return dataclasses.replace(found, lease=None, last_seen_ns=registry.now_ns())

    try:
        registry.change_device(device, edit)
    except UnknownDeviceError:
        return True
    return not held[0]


def _tell(registry: Registry, announcer: Announcer, closed: Session) -> Session:
    free_device(registry, closed.device, closed.session)
    announcer.announce(session_event(closed), stream_ends(closed))
    registry.rows.delete_index(open_session_row(closed.session))
    return closed
