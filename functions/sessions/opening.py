"""A session is opened: reserved, leased, written; in steps that may stop anywhere and be repeated.

The lease is in the device's row, so of two sessions that want one device only one gets it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets

from functions.device_events import Announcer, session_event
from functions.registry.errors import (
    DeviceBusyError,
    IdempotencyError,
    IncapableDeviceError,
    UnknownDeviceError,
    UnknownSessionError,
)
from functions.registry.registry import Registry, session_in
from functions.sessions.closing import expire_session
from functions.times import SECOND_NS
from schemas.capabilities import Requirements
from schemas.registrations import (
    LEASE_SECONDS,
    Device,
    DeviceStatus,
    Lease,
    Session,
    SessionStatus,
)
from schemas.registry_rows import (
    device_sessions_prefix,
    idempotency_row,
    index_row,
    open_session_row,
    session_row,
    subject_sessions_prefix,
)

_SESSION_BYTES = 16


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a device asks for.

    Args:
      key: its Idempotency-Key.
    """

    subject: str
    experiment: str
    requirements: Requirements
    key: str

    @property
    def digest(self) -> str:
        """The same for the same request, whatever its key and its spelling."""
        fields = [self.subject, self.experiment, self.requirements.to_json()]
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def open_session(registry: Registry, announcer: Announcer, device: Device, wish: Wish) -> Session:
    """The session that the wish and its key stand for, new or as it is.

    Raises:
      IncapableDeviceError: the experiment needs what the device lacks.
      IdempotencyError: the key stands for another wish.
      DeviceBusyError: the lease of another session runs.
      UnannouncedError: the session is open and nobody was told; to be repeated.
    """
    if missing := wish.requirements.missing_in(device.capabilities):
        raise IncapableDeviceError(missing)
    session_id = _reserve(registry, device, wish)
    try:
        session = registry.fresh_session(session_id)
    except UnknownSessionError:
        session = _begin(registry, announcer, device, session_id, wish)
    opened = dataclasses.replace(
        session, status=SessionStatus.OPEN, ended_ns=0, end_reason="", streams=()
    )
    announcer.announce(session_event(opened))
    return session


def _reserve(registry: Registry, device: Device, wish: Wish) -> str:
    """The session id that the key stands for."""
    row = idempotency_row(device.device, wish.key)
    mine = {"digest": wish.digest, "session": secrets.token_hex(_SESSION_BYTES)}
    found = registry.rows.create(row, mine).content
    if found["digest"] != wish.digest:
        raise IdempotencyError
    return str(found["session"])


def _begin(
    registry: Registry, announcer: Announcer, device: Device, session_id: str, wish: Wish
) -> Session:
    lease = _take_lease(registry, device.device, session_id)
    if lease.previous:
        expire_session(registry, announcer, lease.previous, lease.started_ns)
    session = Session(
        session=session_id,
        tenant=device.tenant,
        subject=wish.subject,
        device=device.device,
        experiment=wish.experiment,
        status=SessionStatus.OPEN,
        fencing_token=lease.fencing_token,
        started_ns=lease.started_ns,
        lease_until_ns=lease.until_ns,
        requirements=wish.requirements,
    )
    # Indices first: one that leads nowhere is passed over, a session in none would be lost.
    by_subject = subject_sessions_prefix(session.tenant, session.subject)
    by_device = device_sessions_prefix(session.tenant, session.device)
    registry.rows.set_index(open_session_row(session_id))
    for prefix in (by_subject, by_device):
        registry.rows.set_index(index_row(prefix, session.started_ns, session_id))
    content = session.to_json()
    return session_in(registry.rows.create(session_row(session_id), content, status="open"))


def _take_lease(registry: Registry, device_id: str, session_id: str) -> Lease:
    """The device's lease for the session: it has it already, or nobody's runs."""
    now_ns = registry.now_ns()

    def edit(found: Device) -> Device:
        if found.status is not DeviceStatus.ACTIVE:
            raise UnknownDeviceError
        lease = found.lease
        if lease is not None and lease.session == session_id:
            return found
        if lease is not None and now_ns < lease.until_ns:
            raise DeviceBusyError(max(1, -(-(lease.until_ns - now_ns) // SECOND_NS)))
        token = found.fencing_token + 1
        until_ns = now_ns + LEASE_SECONDS * SECOND_NS
        previous = lease.session if lease else ""
        taken = Lease(session_id, token, now_ns, until_ns, previous)
        return dataclasses.replace(found, lease=taken, fencing_token=token, last_seen_ns=now_ns)

    lease = registry.change_device(device_id, edit).lease
    assert lease is not None  # edit gave it
    return lease
