"""Whose post it is: a device's token, checked in full once and then remembered for its life."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import cachetools

from functions.problems import ProblemError
from functions.registry.errors import RegistryError
from functions.telemetry.lookups import Lookups
from schemas.registrations import Device
from security.device_tokens import CLOCK_SKEW_S, DeviceToken, TokenError, verify_device_token

_NS = 1_000_000_000
_BEARER = "bearer "
_REMEMBERED = 20_000  # tokens; a device makes one an hour


class _NotAtHandError(Exception):
    """The device that a token names has to be asked for."""

    def __init__(self, device: str):
        super().__init__(device)
        self.device = device


class Authentication:
    """Devices by their tokens.

    A token that was verified is remembered by its SHA-256 until it expires. Whether its device is
    active and its key live is looked at for every post, in a device record no older than that of
    `devices` gets.

    Args:
      now_s: seconds since 1970.
    """

    def __init__(self, devices: Lookups[str, Device], audience: str, now_s: Callable[[], float]):
        self._devices, self._audience, self._now_s = devices, audience, now_s
        self._verified: cachetools.LRUCache = cachetools.LRUCache(_REMEMBERED)

    async def device_of(self, authorization: str | None) -> Device:
        """The device that posts.

        Args:
          authorization: the header.

        Raises:
          ProblemError: 401 for no token that counts, 503 where nobody can say.
        """
        if authorization is None or authorization[: len(_BEARER)].lower() != _BEARER:
            raise _unauthorized("no device token; expected Authorization: Bearer <token>")
        token = authorization[len(_BEARER) :].strip()
        digest = hashlib.sha256(token.encode("latin-1", "replace")).digest()
        known: DeviceToken | None = self._verified.get(digest)
        try:
            if known is not None and self._now_s() < known.expires_s + CLOCK_SKEW_S:
                return await self._still(known)
            verified = await self._verify(token)
        except TokenError as error:
            raise _unauthorized(str(error)) from None
        except (RegistryError, TimeoutError):
            detail = "the registry of devices gave no answer; send the whole post again"
            raise ProblemError(503, "unavailable", detail, retry_after_s=2) from None
        self._verified[digest] = verified
        return verified.device

    async def _still(self, known: DeviceToken) -> Device:
        try:
            device = await self._devices.get(known.device.device)
        except LookupError:
            raise TokenError from None
        if device.live_key(known.thumbprint, int(self._now_s() * _NS)) is None:
            raise TokenError
        return device

    async def _verify(self, token: str) -> DeviceToken:
        try:
            return self._verified_by(token, self._device_at_hand)
        except _NotAtHandError as missing:
            name = missing.device
        try:
            found = {name: await self._devices.get(name)}
        except LookupError:
            raise TokenError from None
        # Not at hand again: an answer that was long in coming may be too old to be kept.
        return self._verified_by(token, found.__getitem__)

    def _verified_by(self, token: str, device_of: Callable[[str], Device]) -> DeviceToken:
        return verify_device_token(token, device_of, self._audience, self._now_s())

    def _device_at_hand(self, device: str) -> Device:
        found = self._devices.at_hand(device)
        if found is None:
            raise _NotAtHandError(device)
        return found


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(401, "unauthorized", detail, field="authorization")
