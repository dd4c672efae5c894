"""Changes of the registry as messages of the topic `device-events`: JSON, told at least once.

The same change always has the same id and time: a consumer drops what it has seen. `record` is
the device or the session as it is after the change, so a consumer needs no earlier message.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
from typing import Any

from schemas.errors import SchemaError
from schemas.ids import check_device_id, check_session_id, check_subject_id, check_tenant_id

EVENT_SCHEMA = 1
MAX_EVENT_BYTES = 1 << 20


class RegistryEventKind(enum.StrEnum):
    """What changed."""

    DEVICE_ENROLLED = "device-enrolled"
    DEVICE_RETIRED = "device-retired"
    KEY_ADDED = "key-added"
    KEY_REVOKED = "key-revoked"
    SESSION_OPENED = "session-opened"
    SESSION_ENDED = "session-ended"
    SESSION_EXPIRED = "session-expired"

    @property
    def is_of_session(self) -> bool:
        """Whether the record is a session's; else a device's."""
        return self.value.startswith("session-")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RegistryEvent:
    """One change.

    Args:
      event_id: 32 hexadecimal digits, the same whenever this change is told.
      time_ns: when it was made, nanoseconds since 1970.
      session, subject: of a session's change; else empty.
      record: of a device `model serial firmware hardware capabilities schema_version status keys
        (thumbprint, expires_ns, revoked) enrolled_ns`; of a session `experiment status
        fencing_token started_ns lease_until_ns ended_ns end_reason requirements streams`.
    """

    event_id: str
    kind: RegistryEventKind
    time_ns: int
    tenant: str
    device: str
    session: str = ""
    subject: str = ""
    record: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        check_tenant_id(self.tenant)
        check_device_id(self.device)
        if self.kind.is_of_session:
            check_session_id(self.session)
            check_subject_id(self.subject)
        if type(self.time_ns) is not int:
            raise SchemaError("time_ns", self.time_ns, "nanoseconds since 1970")
        if not isinstance(self.record, dict):
            raise SchemaError("record", type(self.record).__name__, "an object")

    def to_bytes(self) -> bytes:
        """The message's data."""
        fields = {"schema": EVENT_SCHEMA, **dataclasses.asdict(self)}
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    def attributes(self) -> dict[str, str]:
        """The message's attributes: enough to route it and to drop it when it comes again."""
        return {"event_id": self.event_id, "kind": self.kind.value, "tenant": self.tenant}

    @classmethod
    def from_bytes(cls, data: bytes) -> RegistryEvent:
        """Undoes `to_bytes`.

        Raises:
          SchemaError: the bytes are none of ours.
        """
        if len(data) > MAX_EVENT_BYTES:
            raise SchemaError("data", f"{len(data)} bytes", f"at most {MAX_EVENT_BYTES}")
        try:
            fields = json.loads(data)
            schema = fields.pop("schema")
            if schema != EVENT_SCHEMA:
                raise SchemaError("schema", schema, f"{EVENT_SCHEMA}; update this code")
            return cls(**{**fields, "kind": RegistryEventKind(fields["kind"])})
        except SchemaError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise SchemaError("data", f"{len(data)} bytes", "a change of the registry") from None


def event_id_of(kind: RegistryEventKind, *of: str) -> str:
    """The id of a change: of its kind, and of what there can be only one such change of."""
    joined = "\n".join((kind.value, *of))
    return hashlib.sha256(joined.encode()).hexdigest()[:32]
