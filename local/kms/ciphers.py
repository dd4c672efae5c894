"""Ciphertexts and tags of the local key service: AES-256-GCM and HMAC-SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local.kms.records import TAG_BYTES
from local.kms.refusals import invalid

_HEADER = struct.Struct(f">B{TAG_BYTES}sI")  # format, the key's tag, the version's number
_FORMAT = 1
_NONCE_BYTES = 12


def encrypt(material: bytes, tag: bytes, number: int, plaintext: bytes, aad: bytes) -> bytes:
    """Plaintext to a ciphertext that names its key and version; the header is authenticated."""
    header = _HEADER.pack(_FORMAT, tag, number)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return header + nonce + AESGCM(material).encrypt(nonce, plaintext, header + aad)


def version_of(ciphertext: bytes, tag: bytes) -> int:
    """The number of the version that a ciphertext says it was made with.

    Raises:
      KmsRefusal: it is another key's, or no ciphertext at all.
    """
    if len(ciphertext) < _HEADER.size + _NONCE_BYTES:
        raise invalid("Decryption failed: the ciphertext is invalid.")
    form, found, number = _HEADER.unpack_from(ciphertext)
    if form != _FORMAT or found != tag:
        raise invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.")
    return int(number)


def decrypt(material: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """What `encrypt` was given, or INVALID_ARGUMENT."""
    header, rest = ciphertext[: _HEADER.size], ciphertext[_HEADER.size :]
    nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(material).decrypt(nonce, sealed, header + aad)
    except InvalidTag:
        raise invalid("Decryption failed: the ciphertext is invalid.") from None


def mac(material: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256, 32 bytes."""
    return hmac.digest(material, data, hashlib.sha256)
