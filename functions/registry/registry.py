"""The registry as the door and the other functions ask it: devices, sessions, roles."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from google.cloud.bigtable.data import BigtableDataClient, Table

from functions.registry.errors import (
    SessionEndedError,
    SessionFullError,
    UnknownDeviceError,
    UnknownSessionError,
)
from functions.registry.rows import Patience, RegistryRows, StoredRow
from schemas.errors import SchemaError
from schemas.registrations import MAX_STREAM_EPOCHS, Device, Role, Session, SessionStatus
from schemas.registry_rows import (
    REGISTRY,
    device_row,
    operator_row,
    session_row,
    stream_column,
    stream_of_column,
)
from security.keyset_cache import KeysetCache

__all__ = ["CacheSettings", "Registry", "UnknownDeviceError", "UnknownSessionError", "connect"]


@dataclasses.dataclass(frozen=True)
class CacheSettings:
    """How much of the registry a process remembers, and how long.

    A revoked key, a retired device, an ended session and a lost role are refused everywhere
    after `life_s` at the latest.
    """

    entries: int = 20_000
    life_s: float = 10.0


class Registry:
    """Devices, sessions and roles. Safe to share between threads.

    Args:
      now_ns: nanoseconds since 1970.
      timer: monotonic seconds.
    """

    def __init__(
        self,
        table: Table,
        *,
        cache: CacheSettings | None = None,
        patience: Patience | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        timer: Callable[[], float] = time.monotonic,
    ):
        self.rows = RegistryRows(table, patience)
        self.now_ns = now_ns
        kept = cache or CacheSettings()
        self._devices: KeysetCache[str, Device] = KeysetCache(kept.entries, kept.life_s, timer)
        self._sessions: KeysetCache[str, Session] = KeysetCache(kept.entries, kept.life_s, timer)
        self._roles: KeysetCache[tuple[str, str], Role | None] = KeysetCache(
            kept.entries, kept.life_s, timer
        )

    def device(self, device: str) -> Device:
        """The device, as it was at most the cache's life ago.

        Raises:
          UnknownDeviceError: there is none.
          RegistryUnavailableError: nobody can say.
        """
        return self._devices.get(device, lambda: self.fresh_device(device))

    def fresh_device(self, device: str) -> Device:
        """The device as it is now; raises as `device`."""
        try:
            found = self.rows.read(device_row(device))
        except SchemaError:
            raise UnknownDeviceError from None
        if found is None:
            raise UnknownDeviceError
        return Device.from_json(found.content)

    def change_device(self, device: str, edit: Callable[[Device], Device]) -> Device:
        """Edits a device, again if others were quicker; what it is then.

        Args:
          edit: may raise, may be called more than once; returns its argument to leave it.
        """
        changed: list[Device] = []

        def on_row(found: StoredRow) -> dict[str, Any] | None:
            before = Device.from_json(found.content)
            after = edit(before)
            changed[:] = [after]
            return None if after is before else after.to_json()

        self.rows.change(device_row(device), on_row, missing=UnknownDeviceError)
        self._devices.forget(device)
        return changed[0]

    def change_session(self, session: str, edit: Callable[[Session], Session]) -> Session:
        """Edits a session in the same way; what it is then, with the streams noted till then."""

        def on_row(found: StoredRow) -> dict[str, Any] | None:
            before = session_in(found)
            after = edit(before)
            return None if after is before else after.to_json()

        self.rows.change(session_row(session), on_row, missing=UnknownSessionError)
        self._sessions.forget(session)
        return self.fresh_session(session)

    def session(self, session: str) -> Session:
        """The session, as it was at most the cache's life ago.

        A session whose lease seems to have run out is read again: it may have been renewed.

        Raises:
          UnknownSessionError: there is none.
          RegistryUnavailableError: nobody can say.
        """
        found = self._sessions.get(session, lambda: self.fresh_session(session))
        if found.status is SessionStatus.OPEN and not found.is_live(self.now_ns()):
            found = self.fresh_session(session)
            self._sessions.put(session, found)
        return found

    def fresh_session(self, session: str) -> Session:
        """The session as it is now; raises as `session`."""
        try:
            found = self.rows.read(session_row(session))
        except SchemaError:
            raise UnknownSessionError from None
        if found is None:
            raise UnknownSessionError
        return session_in(found)

    def note_stream(self, session: str, stream: str, epoch: int) -> None:
        """Remembers that a stream's epoch began, so that the session's end can close it.

        May be repeated. What was noted while the session was open, its end knows.

        Raises:
          SessionEndedError: the session is over, or full.
          UnknownSessionError, RegistryUnavailableError.
        """
        row, column = session_row(session), stream_column(stream, epoch)
        # A device may name what it likes: its session's row and the telling of its end are bounded.
        noted = self.fresh_session(session).streams
        if len(noted) >= MAX_STREAM_EPOCHS and (stream, epoch) not in noted:
            raise SessionFullError
        if not self.rows.note_stream(row, column, SessionStatus.OPEN):
            found = self.fresh_session(session)
            self._sessions.put(session, found)
            raise SessionEndedError(found.status)

    def role(self, tenant: str, operator: str) -> Role | None:
        """What an operator may do in a tenant, or None."""
        return self._roles.get((tenant, operator), lambda: self._read_role(tenant, operator))

    def grant(self, tenant: str, operator: str, role: Role) -> None:
        """Gives an operator a role; for administrators and local set-up, no HTTP path does."""
        row = operator_row(tenant, operator)
        content = {"role": role.value}
        if self.rows.create(row, content).content != content:
            self.rows.change(row, lambda _: content, missing=LookupError)

    def _read_role(self, tenant: str, operator: str) -> Role | None:
        try:
            found = self.rows.read(operator_row(tenant, operator))
        except SchemaError:
            return None
        return Role(found.content["role"]) if found else None


def session_in(found: StoredRow) -> Session:
    """The session that a row holds."""
    return Session.from_json(found.content, tuple(map(stream_of_column, found.streams)))


def connect(project: str, instance: str, app_profile: str | None = None) -> Table:
    """The registry's table; its client lives as long as the process."""
    client = BigtableDataClient(project=project)
    return client.get_table(instance, REGISTRY.table_id, app_profile_id=app_profile)
