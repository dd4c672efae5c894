"""Tink keysets in the clear, for as long as it takes to make, change or open one.

Nothing else in the tree imports Tink's way to secret keys. What `open_keyset` returns holds the
keys inside Tink's own objects, and can be neither printed nor pickled.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, NoReturn

import tink
from google.protobuf.message import DecodeError
from tink import aead, daead, prf, secret_key_access
from tink.proto import aes_gcm_pb2, aes_siv_pb2, hmac_prf_pb2, tink_pb2

from security.errors import OpenRefusedError

TINK_PREFIX = b"\x01"  # before the four bytes of the key's id
PREFIX_BYTES = 5

aead.register()
daead.register()
prf.register()


@dataclasses.dataclass(frozen=True)
class _Kind:
    template: Any
    message: Any
    key_bytes: int
    primitive: Any


class KeyKind(enum.Enum):
    """What a keyset is for."""

    AEAD = "aead"  # AES-256-GCM, a random nonce for every message
    DETERMINISTIC = "deterministic"  # AES-SIV: equal plaintexts give equal ciphertexts
    PRF = "prf"  # HMAC-SHA-256


_KINDS = {
    KeyKind.AEAD: _Kind(aead.aead_key_templates.AES256_GCM, aes_gcm_pb2.AesGcmKey, 32, aead.Aead),
    KeyKind.DETERMINISTIC: _Kind(
        daead.deterministic_aead_key_templates.AES256_SIV,
        aes_siv_pb2.AesSivKey,
        64,
        daead.DeterministicAead,
    ),
    KeyKind.PRF: _Kind(prf.prf_key_templates.HMAC_SHA256, hmac_prf_pb2.HmacPrfKey, 32, prf.PrfSet),
}


class OpenedKeyset:
    """A keyset that can be used and not be looked into.

    Attributes:
      primitive: Tink's object: an Aead, a DeterministicAead or a PrfSet.
      prefixes: the first bytes of what its keys seal, one for each key.
      primary_key_id: of the key that seals.
      generation: counts changes of the keyset, from 1.
    """

    __slots__ = ("generation", "prefixes", "primary_key_id", "primitive")

    def __init__(self, keyset: Any, primitive: Any, generation: int):
        self.primitive = primitive
        self.prefixes = frozenset(prefix_of(key.key_id) for key in keyset.key)
        self.primary_key_id = int(keyset.primary_key_id)
        self.generation = generation

    def __repr__(self) -> str:
        return f"<OpenedKeyset generation {self.generation}, {len(self.prefixes)} keys>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an opened keyset does not leave its process")


def prefix_of(key_id: int) -> bytes:
    """What Tink puts before a ciphertext of this key."""
    return TINK_PREFIX + key_id.to_bytes(4, "big")


def new_keyset(kind: KeyKind) -> bytes:
    """A serialised keyset of one new key, in the clear."""
    handle = tink.new_keyset_handle(_KINDS[kind].template)
    serialized: bytes = tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return serialized


def with_new_primary(kind: KeyKind, serialized: bytes) -> bytes:
    """The keyset with a new key that seals from now on; the others still open."""
    keyset = tink_pb2.Keyset.FromString(serialized)
    taken = {key.key_id for key in keyset.key}
    while True:
        new = tink_pb2.Keyset.FromString(new_keyset(kind))
        if new.primary_key_id not in taken:
            break
    keyset.key.append(new.key[0])
    keyset.primary_key_id = new.primary_key_id
    changed: bytes = keyset.SerializeToString()
    return changed


def open_keyset(kind: KeyKind, serialized: bytes, generation: int) -> OpenedKeyset:
    """A keyset in the clear to one that can be used.

    Raises:
      OpenRefusedError: it is no keyset of this kind with keys of full strength.
    """
    try:
        keyset = tink_pb2.Keyset.FromString(serialized)
        _check(_KINDS[kind], keyset)
        handle = tink.proto_keyset_format.parse(serialized, secret_key_access.TOKEN)
        return OpenedKeyset(keyset, handle.primitive(_KINDS[kind].primitive), generation)
    except (DecodeError, tink.TinkError):
        raise OpenRefusedError from None  # what Tink says may quote what it read


def _check(kind: _Kind, keyset: Any) -> None:
    for key in keyset.key:
        same = (
            key.key_data.type_url == kind.template.type_url
            and key.output_prefix_type == kind.template.output_prefix_type
        )
        if not same:
            raise OpenRefusedError
        if len(kind.message.FromString(key.key_data.value).key_value) != kind.key_bytes:
            raise OpenRefusedError
