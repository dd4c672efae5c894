"""What sealed bytes are bound to: their place, their owner and what they are for.

Sealed bytes open only under the context they were sealed under. Two contexts that differ anywhere
give different associated data: a purpose comes first, and every field carries its length.
"""

from __future__ import annotations

import dataclasses
import functools
import struct
from typing import Protocol

from schemas.errors import SchemaError
from schemas.ids import check_session_id, check_subject_id, check_tenant_id

_LENGTH = struct.Struct(">I")
_INT64 = struct.Struct(">q")


class Context(Protocol):
    """Anything that names an owner and encodes itself without ambiguity."""

    @property
    def tenant(self) -> str:
        """The organisation."""

    @property
    def subject(self) -> str:
        """The person whose keyset is used."""

    def associated_data(self) -> bytes:
        """What the ciphertext is bound to; another context never gives the same bytes."""


def encode_fields(*fields: str | bytes | int) -> bytes:
    r"""Fields as bytes, each after its length: no other fields of the same types give the same.

    Args:
      fields: text as UTF-8; integers in the range of int64. The first says what they are for.

    >>> encode_fields("cell", "ab", b"c") == encode_fields("cell", "a", b"bc")
    False
    """
    pieces = []
    for field in fields:
        data = _bytes_of(field)
        pieces += [_LENGTH.pack(len(data)), data]
    return b"".join(pieces)


@dataclasses.dataclass(frozen=True, slots=True)
class CellContext:
    """A cell of a Bigtable row.

    Args:
      cell_time_us: the cell's timestamp, microseconds, which carries the revision.
    """

    tenant: str
    subject: str
    session: str
    stream: str
    row: bytes
    family: str
    qualifier: bytes
    cell_time_us: int

    def __post_init__(self) -> None:
        _check_owner(self.tenant, self.subject, self.session)
        _check_int64("cell_time_us", self.cell_time_us)

    def associated_data(self) -> bytes:
        """Bound to the owner, the place and the time of the cell."""
        stream = _stream_fields("cell", self.tenant, self.subject, self.session, self.stream)
        return stream + encode_fields(self.row, self.family, self.qualifier, self.cell_time_us)


@dataclasses.dataclass(frozen=True, slots=True)
class PacketContext:
    """A packet, sealed at the door and never again: in Pub/Sub, the archive, the dead letters."""

    tenant: str
    subject: str
    session: str
    stream: str
    epoch: int
    sequence: int

    def __post_init__(self) -> None:
        _check_owner(self.tenant, self.subject, self.session)
        _check_int64("epoch", self.epoch)
        _check_int64("sequence", self.sequence)

    def associated_data(self) -> bytes:
        """Bound to the owner and the packet's place in its stream."""
        stream = _stream_fields("packet", self.tenant, self.subject, self.session, self.stream)
        return stream + encode_fields(self.epoch, self.sequence)


@dataclasses.dataclass(frozen=True, slots=True)
class StateContext:
    """What a stream job remembers of a stream's epoch, while it works on it.

    Args:
      chain: hash over everything that the state was made of, in order: another history of the
        same stream does not open.
    """

    tenant: str
    subject: str
    session: str
    stream: str
    epoch: int
    chain: bytes

    def __post_init__(self) -> None:
        _check_owner(self.tenant, self.subject, self.session)
        _check_int64("epoch", self.epoch)

    def associated_data(self) -> bytes:
        """Bound to the owner, the stream's epoch and its history."""
        stream = _stream_fields("state", self.tenant, self.subject, self.session, self.stream)
        return stream + encode_fields(self.epoch, self.chain)


@dataclasses.dataclass(frozen=True, slots=True)
class FeedbackContext:
    """A window on its way to who acts on it at once.

    Args:
      window: its number on the 50 ms grid since 1970.
    """

    tenant: str
    subject: str
    session: str
    stream: str
    epoch: int
    window: int

    def __post_init__(self) -> None:
        _check_owner(self.tenant, self.subject, self.session)
        _check_int64("epoch", self.epoch)

    def associated_data(self) -> bytes:
        """Bound to the owner and the window's place."""
        stream = _stream_fields("feedback", self.tenant, self.subject, self.session, self.stream)
        return stream + encode_fields(self.epoch, self.window)


def _bytes_of(field: str | bytes | int) -> bytes:
    if isinstance(field, str):
        return field.encode()
    if isinstance(field, int):
        return _INT64.pack(field)
    return field


@functools.lru_cache(maxsize=4096)
def _stream_fields(*fields: str) -> bytes:
    """What all contexts of a stream begin with; there is one for every cell and packet."""
    return encode_fields(*fields)


@functools.lru_cache(maxsize=4096)
def _check_owner(tenant: str, subject: str, session: str) -> None:
    check_tenant_id(tenant)
    check_subject_id(subject)
    check_session_id(session)


def _check_int64(field: str, found: int) -> None:
    if not 0 <= found < 2**63:
        raise SchemaError(field, found, "0 to 2^63 - 1")
