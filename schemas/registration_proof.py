"""What a device signs to prove that it holds a key, and how keys are named: byte by byte.

The device and the function import the same; docs/api.md says it for devices in other languages.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping

from schemas.errors import SchemaError
from schemas.ids import check_device_id

REGISTRATION_PROOF = "neural-engine/registration/1"
ROTATION_PROOF = "neural-engine/rotation/1"
SECRET_PATTERN = r"[A-Za-z0-9_-]{22}"
"""A claim and a nonce: 128 random bits, base64url without padding."""
THUMBPRINT_PATTERN = r"[A-Za-z0-9_-]{43}"
SIGNATURE_BYTES = 64  # r and s of ES256, 32 bytes each, big-endian: as in a JWS
COORDINATE_BYTES = 32


def registration_bytes(claim: str, nonce: str, thumbprint: str) -> bytes:
    r"""What the key signs (ES256) at its device's registration.

    >>> registration_bytes("A" * 22, "B" * 22, "C" * 43)[:52]
    b'neural-engine/registration/1\nAAAAAAAAAAAAAAAAAAAAAA\n'
    """
    _check("claim", claim, SECRET_PATTERN)
    return _lines(REGISTRATION_PROOF, claim, nonce, thumbprint)


def rotation_bytes(device: str, nonce: str, thumbprint: str) -> bytes:
    """What the new key signs (ES256) when a device adds it to its keys."""
    return _lines(ROTATION_PROOF, check_device_id(device), nonce, thumbprint)


def jwk_thumbprint(public_key: Mapping[str, object]) -> str:
    """The RFC 7638 thumbprint of a P-256 key: SHA-256, base64url without padding.

    Args:
      public_key: a JWK; only `kty`, `crv`, `x` and `y` count.

    Raises:
      SchemaError: it is no JWK of a key on P-256.
    """
    required = {"crv": "P-256", "kty": "EC"}
    for name, expected in required.items():
        if public_key.get(name) != expected:
            raise SchemaError(f"public_key.{name}", public_key.get(name), repr(expected))
    canonical = required | {name: _coordinate(public_key, name) for name in ("x", "y")}
    digest = hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode())
    return encode_base64url(digest.digest())


def encode_base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_base64url(field: str, text: object, n_bytes: int) -> bytes:
    """Undoes `encode_base64url`, and takes no second spelling of the same bytes.

    Raises:
      SchemaError: not so many bytes, or not spelt so.
    """
    if isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,1000}", text):
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            raw = b""
        if len(raw) == n_bytes and encode_base64url(raw) == text:
            return raw
    raise SchemaError(field, _short(text), f"{n_bytes} bytes as base64url without padding")


def _coordinate(public_key: Mapping[str, object], name: str) -> str:
    text = public_key.get(name)
    decode_base64url(f"public_key.{name}", text, COORDINATE_BYTES)
    return str(text)


def _lines(purpose: str, owner: str, nonce: str, thumbprint: str) -> bytes:
    _check("nonce", nonce, SECRET_PATTERN)
    _check("thumbprint", thumbprint, THUMBPRINT_PATTERN)
    return "\n".join((purpose, owner, nonce, thumbprint)).encode()


def _check(field: str, found: object, pattern: str) -> None:
    if not isinstance(found, str) or not re.fullmatch(pattern, found):
        raise SchemaError(field, _short(found), f"text that matches {pattern}")


def _short(found: object) -> object:
    return f"{found[:20]}..." if isinstance(found, str) and len(found) > 20 else found
