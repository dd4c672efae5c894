"""Sessions that nobody looks after any more are closed, and ends that were not told are told."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator

from functions.device_events import Announcer, UnannouncedError
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
_OUTAGE = 5  # sessions in a row that cannot be told of: then it is not for what they hold


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

    A session that cannot be told of keeps no other from its end: it is raised for last.

    Raises:
      UnannouncedError: of the first such session, or of many in a row; the next run tries again.
      RegistryUnavailableError: the next run does the rest.
    """
    now_ns = registry.now_ns()
    lapsed_ns = now_ns - abandoned_after_s * SECOND_NS
    found: collections.Counter[str] = collections.Counter()
    unannounced, in_a_row = None, 0
    for session_id in _open_sessions(registry):
        try:
            outcome = _sweep(registry, announcer, session_id, now_ns, lapsed_ns)
            found[outcome] += 1
            in_a_row = 0 if outcome in ("told", "expired") else in_a_row
        except UnannouncedError as error:
            unannounced, in_a_row = unannounced or error, in_a_row + 1
            if in_a_row == _OUTAGE:
                break
    if unannounced is not None:
        raise unannounced
    counts = {name: found[name] for name in ("expired", "told", "dropped", "live")}
    return Swept(seen=found.total(), **counts)


def _sweep(
    registry: Registry, announcer: Announcer, session_id: str, now_ns: int, lapsed_ns: int
) -> str:
    """Looks at one session; what `Swept` counts it as, or `left`."""
    try:
        session = registry.fresh_session(session_id)
    except UnknownSessionError:
        return "dropped" if _drop_unless_beginning(registry, session_id) else "left"
    if session.status is not SessionStatus.OPEN:
        return _closed("told", expire_session(registry, announcer, session_id, now_ns))
    if session.lease_until_ns > now_ns:
        return "live"
    if _is_abandoned(registry, session, lapsed_ns):
        return _closed("expired", expire_session(registry, announcer, session_id, now_ns))
    return "left"


def _closed(how: str, session: Session | None) -> str:
    return "left" if session is None else how


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
