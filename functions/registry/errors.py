"""What the registry refuses. Whether something is another tenant's or nobody's is not told."""

from __future__ import annotations


class RegistryError(Exception):
    """Something that the registry did not do; nothing was changed."""


class UnknownDeviceError(RegistryError, LookupError):
    """No device of that id, for this caller."""

    def __str__(self) -> str:
        return "there is no such device"


class UnknownSessionError(RegistryError, LookupError):
    """No session of that id, for this caller."""

    def __str__(self) -> str:
        return "there is no such session"


class UnknownTenantError(RegistryError, LookupError):
    """No tenant of that id, for this caller."""

    def __str__(self) -> str:
        return "there is no such tenant"


class UnknownKeyError(RegistryError, LookupError):
    """The device has no such key."""

    def __str__(self) -> str:
        return "the device has no such key"


class UnknownClaimError(RegistryError, LookupError):
    """A claim that was never issued, was used by another key, or is too old."""

    def __str__(self) -> str:
        return "the claim does not count; it is used up, too old, or was never issued"


class UnknownNonceError(RegistryError, LookupError):
    """A nonce that was never issued, was used, or is too old."""

    def __str__(self) -> str:
        return "the nonce does not count; ask for a new one"


class SessionEndedError(RegistryError):
    """The session is over: nothing more is taken for it.

    Args:
      status: `ended` or `expired`.
    """

    def __init__(self, status: str):
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return f"the session is {self.status}; open another"


class SessionFullError(SessionEndedError):
    """So many streams and epochs began in the session that no other may; those go on."""

    def __init__(self) -> None:
        super().__init__("full")


class FencingError(RegistryError):
    """Another session of the device began meanwhile, or the token is not this session's."""

    def __str__(self) -> str:
        return "the fencing token is not that of the device's present session"


class DeviceBusyError(RegistryError):
    """The device is in a session whose lease runs.

    Args:
      retry_after_s: until the lease has run out, if nobody renews it.
    """

    def __init__(self, retry_after_s: int):
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return (
            "the device is in another session; end it, "
            f"or try again in {self.retry_after_s} s, when its lease may have run out"
        )


class IdempotencyError(RegistryError):
    """The idempotency key stands for another request."""

    def __str__(self) -> str:
        return "this Idempotency-Key was used for another request; choose a new one"


class IncapableDeviceError(RegistryError):
    """The device lacks what the experiment needs.

    Args:
      missing: each a phrase for a person.
    """

    def __init__(self, missing: list[str]):
        super().__init__(missing)
        self.missing = missing

    def __str__(self) -> str:
        return f"the device lacks {'; '.join(self.missing)}"


class KeyRefusedError(RegistryError):
    """A key that the device may not have.

    Args:
      reason: for the device's maker.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class RegistryConflictError(RegistryError):
    """Others kept changing the row while we wanted to."""

    def __str__(self) -> str:
        return "the registry is being changed by others; try again"


class RegistryUnavailableError(RegistryError):
    """The registry's table gave no answer in time."""

    def __str__(self) -> str:
        return "the registry gave no answer; try again later"
