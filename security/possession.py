"""That whoever sends a public key holds its private half: checked by a signature over our words."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.errors import SchemaError
from schemas.registration_proof import (
    COORDINATE_BYTES,
    SIGNATURE_BYTES,
    decode_base64url,
    jwk_thumbprint,
)

_HALF = SIGNATURE_BYTES // 2


class PossessionError(Exception):
    """A signature that the key did not make over these bytes."""

    def __str__(self) -> str:
        return "the signature is not this key's over the bytes that were to be signed"


class PublicKey:
    """A public key on P-256, from a stranger.

    Args:
      jwk: members other than `kty crv x y` do not count.

    Attributes:
      thumbprint: RFC 7638.
      pem: as it is stored.

    Raises:
      SchemaError: another kind of key, another curve, or no point of the curve.
    """

    def __init__(self, jwk: Mapping[str, object]):
        self.thumbprint = jwk_thumbprint(jwk)
        if "d" in jwk:
            raise SchemaError("public_key", "a private key", "its public half; make a new pair")
        x, y = (
            int.from_bytes(decode_base64url(f"public_key.{name}", jwk.get(name), COORDINATE_BYTES))
            for name in ("x", "y")
        )
        try:
            self._key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        except ValueError:
            raise SchemaError("public_key", "no point of the curve", "a P-256 key") from None
        pem = self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.pem = pem.decode()

    def check(self, signature: object, signed: bytes) -> None:
        """Refuses a signature that is not ours over these bytes.

        Args:
          signature: r and s, 64 bytes, base64url without padding.

        Raises:
          SchemaError: it has not the form of one.
          PossessionError: it is another's, or over other bytes.
        """
        raw = decode_base64url("signature", signature, SIGNATURE_BYTES)
        r, s = int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:])
        try:
            self._key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise PossessionError from None
