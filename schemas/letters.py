"""Dead letters: messages that a step of the stream job refused, kept so that they can be replayed.

    tenant/2024010112/<stage>-<reason>-<digest>.nepd

The folders say whose they are and in which hour (UTC) they came; the name says which step refused
them and why. All letters of a file share these. The digest is of the file's bytes: the same
letters are the same file. What was sealed stays sealed.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator

from google.protobuf.message import DecodeError

from schemas.archive import FRAME, MAX_RECORD_BYTES, frame
from schemas.envelope import Envelope
from schemas.errors import ArchiveError, PacketError
from schemas.telemetry_pb2 import Letter as LetterMessage

EXTENSION = ".nepd"
MAGIC = b"NEPD\r\n\x1a\n"
NOBODY = "unknown"
"""The tenant's folder of a message that is no envelope; no tenant's id is so long."""

_HOUR = "%Y%m%d%H"
_HOUR_NS = 3_600_000_000_000
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_PATH = re.compile(
    r"(?P<tenant>[a-z0-9]{7,8})/(?P<hour>\d{10})/"
    r"(?P<stage>[A-Za-z0-9_]+)-(?P<reason>[A-Za-z0-9_]+)-[0-9a-f]{32}" + re.escape(EXTENSION)
)
_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True)
class LetterPlace:
    """What all letters of a file share.

    Attributes:
      tenant: `NOBODY` for messages that are no envelope.
      hour: since 1970, in which the door received them, or else Pub/Sub.
    """

    tenant: str
    hour: int
    stage: str
    reason: str

    def path(self, content: bytes) -> str:
        """Of the file with this content, below the root of the dead letters."""
        hour = (_1970 + datetime.timedelta(hours=self.hour)).strftime(_HOUR)
        digest = hashlib.sha256(content).hexdigest()[:32]
        return f"{self.tenant}/{hour}/{self.stage}-{self.reason}-{digest}{EXTENSION}"


def place_of_path(path: str) -> LetterPlace | None:
    """The place that the last three parts of a path name; None for other files."""
    found = _PATH.fullmatch("/".join(path.split("/")[-3:]))
    if found is None:
        return None
    try:
        hour = datetime.datetime.strptime(found["hour"], _HOUR).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None
    hours = (hour - _1970) // datetime.timedelta(hours=1)
    return LetterPlace(found["tenant"], hours, found["stage"], found["reason"])


@dataclasses.dataclass(frozen=True)
class Letter:
    """A message as Pub/Sub delivered it, and why a step refused it.

    Attributes:
      attributes: all of an envelope's, or whatever the message had.
      data: sealed still, where it is an envelope.
      published_ns: by Pub/Sub's clock; 0 where not known.
      stage, reason: letters, digits and _; stable.
      message: what was wrong and what would be right; nothing of what is sealed.

    Raises:
      ArchiveError: a stage or a reason that can be in no name, or too many bytes.
    """

    attributes: dict[str, str]
    data: bytes = dataclasses.field(repr=False)
    published_ns: int
    stage: str
    reason: str
    message: str

    def __post_init__(self) -> None:
        for field in ("stage", "reason"):
            if not _CODE.fullmatch(getattr(self, field)):
                raise ArchiveError(field, getattr(self, field), "1 to 64 letters, digits and _")

    @classmethod
    def of_envelope(cls, envelope: Envelope, stage: str, reason: str, message: str) -> Letter:
        """An envelope that was refused."""
        attributes, published_ns = envelope.attributes(), envelope.published_ns
        return cls(attributes, envelope.sealed, published_ns, stage, reason, message)

    def envelope(self) -> Envelope | None:
        """What was refused; None where the message is no envelope."""
        try:
            return Envelope.from_attributes(
                self.attributes, self.data, published_ns=self.published_ns
            )
        except PacketError:
            return None

    @property
    def place(self) -> LetterPlace:
        """Of the file that holds it: it follows from the letter, so a retry finds the same."""
        envelope = self.envelope()
        tenant = NOBODY if envelope is None else envelope.tenant
        time_ns = self.published_ns if envelope is None else envelope.received_ns
        return LetterPlace(tenant, time_ns // _HOUR_NS, self.stage, self.reason)

    def to_bytes(self) -> bytes:
        """Without a frame."""
        message = LetterMessage(**{f.name: getattr(self, f.name) for f in dataclasses.fields(self)})
        return message.SerializeToString(deterministic=True)

    @classmethod
    def from_bytes(cls, wire: bytes) -> Letter:
        """Undoes `to_bytes`.

        Raises:
          ArchiveError: the bytes are no letter.
        """
        try:
            message = LetterMessage.FromString(wire)
        except DecodeError:
            raise ArchiveError("letter", f"{len(wire)} bytes", "a protobuf Letter") from None
        fields = {field.name: getattr(message, field.name) for field in dataclasses.fields(cls)}
        return cls(**fields | {"attributes": dict(message.attributes)})


def letters_file(letters: Iterable[Letter]) -> bytes:
    """A whole file: the same letters, in any order, give the same bytes."""
    bodies = sorted(letter.to_bytes() for letter in letters)
    return b"".join([MAGIC, *map(frame, bodies)])


def read_letters(content: bytes) -> Iterator[Letter]:
    """The letters of a whole file.

    Raises:
      ArchiveError: it is damaged; the letters before were good.
    """
    if not content.startswith(MAGIC):
        raise ArchiveError("magic", content[: len(MAGIC)], repr(MAGIC))
    at = len(MAGIC)
    while at < len(content):
        if at + FRAME.size > len(content):
            raise ArchiveError("frame", f"{len(content) - at} bytes", "a length and a CRC-32")
        length, crc = FRAME.unpack_from(content, at)
        body = content[at + FRAME.size : at + FRAME.size + length]
        if length > MAX_RECORD_BYTES or len(body) < length or zlib.crc32(body) != crc:
            raise ArchiveError("frame", f"damaged at byte {at}", "bytes with their CRC-32")
        yield Letter.from_bytes(body)
        at += FRAME.size + length
