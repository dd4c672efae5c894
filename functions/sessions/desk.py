"""The operations of the sessions function: who may do what, and what they are answered."""

from __future__ import annotations

import re
from typing import Any

from functions.callers import Callers
from functions.device_events import Announcer
from functions.problems import ProblemError
from functions.registry.errors import UnknownSessionError, UnknownTenantError
from functions.registry.registry import Registry
from functions.routing import Call, Handler
from functions.sessions.closing import end_session
from functions.sessions.opening import Wish, open_session
from functions.sessions.renewal import renew_lease
from functions.sessions.views import lease_view, opened_view, session_view
from functions.settings import FunctionSettings
from schemas.capabilities import Requirements
from schemas.errors import SchemaError
from schemas.ids import check_tenant_id
from schemas.registrations import Role, Session
from schemas.registry_rows import (
    device_sessions_prefix,
    session_of_index_row,
    subject_sessions_prefix,
)

MAX_LISTED = 100
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{8,128}")


class SessionDesk:
    """Serves sessions."""

    def __init__(
        self,
        registry: Registry,
        callers: Callers,
        announcer: Announcer,
        settings: FunctionSettings,
    ):
        self._registry, self._callers = registry, callers
        self._announcer, self._settings = announcer, settings

    def handlers(self) -> dict[str, Handler]:
        """By the name of the operation."""
        return {
            "open_session": self.open_session,
            "list_sessions": self.list_sessions,
            "read_session": self.read_session,
            "renew_session": self.renew_session,
            "end_session": self.end_session,
            "read_health": lambda call: {"status": "ok"},
        }

    def open_session(self, call: Call) -> dict[str, Any]:
        """For a device, of itself; the tenant is the device's."""
        token = self._callers.device(call.headers)
        key = call.headers.get("idempotency-key", "")
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            detail = "Idempotency-Key is absent or has not 8 to 128 visible ASCII characters"
            raise ProblemError(400, "malformed-request", detail, field="idempotency-key")
        wish = Wish(
            subject=call.body["subject"],
            experiment=call.body["experiment"],
            requirements=Requirements.from_json(call.body.get("requirements", {})),
            key=key,
        )
        session = open_session(self._registry, self._announcer, token.device, wish)
        return opened_view(session, self._settings)

    def list_sessions(self, call: Call) -> dict[str, Any]:
        """For those with a role in the tenant; newest first."""
        operator = self._callers.operator(call.headers)
        tenant = check_tenant_id(call.query.get("tenant", ""))
        if not self._callers.has_role(operator, tenant, Role.OPERATOR, Role.VIEWER):
            raise UnknownTenantError
        keys = self._registry.rows.keys(_index_prefix(tenant, call), MAX_LISTED)
        found = []
        for session_id in map(session_of_index_row, keys):
            try:
                found.append(session_view(self._registry.fresh_session(session_id)))
            except UnknownSessionError:  # it never began
                continue
        return {"sessions": found}

    def read_session(self, call: Call) -> dict[str, Any]:
        """For the session's device, and for those with a role in its tenant."""
        caller = self._callers.device_or_operator(call.headers)
        session = self._registry.fresh_session(call.parameters["session"])
        if not self._callers.may_read(caller, session.tenant, session.device):
            raise UnknownSessionError
        return session_view(session)

    def renew_session(self, call: Call) -> dict[str, Any]:
        """For the session's device."""
        session = self._own_session(call)
        return lease_view(renew_lease(self._registry, session, call.body["fencing_token"]))

    def end_session(self, call: Call) -> dict[str, Any]:
        """For the session's device."""
        session = self._own_session(call)
        body = call.body
        ended = end_session(
            self._registry,
            self._announcer,
            session.session,
            body["fencing_token"],
            body["reason"],
        )
        return session_view(ended)

    def _own_session(self, call: Call) -> Session:
        device = self._callers.device(call.headers).device
        session = self._registry.fresh_session(call.parameters["session"])
        if (session.tenant, session.device) != (device.tenant, device.device):
            raise UnknownSessionError
        return session


def _index_prefix(tenant: str, call: Call) -> bytes:
    subject, device = call.query.get("subject"), call.query.get("device")
    if (subject is None) == (device is None):
        raise SchemaError("query", "both or none", "either subject or device")
    if subject is not None:
        return subject_sessions_prefix(tenant, subject)
    return device_sessions_prefix(tenant, device or "")
