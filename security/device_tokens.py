"""Tokens that devices sign with their own key: checked, never made, here.

A token proves who posts and when; it does not prove that a post is new. It travels inside TLS,
lives an hour at most and is bound to one audience; a repeated post changes nothing because its
packets are known already.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm

from schemas.errors import SchemaError
from schemas.ids import check_device_id
from schemas.registrations import Device, DeviceKey

ALGORITHM = "ES256"
MAX_TOKEN_BYTES = 2048
MAX_LIFETIME_S = 3600
CLOCK_SKEW_S = 600
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_JTI = re.compile(r"[\x21-\x7e]{8,128}")
_HEADER_NAMES = {"alg", "kid", "typ"}
_ES256 = ECAlgorithm(ECAlgorithm.SHA256, ec.SECP256R1)
_NS = 1_000_000_000


class TokenError(Exception):
    """A token that does not count here. Nothing says which check failed."""

    def __str__(self) -> str:
        return "the token is not valid here"


class TokenTimeError(TokenError):
    """A device's own good token whose time is over or yet to come.

    Told only to whoever holds the device's key: it can set its clock by the answer's Date.
    """

    def __str__(self) -> str:
        return "the token's time is over or has not come, by the clock of the server"


@dataclasses.dataclass(frozen=True)
class DeviceToken:
    """What a token that counts says.

    Args:
      thumbprint: of the key that signed it.
      expires_s: seconds since 1970, without the skew that is allowed.
    """

    device: Device
    thumbprint: str
    expires_s: int
    jti: str


def verify_device_token(
    token: str, device_of: Callable[[str], Device], audience: str, now_s: float
) -> DeviceToken:
    """Who signed the token.

    Args:
      token: a compact JWS, from a stranger.
      device_of: the registry's device; raises `LookupError` where there is none.
      audience: which the token must name, alone.
      now_s: seconds since 1970.

    Raises:
      TokenError: it does not count.
    """
    header, claims = _read(token)
    thumbprint = header["kid"]
    device = _device(claims, device_of)
    key = device.live_key(thumbprint, int(now_s * _NS))
    if key is None:
        raise TokenError
    signed, _, signature = token.rpartition(".")
    if not _is_signed_by(key, signed, signature):
        raise TokenError
    if claims.get("aud") != audience or not _is_text(claims.get("jti"), _JTI):
        raise TokenError
    expires_s = _check_times(claims, now_s)
    return DeviceToken(device, thumbprint, expires_s, claims["jti"])


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, believed in nothing yet but their form."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise TokenError
    try:
        found = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenError from None
    header, claims = found["header"], found["payload"]
    if header.get("alg") != ALGORITHM or set(header) - _HEADER_NAMES:
        raise TokenError
    if header.get("typ", "JWT") != "JWT" or not _is_text(header.get("kid"), _THUMBPRINT):
        raise TokenError
    return header, claims


def _device(claims: dict[str, Any], device_of: Callable[[str], Device]) -> Device:
    name = claims.get("iss")
    if not isinstance(name, str) or claims.get("sub") != name:
        raise TokenError
    try:
        return device_of(check_device_id(name))
    except (LookupError, SchemaError):
        raise TokenError from None


def _check_times(claims: dict[str, Any], now_s: float) -> int:
    issued_s, expires_s = claims.get("iat"), claims.get("exp")
    if type(issued_s) is not int or type(expires_s) is not int:  # True is no time
        raise TokenError
    if not 0 < expires_s - issued_s <= MAX_LIFETIME_S:
        raise TokenError
    not_before_s = claims.get("nbf", issued_s)
    if type(not_before_s) is not int:
        raise TokenError
    if now_s >= expires_s + CLOCK_SKEW_S or now_s < max(issued_s, not_before_s) - CLOCK_SKEW_S:
        raise TokenTimeError
    return expires_s


def _is_signed_by(key: DeviceKey, signed: str, signature: str) -> bool:
    try:
        raw = jwt.utils.base64url_decode(signature)
    except ValueError:
        return False
    return _ES256.verify(signed.encode(), _loaded(key.public_key), raw)


def _is_text(found: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(found, str) and pattern.fullmatch(found) is not None


@functools.lru_cache(maxsize=10_000)
def _loaded(public_key: str) -> ec.EllipticCurvePublicKey:
    """Reading a PEM costs as much as checking a signature; a public key is no secret."""
    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TokenError
    return key
