"""A key and its versions as the key service remembers them, and as JSON."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import secrets
from typing import Any

MATERIAL_BYTES = 32  # AES-256 and HMAC-SHA-256 alike
TAG_BYTES = 8
DESTROY_AFTER_S = 30 * 86_400  # Google's default


class Purpose(enum.Enum):
    """What a key is for, under Google's name."""

    ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
    MAC = "MAC"


class State(enum.Enum):
    """The state of a version, under Google's name."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    DESTROY_SCHEDULED = "DESTROY_SCHEDULED"
    DESTROYED = "DESTROYED"


@dataclasses.dataclass
class Version:
    """One version: its material is gone for good once it is DESTROYED."""

    number: int
    created: datetime.datetime
    state: State = State.ENABLED
    material: bytes | None = dataclasses.field(
        default_factory=lambda: secrets.token_bytes(MATERIAL_BYTES), repr=False
    )
    destroy_at: datetime.datetime | None = None
    destroyed_at: datetime.datetime | None = None

    def settle(self, now: datetime.datetime) -> bool:
        """Destroys the material if its time has run out; whether it did so."""
        if self.state is not State.DESTROY_SCHEDULED or self.destroy_at is None:
            return False
        if now < self.destroy_at:
            return False
        self.state, self.material = State.DESTROYED, None
        self.destroy_at, self.destroyed_at = None, self.destroy_at
        return True


@dataclasses.dataclass
class Key:
    """One CryptoKey.

    Args:
      tag: marks its ciphertexts, so that another key's are told apart from damaged ones.
      primary: the number of the version that encrypts; None for a MAC key.
    """

    name: str
    purpose: Purpose
    created: datetime.datetime
    destroy_after_s: int = DESTROY_AFTER_S
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    tag: bytes = dataclasses.field(default_factory=lambda: secrets.token_bytes(TAG_BYTES))
    primary: int | None = None
    versions: dict[int, Version] = dataclasses.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Everything, material included: for the key service's own folder only."""
        return {
            "name": self.name,
            "purpose": self.purpose.value,
            "created": self.created.isoformat(),
            "destroy_after_s": self.destroy_after_s,
            "labels": self.labels,
            "tag": self.tag.hex(),
            "primary": self.primary,
            "versions": [_version_to_json(version) for version in self.versions.values()],
        }

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> Key:
        """What `to_json` gave."""
        versions = [_version_from_json(version) for version in read["versions"]]
        return cls(
            name=read["name"],
            purpose=Purpose(read["purpose"]),
            created=datetime.datetime.fromisoformat(read["created"]),
            destroy_after_s=read["destroy_after_s"],
            labels=read["labels"],
            tag=bytes.fromhex(read["tag"]),
            primary=read["primary"],
            versions={version.number: version for version in versions},
        )


def _version_to_json(version: Version) -> dict[str, Any]:
    material = version.material
    return {
        "number": version.number,
        "created": version.created.isoformat(),
        "state": version.state.value,
        "material": None if material is None else base64.b64encode(material).decode(),
        "destroy_at": _time_to_json(version.destroy_at),
        "destroyed_at": _time_to_json(version.destroyed_at),
    }


def _version_from_json(read: dict[str, Any]) -> Version:
    return Version(
        number=read["number"],
        created=datetime.datetime.fromisoformat(read["created"]),
        state=State(read["state"]),
        material=None if read["material"] is None else base64.b64decode(read["material"]),
        destroy_at=_time_from_json(read["destroy_at"]),
        destroyed_at=_time_from_json(read["destroyed_at"]),
    )


def _time_to_json(time: datetime.datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time_from_json(read: str | None) -> datetime.datetime | None:
    return None if read is None else datetime.datetime.fromisoformat(read)
