"""What the registry and security refuse, as HTTP says it."""

from __future__ import annotations

from functions.device_events import UnannouncedError
from functions.problems import ProblemError
from functions.registry.errors import (
    DeviceBusyError,
    FencingError,
    IdempotencyError,
    IncapableDeviceError,
    KeyRefusedError,
    RegistryConflictError,
    RegistryError,
    RegistryUnavailableError,
    SessionEndedError,
    UnknownClaimError,
    UnknownDeviceError,
    UnknownKeyError,
    UnknownNonceError,
    UnknownSessionError,
    UnknownTenantError,
)
from schemas.errors import SchemaError
from security.possession import PossessionError

KNOWN_REFUSALS = (RegistryError, SchemaError, PossessionError, UnannouncedError)

_STATUS_AND_CODE: dict[type[Exception], tuple[int, str]] = {
    PossessionError: (403, "proof-refused"),
    UnknownClaimError: (403, "claim-refused"),
    UnknownNonceError: (403, "nonce-refused"),
    UnknownTenantError: (404, "unknown-tenant"),
    UnknownDeviceError: (404, "unknown-device"),
    UnknownKeyError: (404, "unknown-key"),
    UnknownSessionError: (404, "unknown-session"),
    SessionEndedError: (409, "session-ended"),
    FencingError: (409, "fenced"),
    KeyRefusedError: (409, "key-refused"),
    DeviceBusyError: (409, "device-busy"),
    IdempotencyError: (422, "idempotency-key-reused"),
    IncapableDeviceError: (400, "incapable-device"),
    RegistryConflictError: (503, "unavailable"),
    RegistryUnavailableError: (503, "unavailable"),
    UnannouncedError: (503, "unavailable"),
}
_RETRY_AFTER_S = 2.0


def problem_of(error: Exception) -> ProblemError:
    """The answer to a request that was refused with this."""
    if isinstance(error, SchemaError):
        return ProblemError(400, "malformed-request", str(error), field=error.field)
    status, code = _STATUS_AND_CODE[type(error)]
    more = {"missing": error.missing} if isinstance(error, IncapableDeviceError) else {}
    retry_after_s = None
    if isinstance(error, DeviceBusyError):
        retry_after_s = float(error.retry_after_s)
    elif status == 503:
        retry_after_s = _RETRY_AFTER_S
    return ProblemError(status, code, str(error), retry_after_s=retry_after_s, more=more)
