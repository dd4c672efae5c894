"""The operations of the enrolment function: who may do what, and what they are answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from functions.callers import Callers, operator_id_of
from functions.device_events import Announcer
from functions.enrolment import claims, device_keys, registration
from functions.enrolment.views import device_view, key_view, registered_view
from functions.problems import ProblemError
from functions.registry.errors import UnknownDeviceError, UnknownTenantError
from functions.registry.registry import Registry
from functions.routing import Call, Handler
from functions.times import rfc3339
from schemas.registration_proof import jwk_thumbprint
from schemas.registrations import Device, Role

NONCES_PER_S = 50.0
NONCE_BURST = 200.0


class EnrolmentDesk:
    """Serves enrolment.

    Args:
      audience: what tokens of devices must be made for.
    """

    def __init__(self, registry: Registry, callers: Callers, announcer: Announcer, audience: str):
        self._registry, self._callers = registry, callers
        self._announcer, self._audience = announcer, audience
        self._nonces = Allowance(NONCES_PER_S, NONCE_BURST)

    def handlers(self) -> dict[str, Handler]:
        """By the name of the operation."""
        return {
            "issue_claim": self.issue_claim,
            "issue_nonce": self.issue_nonce,
            "register_device": self.register_device,
            "read_device": self.read_device,
            "retire_device": self.retire_device,
            "add_key": self.add_key,
            "revoke_key": self.revoke_key,
            "read_health": lambda call: {"status": "ok"},
        }

    def issue_claim(self, call: Call) -> dict[str, Any]:
        """For a device of a tenant in which the operator may do this."""
        operator = self._callers.operator(call.headers)
        tenant = call.body["tenant"]
        if not self._callers.has_role(operator, tenant, Role.OPERATOR):
            raise UnknownTenantError
        issued = claims.issue_claim(self._registry, tenant, operator_id_of(operator))
        return {"claim": issued.secret, "expires_at": rfc3339(issued.expires_ns)}

    def issue_nonce(self, call: Call) -> dict[str, Any]:
        """For anybody, but not for all at once: each is a row."""
        if not self._nonces.take():
            detail = "nonces are being given out too fast; try again later"
            raise ProblemError(429, "too-many-requests", detail, retry_after_s=1)
        issued = claims.issue_nonce(self._registry)
        return {"nonce": issued.secret, "expires_at": rfc3339(issued.expires_ns)}

    def register_device(self, call: Call) -> dict[str, Any]:
        """For whoever holds a claim and a key."""
        device = registration.register(self._registry, self._announcer, call.body)
        return registered_view(device, jwk_thumbprint(call.body["public_key"]), self._audience)

    def read_device(self, call: Call) -> dict[str, Any]:
        """For the device, and for those with a role in its tenant."""
        caller = self._callers.device_or_operator(call.headers)
        device = self._registry.fresh_device(call.parameters["device"])
        if not self._callers.may_read(caller, device.tenant, device.device):
            raise UnknownDeviceError
        return device_view(device)

    def retire_device(self, call: Call) -> dict[str, Any]:
        """For an operator."""
        operator = self._callers.operator(call.headers)
        device = self._registry.fresh_device(call.parameters["device"])
        if not self._callers.may_change(operator, device.tenant, device.device):
            raise UnknownDeviceError
        device_keys.retire(self._registry, self._announcer, device.device)
        return {}

    def add_key(self, call: Call) -> dict[str, Any]:
        """For the device itself."""
        token = self._callers.device(call.headers)
        if token.device.device != call.parameters["device"]:
            raise UnknownDeviceError
        key = device_keys.add_key(
            self._registry, self._announcer, token.device.device, token.thumbprint, call.body
        )
        return key_view(key)

    def revoke_key(self, call: Call) -> dict[str, Any]:
        """For the device itself, or an operator."""
        caller = self._callers.device_or_operator(call.headers)
        device = self._registry.fresh_device(call.parameters["device"])
        if not self._callers.may_change(caller, device.tenant, device.device):
            raise UnknownDeviceError
        device_keys.revoke_key(
            self._registry,
            self._announcer,
            device.device,
            call.parameters["thumbprint"],
            by_device=isinstance(caller, Device),
        )
        return {}


class Allowance:
    """How often something may be done: a bucket of tokens in this process's memory."""

    def __init__(self, per_s: float, burst: float, timer: Callable[[], float] = time.monotonic):
        self._per_s, self._burst, self._timer = per_s, burst, timer
        self._left, self._at = burst, timer()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether it may be done once more now."""
        with self._lock:
            now = self._timer()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
