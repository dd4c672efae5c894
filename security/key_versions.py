"""Versions of a Cloud KMS key: which there are, which encrypts, and the end of the old ones.

Another right than to wrap and unwrap: a worker never holds it.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any, TypeVar

from google.cloud import kms_v1

from security.errors import KeyAccessDeniedError, KeyAdministrationDeniedError, KeyUnusableError
from security.kms import KmsSettings, call_patiently

_State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState
_USABLE = ("ENABLED", "DISABLED")
_PAGE = 1000

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class KeyVersion:
    """A version as Cloud KMS tells of it.

    Args:
      state: `ENABLED`, `DISABLED`, `DESTROY_SCHEDULED`, `DESTROYED`, or another.
      destroyed_at: when it will be destroyed, or was.
    """

    number: int
    state: str
    destroyed_at: datetime.datetime | None

    @property
    def is_gone(self) -> bool:
        """Whether nothing that it wrapped can be unwrapped any more."""
        return self.state == "DESTROYED"


def version_number(name: str) -> int | None:
    """The number in a version's resource name, None where it is no such name."""
    number = name.rpartition("/cryptoKeyVersions/")[2]
    return int(number) if number.isdecimal() else None


class KeyVersions:
    """The versions of keys. Every change may be repeated."""

    def __init__(
        self, client: kms_v1.KeyManagementServiceClient, settings: KmsSettings | None = None
    ):
        self._client = client
        self._settings = settings or KmsSettings()

    def of(self, key_name: str) -> list[KeyVersion]:
        """All versions, by number."""

        def attempt() -> list[KeyVersion]:
            request = kms_v1.ListCryptoKeyVersionsRequest(parent=key_name, page_size=_PAGE)
            pages = self._client.list_crypto_key_versions(
                request=request, retry=None, timeout=self._settings.attempt_s
            )
            return sorted(map(_version, pages), key=lambda version: version.number)

        return self._call(key_name, attempt)

    def primary(self, key_name: str) -> KeyVersion:
        """The version that encrypts.

        Raises:
          KeyUnusableError: there is none.
        """
        primary = self._key(key_name).primary
        if not primary or not primary.name:
            raise KeyUnusableError(key_name)
        return _version(primary)

    def destruction_takes(self, key_name: str) -> datetime.timedelta:
        """How long a version of this key waits for its destruction; fixed when it was made."""
        duration: Any = self._key(key_name).destroy_scheduled_duration
        return datetime.timedelta(seconds=duration.total_seconds())

    def add(self, key_name: str) -> int:
        """The number of a new version. If its answer was lost, there is one more than needed."""

        def attempt() -> int:
            answer = self._client.create_crypto_key_version(
                parent=key_name,
                crypto_key_version=kms_v1.CryptoKeyVersion(),
                retry=None,
                timeout=self._settings.attempt_s,
            )
            return _version(answer).number

        return self._call(key_name, attempt)

    def raise_primary(self, key_name: str, number: int) -> KeyVersion:
        """Lets a version encrypt, unless a newer one does already; the one that does."""
        primary = self.primary(key_name)
        if primary.number >= number:
            return primary
        self._call(
            key_name,
            lambda: self._client.update_crypto_key_primary_version(
                name=key_name,
                crypto_key_version_id=str(number),
                retry=None,
                timeout=self._settings.attempt_s,
            ),
        )
        return self.primary(key_name)

    def schedule_destruction(self, key_name: str, number: int) -> KeyVersion:
        """Starts the wait for a version's destruction; nothing if it has begun or is over."""
        name = f"{key_name}/cryptoKeyVersions/{number}"
        version = self._get(key_name, name)
        if version.state not in _USABLE:
            return version
        if version.state == "ENABLED":  # organisations may demand it; it can still be undone
            disabled = kms_v1.CryptoKeyVersion(name=name, state=_State.DISABLED)
            request = kms_v1.UpdateCryptoKeyVersionRequest(
                crypto_key_version=disabled, update_mask={"paths": ["state"]}
            )
            self._change(key_name, name, lambda: self._update(request))
        return self._change(key_name, name, lambda: self._destroy(name))

    def _change(self, key_name: str, name: str, change: Callable[[], object]) -> KeyVersion:
        """Makes a change that another administrator may have made meanwhile."""
        try:
            self._call(key_name, change)
        except KeyUnusableError:
            version = self._get(key_name, name)
            if version.state == "ENABLED":
                raise
            return version
        return self._get(key_name, name)

    def _update(self, request: kms_v1.UpdateCryptoKeyVersionRequest) -> object:
        attempt_s = self._settings.attempt_s
        return self._client.update_crypto_key_version(
            request=request, retry=None, timeout=attempt_s
        )

    def _destroy(self, name: str) -> object:
        attempt_s = self._settings.attempt_s
        return self._client.destroy_crypto_key_version(name=name, retry=None, timeout=attempt_s)

    def _get(self, key_name: str, name: str) -> KeyVersion:
        attempt_s = self._settings.attempt_s
        return self._call(
            key_name,
            lambda: _version(
                self._client.get_crypto_key_version(name=name, retry=None, timeout=attempt_s)
            ),
        )

    def _key(self, key_name: str) -> kms_v1.CryptoKey:
        attempt_s = self._settings.attempt_s
        return self._call(
            key_name,
            lambda: self._client.get_crypto_key(name=key_name, retry=None, timeout=attempt_s),
        )

    def _call(self, key_name: str, attempt: Callable[[], T]) -> T:
        try:
            return call_patiently(self._settings, key_name, attempt)
        except KeyAccessDeniedError as error:
            raise KeyAdministrationDeniedError(key_name) from error


def _version(answer: Any) -> KeyVersion:
    """Of a `CryptoKeyVersion`; proto-plus gives datetimes where its types promise Timestamps."""
    number = version_number(answer.name)
    assert number is not None
    destroyed_at = answer.destroy_event_time or answer.destroy_time
    return KeyVersion(number=number, state=answer.state.name, destroyed_at=destroyed_at or None)
