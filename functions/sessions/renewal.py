"""A lease is renewed, also one that ran out while its device was cut off and nobody took over."""

from __future__ import annotations

import dataclasses

from functions.registry.errors import FencingError, SessionEndedError
from functions.registry.registry import Registry
from functions.times import SECOND_NS
from schemas.registrations import LEASE_SECONDS, Device, Session, SessionStatus


def renew_lease(registry: Registry, session: Session, fencing_token: int) -> Session:
    """The session with its lease as it is now.

    Raises:
      SessionEndedError: the session is over.
      FencingError: another session of the device began, or the token is not this session's.
    """
    now_ns = registry.now_ns()
    until_ns = now_ns + LEASE_SECONDS * SECOND_NS
    if session.status is not SessionStatus.OPEN:
        raise SessionEndedError(session.status.value)

    def extend(found: Device) -> Device:
        lease = found.lease
        mine = lease is not None and lease.session == session.session
        if lease is None or not mine or lease.fencing_token != fencing_token:
            raise FencingError
        renewed = dataclasses.replace(lease, until_ns=max(lease.until_ns, until_ns))
        return dataclasses.replace(found, lease=renewed, last_seen_ns=now_ns)

    lease = registry.change_device(session.device, extend).lease
    assert lease is not None  # extend would have raised

    def prolong(found: Session) -> Session:
        if found.status is not SessionStatus.OPEN:
            raise SessionEndedError(found.status.value)
        latest_ns = max(found.lease_until_ns, lease.until_ns)
        return dataclasses.replace(found, lease_until_ns=latest_ns)

    return registry.change_session(session.session, prolong)
