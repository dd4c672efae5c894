"""Tokens that the device signs for itself: who posts, for whom, until when."""

from __future__ import annotations

import secrets
import threading

import jwt

from devices.client.clocks import ServerTime
from devices.client.errors import ClientError
from devices.client.keys import DeviceKey

MAX_LIFETIME_S = 3600
"""The server refuses tokens that live longer."""


class TokenSource:
    """The token of the moment; it may be asked by several threads.

    Args:
      lifetime_s: of a token, 60 to 3600; it is renewed when a fifth of that is left, so a post on a
        slow network still arrives with a valid one.

    Raises:
      ClientError: a lifetime that the server would refuse.
    """

    def __init__(
        self,
        key: DeviceKey,
        device: str,
        audience: str,
        clock: ServerTime,
        lifetime_s: int = 3000,
    ):
        if not 60 <= lifetime_s <= MAX_LIFETIME_S:
            raise ClientError("lifetime_s", lifetime_s, f"60 to {MAX_LIFETIME_S}")
        self._key, self._device, self._audience = key, device, audience
        self._clock, self._lifetime_s = clock, lifetime_s
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at_s = 0
        self._issued_s = 0

    def token(self) -> str:
        """A valid one, signed when the last one's time comes."""
        with self._lock:
            now_s = self._clock.now_ns() // 1_000_000_000
            # The second comparison: the clock was set back, and the token is of the future.
            if not self._token or now_s >= self._renew_at_s or now_s < self._issued_s:
                self._issued_s = now_s
                self._renew_at_s = now_s + self._lifetime_s * 4 // 5
                self._token = self._sign(now_s)
            return self._token

    def renew(self) -> None:
        """Forgets the token: the server refused it."""
        with self._lock:
            self._token = ""

    def use(self, key: DeviceKey) -> None:
        """Signs with another key from now on."""
        with self._lock:
            self._key, self._token = key, ""

    def _sign(self, now_s: int) -> str:
        claims = {
            "iss": self._device,
            "sub": self._device,
            "aud": self._audience,
            "iat": now_s,
            "exp": now_s + self._lifetime_s,
            "jti": secrets.token_hex(16),
        }
        headers = {"kid": self._key.thumbprint}
        return jwt.encode(claims, self._key.private, algorithm="ES256", headers=headers)
