"""What a device has of its own: a clock that a test moves, a pair of keys."""

from __future__ import annotations

import base64
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from schemas.registration_proof import jwk_thumbprint


class Clock:
    """The world's time, and as much more as a test wants."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now_ns(self) -> int:
        return time.time_ns() + int(self.ahead_s * 1e9)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    def pass_s(self, seconds: float) -> None:
        self.ahead_s += seconds


class Key:
    """A device's pair of keys."""

    def __init__(self, curve: ec.EllipticCurve | None = None):
        self.private = ec.generate_private_key(curve or ec.SECP256R1())
        self.width = (self.private.curve.key_size + 7) // 8

    @property
    def jwk(self) -> dict[str, str]:
        point = self.private.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(self.width, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def thumbprint(self) -> str:
        return jwk_thumbprint(self.jwk)

    def sign(self, message: bytes) -> str:
        der = self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return base64url(r.to_bytes(self.width, "big") + s.to_bytes(self.width, "big"))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
