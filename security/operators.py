"""Who an operator is: an OpenID Connect ID token, checked with the provider's published keys."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import jwt

from schemas.errors import SchemaError

ALGORITHMS = ("RS256", "ES256")
MAX_TOKEN_BYTES = 8192
MAX_NAME = 255


class OperatorTokenError(Exception):
    """An ID token that does not count here. Nothing says which check failed."""

    def __str__(self) -> str:
        return "the token is not valid here"


class ProviderUnavailableError(Exception):
    """The provider's keys could not be had; the same token may count later."""

    def __str__(self) -> str:
        return "the keys of the identity provider could not be read; try again later"


@dataclasses.dataclass(frozen=True)
class OperatorSettings:
    """Whose tokens count.

    Args:
      issuer, audience: each exactly what the token must say.
      keys_url: of the provider's JSON Web Key Set.
      keys_life_s: for which the keys are remembered: a key that the provider withdrew counts no
        longer than that.
      timeout_s: of one request for them.
      pause_s: after a request for keys, before the next one because of an unknown key or a
        failure: strangers cannot make us ask.
      skew_s: allowed between our clock and the provider's.
    """

    issuer: str
    audience: str
    keys_url: str
    keys_life_s: float = 300.0
    timeout_s: float = 3.0
    pause_s: float = 10.0
    skew_s: float = 60.0

    def __post_init__(self) -> None:
        for field in ("issuer", "audience", "keys_url"):
            if not getattr(self, field):
                raise SchemaError(field, "", "what the identity provider says")


@dataclasses.dataclass(frozen=True)
class Operator:
    """A person or a service that the provider knows.

    Args:
      subject: the provider's name for them, stable and never given to another.
    """

    issuer: str
    subject: str = dataclasses.field(repr=False)


class OperatorVerifier:
    """Checks ID tokens; keeps the provider's keys. Safe to share between threads.

    Args:
      timer: monotonic seconds.
    """

    def __init__(self, settings: OperatorSettings, timer: Callable[[], float] = time.monotonic):
        self._settings, self._timer = settings, timer
        self._keys = jwt.PyJWKClient(
            settings.keys_url,
            lifespan=settings.keys_life_s,
            timeout=settings.timeout_s,
            cooldown_duration=settings.pause_s,
        )
        self._failed_at: float | None = None
        self._lock = threading.Lock()

    def verify(self, token: str) -> Operator:
        """Who the token names.

        Args:
          token: a compact JWS, from a stranger.

        Raises:
          OperatorTokenError: it does not count.
          ProviderUnavailableError: nobody can say.
        """
        if not isinstance(token, str) or len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise OperatorTokenError
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "crit" in header:
                raise OperatorTokenError
            claims = self._claims(token, self._key(header.get("kid")))
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise OperatorTokenError from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_NAME:
            raise OperatorTokenError
        return Operator(self._settings.issuer, subject)

    def _key(self, name: object) -> jwt.PyJWK:
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME:
            raise OperatorTokenError
        with self._lock:  # one asks, the others wait, and none asks again at once
            paused = self._failed_at is not None
            if paused and self._timer() < (self._failed_at or 0) + self._settings.pause_s:
                raise ProviderUnavailableError
            try:
                found = self._keys.get_signing_key(name)
            except (jwt.PyJWKClientConnectionError, OSError) as error:
                self._failed_at = self._timer()
                raise ProviderUnavailableError from error
            self._failed_at = None
            return found

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        if key.algorithm_name not in ALGORITHMS:
            raise OperatorTokenError
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],  # the key says, not the token
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=self._settings.skew_s,
            options={"require": ["exp", "iat", "iss", "aud", "sub"], "strict_aud": True},
        )
