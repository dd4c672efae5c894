"""The device's key: a pair on P-256 whose private half never leaves the device."""

from __future__ import annotations

import os
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from devices.client.durable_files import OWNER_ONLY, write_durably
from devices.client.errors import ClientError
from schemas.registration_proof import COORDINATE_BYTES, encode_base64url, jwk_thumbprint


class DeviceKey:
    """A pair of keys; `repr` shows its thumbprint and nothing else."""

    def __init__(self, private: ec.EllipticCurvePrivateKey):
        if not isinstance(private.curve, ec.SECP256R1):
            raise ClientError("key", private.curve.name, "a key on the curve P-256")
        self.private = private

    def __repr__(self) -> str:
        return f"DeviceKey(thumbprint={self.thumbprint!r})"

    @classmethod
    def make(cls) -> DeviceKey:
        """A new one."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, path: pathlib.Path) -> DeviceKey:
        """The key of a file.

        Raises:
          ClientError: the file holds another kind of key, or others may read it.
        """
        if os.stat(path).st_mode & 0o077:
            raise ClientError("key", f"readable by others: {path}", f"mode {OWNER_ONLY:o}")
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except ValueError:
            raise ClientError("key", str(path), "a private key as PEM") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise ClientError("key", type(private).__name__, "a key on the curve P-256")
        return cls(private)

    def save(self, path: pathlib.Path) -> None:
        """Writes the private key; only the owner may read it."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_durably(path, pem)

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 7517)."""
        point = self.private.public_key().public_numbers()
        x, y = (number.to_bytes(COORDINATE_BYTES, "big") for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": encode_base64url(x), "y": encode_base64url(y)}

    @property
    def thumbprint(self) -> str:
        """RFC 7638, SHA-256, base64url without padding."""
        return jwk_thumbprint(self.jwk)

    def sign(self, message: bytes) -> str:
        """ES256 (RFC 7518): r and s, 32 bytes each, as base64url."""
        der = self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
        return encode_base64url(raw)


def load_or_make(path: pathlib.Path) -> DeviceKey:
    """The key of a file; a new one, written before it is used, where there is no file."""
    if path.exists():
        return DeviceKey.load(path)
    key = DeviceKey.make()
    key.save(path)
    return key
