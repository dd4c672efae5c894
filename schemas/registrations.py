"""What the registry knows: devices, their keys, their sessions, operators.

Times are nanoseconds since 1970, as Python integers.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from typing import Any

from schemas.capabilities import Capabilities, Requirements

LEASE_SECONDS = 60
"""How long a session stays its device's own after it was opened or renewed."""

MAX_STREAM_EPOCHS = 5000
"""Of one session, all streams and their restarts together: its end tells of each."""

MAX_KEYS = 4
"""Live keys of one device: one in use, one to change to, and room for a mistake."""


class DeviceStatus(enum.StrEnum):
    """Whether a device may do anything."""

    ACTIVE = "active"
    RETIRED = "retired"


class SessionStatus(enum.StrEnum):
    """What became of a session."""

    OPEN = "open"
    ENDED = "ended"
    EXPIRED = "expired"


class Role(enum.StrEnum):
    """What an operator may do within one tenant."""

    OPERATOR = "operator"
    """Issues claims, reads devices and sessions, revokes keys."""
    VIEWER = "viewer"
    """Reads devices and sessions."""


@dataclasses.dataclass(frozen=True)
class DeviceKey:
    """A public key with which a device signs.

    Args:
      thumbprint: RFC 7638, SHA-256, base64url without padding: 43 characters.
      public_key: PEM of the P-256 key.
    """

    thumbprint: str
    public_key: str
    expires_ns: int
    revoked: bool = False
    added_ns: int = 0
    revoked_ns: int = 0

    def is_live(self, now_ns: int) -> bool:
        """Whether a signature of it counts."""
        return not self.revoked and now_ns < self.expires_ns


@dataclasses.dataclass(frozen=True)
class Lease:
    """Which session a device is in, and until when no other may begin.

    Args:
      fencing_token: higher for every session of the device.
      previous: the session whose lease had run out when this one began, or empty.
    """

    session: str
    fencing_token: int
    started_ns: int
    until_ns: int
    previous: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Device:
    """A piece of hardware that was enrolled.

    Args:
      schema_version: of the packets that it makes.
      fencing_token: the highest that a session of it was given; 0 before the first.
      last_seen_ns: when it last opened, renewed or ended a session, or changed its keys.
    """

    device: str
    tenant: str
    model: str
    serial: str
    firmware: str
    hardware: str
    capabilities: Capabilities
    schema_version: int
    keys: tuple[DeviceKey, ...]
    status: DeviceStatus = DeviceStatus.ACTIVE
    enrolled_ns: int = 0
    enrolled_by: str = ""
    retired_ns: int = 0
    last_seen_ns: int = 0
    fencing_token: int = 0
    lease: Lease | None = None

    def key(self, thumbprint: str) -> DeviceKey | None:
        """Its key of that thumbprint, live or not."""
        return next((key for key in self.keys if key.thumbprint == thumbprint), None)

    def live_key(self, thumbprint: str, now_ns: int) -> DeviceKey | None:
        """Its key of that thumbprint, if a signature of it counts now."""
        key = self.key(thumbprint)
        live = key is not None and key.is_live(now_ns) and self.status is DeviceStatus.ACTIVE
        return key if live else None

    def to_json(self) -> dict[str, Any]:
        """Of JSON's types."""
        return {**dataclasses.asdict(self), "capabilities": self.capabilities.to_json()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Device:
        """Undoes `to_json`."""
        made = {
            "capabilities": Capabilities.from_json(fields["capabilities"]),
            "keys": tuple(DeviceKey(**key) for key in fields["keys"]),
            "status": DeviceStatus(fields["status"]),
            "lease": Lease(**fields["lease"]) if fields["lease"] else None,
        }
        return cls(**{**fields, **made})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Session:
    """One continuous use of one device by one subject.

    Args:
      status: as it was written; a session whose lease ran out stays open until someone looks
        after it, see `is_live`.
      ended_ns: 0 while it is open.
      end_reason: why it ended, a word or a sentence.
      streams: every (stream, epoch) of which a packet was accepted.
    """

    session: str
    tenant: str
    subject: str
    device: str
    experiment: str
    status: SessionStatus
    fencing_token: int
    started_ns: int
    lease_until_ns: int
    ended_ns: int = 0
    end_reason: str = ""
    requirements: Requirements = dataclasses.field(default_factory=Requirements)
    streams: tuple[tuple[str, int], ...] = ()

    def is_live(self, now_ns: int) -> bool:
        """Whether it is open and its lease runs."""
        return self.status is SessionStatus.OPEN and now_ns < self.lease_until_ns

    def lease_seconds_left(self, now_ns: int) -> int:
        """Whole seconds until the lease has surely run out, rounded up; 0 if it has."""
        return max(0, math.ceil((self.lease_until_ns - now_ns) / 1e9))

    def to_json(self) -> dict[str, Any]:
        """Of JSON's types; without the streams, which are noted one by one."""
        found = {**dataclasses.asdict(self), "requirements": self.requirements.to_json()}
        del found["streams"]
        return found

    @classmethod
    def from_json(
        cls, fields: dict[str, Any], streams: tuple[tuple[str, int], ...] = ()
    ) -> Session:
        """Undoes `to_json`."""
        made = {
            "requirements": Requirements.from_json(fields["requirements"]),
            "status": SessionStatus(fields["status"]),
            "streams": streams,
        }
        return cls(**{**fields, **made})


@dataclasses.dataclass(frozen=True)
class OperatorRole:
    """That an operator has a role in a tenant.

    Args:
      operator: SHA-256 of issuer and subject: the registry keeps no name or address.
    """

    tenant: str
    operator: str
    role: Role
