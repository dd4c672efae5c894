"""Sessions that nobody looks after any more are closed, and ends that were not told are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from functions.device_events import Announcer
from functions.registry.errors import UnknownSessionError
from functions.registry.registry import Registry
from functions.sessions.closing import expire_session, free_device
from functions.times import SECOND_NS
from schemas.registrations import Session, SessionStatus
from schemas.registry_rows import OPEN_SESSIONS_PREFIX, open_session_row, session_of_index_row

ABANDONED_AFTER_S = 24 * 3600
"""After its lease ran out. Until then a device that was cut off may come back and go on: what it
recorded meanwhile belongs to the session."""

_PAGE = 500


@dataclasses.dataclass(frozen=True)
class Swept:
    """How many sessions were looked at, closed, told again, and dropped without ever beginning.

    Attributes:
      live: of those seen, with a lease that runs: from these, packets are expected.
    """

    seen: int
    expired: int
    told: int
    dropped: int
    live: int


def sweep_sessions(
    registry: Registry, announcer: Announcer, abandoned_after_s: int = ABANDONED_AFTER_S
) -> Swept:
    """Looks at every session whose end was not told; may run at any time, by several at once.

    Raises:
      UnannouncedError, RegistryUnavailableError: the next run does the rest.
    """
    now_ns = registry.now_ns()
    lapsed_ns = now_ns - abandoned_after_s * SECOND_NS
    seen = expired = told = dropped = live = 0
    for session_id in _open_sessions(registry):
        seen += 1
        try:
            session = registry.fresh_session(session_id)
        except UnknownSessionError:
            dropped += _drop_unless_beginning(registry, session_id)
            continue
        if session.status is not SessionStatus.OPEN:
            told += expire_session(registry, announcer, session_id, now_ns) is not None
        elif session.lease_until_ns > now_ns:
            live += 1
        elif _is_abandoned(registry, session, lapsed_ns):
            expired += expire_session(registry, announcer, session_id, now_ns) is not None
    return Swept(seen, expired, told, dropped, live)


def _is_abandoned(registry: Registry, session: Session, lapsed_ns: int) -> bool:
    """Whether its device has gone, and the lease with it; the device's row decides."""
    if session.lease_until_ns > lapsed_ns:
        return False
    return free_device(registry, session.device, session.session, lapsed_ns=lapsed_ns)


def _drop_unless_beginning(registry: Registry, session_id: str) -> bool:
    """Takes away the row of a session that never began, once it surely never will.

    A session's row follows within seconds of this one; it is looked for in the next sweep too.
    """
    row = open_session_row(session_id)
    if registry.rows.index_age_s(row, registry.now_ns()) < ABANDONED_AFTER_S:
        return False
    registry.rows.delete_index(row)
    return True


def _open_sessions(registry: Registry) -> Iterator[str]:
    after = b""
    while keys := registry.rows.keys(OPEN_SESSIONS_PREFIX, _PAGE, after):
        yield from map(session_of_index_row, keys)
        after = keys[-1]
