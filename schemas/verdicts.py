"""What a device is told of each packet that it posted, and what it is to do then."""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import Any

from schemas.errors import SchemaError


class Reason(enum.StrEnum):
    """Why a packet was not accepted; codes are stable, texts in `detail` are not.

    Only `UNAVAILABLE` asks for the packet again: the others refuse these bytes for good.
    """

    UNAVAILABLE = "unavailable"
    """Not taken now, by no fault of the packet: send it again, as it is."""
    MALFORMED = "malformed"
    """No packet, or one whose fields cannot be."""
    CHECKSUM = "checksum"
    """The samples are not those that the checksum was taken of."""
    SCHEMA_VERSION = "schema_version"
    """Of a version that is not known here."""
    TOO_LARGE = "too_large"
    """More bytes, channels, samples or events than a packet may have."""
    EPOCH = "epoch"
    """An epoch above 99,999: those are kept for pauses within an epoch."""
    OTHER_DEVICE = "other_device"
    """Names a device that the token is not of."""
    UNKNOWN_SESSION = "unknown_session"
    """No session of this device."""
    SESSION_ENDED = "session_ended"
    """The device's session, but it is over; or too many streams and epochs began in it."""
    CLOCK_AHEAD = "clock_ahead"
    """Later than the device can be right about: its clock is wrong."""
    CLOCK_BEHIND = "clock_behind"
    """Older than what is still taken, or a clock that was never set."""
    ERASED = "erased"
    """The subject was erased; nothing of them is taken again."""

    @property
    def is_final(self) -> bool:
        """Whether the same packet would be refused again."""
        return self is not Reason.UNAVAILABLE


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Of one packet of a post; `reason` and `detail` stand where it was not accepted."""

    packet: int
    accepted: bool
    reason: str = ""
    detail: str = ""

    def to_fields(self) -> dict[str, Any]:
        """As it stands in the answer."""
        fields: dict[str, Any] = {"packet": self.packet, "accepted": self.accepted}
        return fields if self.accepted else fields | {"reason": self.reason, "detail": self.detail}


@dataclasses.dataclass(frozen=True)
class PostAnswer:
    """The answer to a post that was read: 202, or 503 where a verdict says `unavailable`.

    Attributes:
      verdicts: one a packet, in the order of the post.
      post_interval_ms: how long the device should wait from one post to the next.
    """

    verdicts: tuple[Verdict, ...]
    post_interval_ms: int

    def to_fields(self) -> dict[str, Any]:
        """As a JSON object."""
        verdicts = [verdict.to_fields() for verdict in self.verdicts]
        return {"verdicts": verdicts, "post_interval_ms": self.post_interval_ms}

    @classmethod
    def from_json(cls, text: str | bytes) -> PostAnswer:
        """What a device reads, of a 202 or of a 503 that has verdicts.

        Raises:
          SchemaError: no such answer.
        """
        try:
            fields = json.loads(text)
            verdicts = [
                Verdict(
                    packet=int(one["packet"]),
                    accepted=one["accepted"] is True,
                    reason=str(one.get("reason", "")),
                    detail=str(one.get("detail", "")),
                )
                for one in fields["verdicts"]
            ]
            return cls(tuple(verdicts), int(fields["post_interval_ms"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise SchemaError("answer", f"{len(text)} bytes", "verdicts of a post") from None
