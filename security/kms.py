"""Wrapping and unwrapping with Cloud KMS: bound to associated data, checked both ways, retried."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import TypeVar

import google_crc32c
import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceGrpcTransport,
)

from schemas.errors import SchemaError
from security.errors import (
    KeyAccessDeniedError,
    KeyServiceUnavailableError,
    KeyUnusableError,
    OpenRefusedError,
)

_LOG = logging.getLogger(__name__)

_LOOPBACK = ("127.0.0.1:", "localhost:", "[::1]:")

T = TypeVar("T")


class _CorruptedError(Exception):
    """A checksum did not match: on the way, or in the memory of one side."""


_TRANSIENT = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,  # the quota of operations a minute
    _CorruptedError,
)


@dataclasses.dataclass(frozen=True)
class KmsSettings:
    """How patiently Cloud KMS is asked.

    Args:
      attempt_s: how long one attempt may take.
      deadline_s: after which no further attempt is made.
      first_delay_s: before the second attempt; doubled from then on, with jitter.
      longest_delay_s: between two attempts.
    """

    attempt_s: float = 10.0
    deadline_s: float = 60.0
    first_delay_s: float = 0.2
    longest_delay_s: float = 10.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not found > 0:
                raise SchemaError(field.name, found, "a number of seconds above 0")


@dataclasses.dataclass(frozen=True)
class Wrapped:
    """What Cloud KMS made of a keyset.

    Args:
      version: the resource name of the key version that wraps it.
    """

    ciphertext: bytes
    version: str


@dataclasses.dataclass(frozen=True)
class Unwrapped:
    """What was wrapped, and whether the key's primary version is what wrapped it."""

    plaintext: bytes = dataclasses.field(repr=False)
    by_primary: bool


def connect(loopback_address: str = "") -> kms_v1.KeyManagementServiceClient:
    """Google's client, for Cloud KMS or for a key service on this machine.

    Args:
      loopback_address: `127.0.0.1:port` of a local key service; empty for Google's. Only a
        loopback address is taken, since the connection to it is not encrypted.
    """
    if not loopback_address:
        return kms_v1.KeyManagementServiceClient()
    if not loopback_address.startswith(_LOOPBACK):
        raise SchemaError("loopback_address", loopback_address, "127.0.0.1 and a port, or nothing")
    channel = grpc.insecure_channel(loopback_address)
    return kms_v1.KeyManagementServiceClient(
        transport=KeyManagementServiceGrpcTransport(channel=channel)
    )


class KeyService:
    """Cloud KMS as we use it: two calls, either of which returns the truth or raises."""

    def __init__(
        self, client: kms_v1.KeyManagementServiceClient, settings: KmsSettings | None = None
    ):
        self._client = client
        self._settings = settings or KmsSettings()

    def wrap(self, key_name: str, plaintext: bytes, associated_data: bytes) -> Wrapped:
        """Encrypts with the key's primary version.

        Args:
          plaintext: at most 64 KiB.
          associated_data: without which it does not unwrap; empty binds it to nothing.

        Raises:
          KeyServiceError: see its classes.
        """
        return self._call(key_name, lambda: self._encrypt(key_name, plaintext, associated_data))

    def unwrap(self, key_name: str, ciphertext: bytes, associated_data: bytes) -> bytes:
        """What `wrap` was given.

        Raises:
          OpenRefusedError: another key's, other associated data, or changed bytes.
          KeyServiceError: see its classes.
        """
        return self.unwrap_and_tell(key_name, ciphertext, associated_data).plaintext

    def unwrap_and_tell(
        self, key_name: str, ciphertext: bytes, associated_data: bytes
    ) -> Unwrapped:
        """As `unwrap`, and whether it would be wrapped by the same version today."""
        return self._call(key_name, lambda: self._decrypt(key_name, ciphertext, associated_data))

    def _encrypt(self, key_name: str, plaintext: bytes, associated_data: bytes) -> Wrapped:
        request = kms_v1.EncryptRequest(
            name=key_name,
            plaintext=plaintext,
            plaintext_crc32c=google_crc32c.value(plaintext),
            additional_authenticated_data=associated_data,
            additional_authenticated_data_crc32c=google_crc32c.value(associated_data),
        )
        try:
            answer = self._client.encrypt(
                request=request, retry=None, timeout=self._settings.attempt_s
            )
        except exceptions.InvalidArgument as error:  # a MAC key, or a keyset beyond 64 KiB
            raise KeyUnusableError(key_name) from error
        intact = (
            answer.verified_plaintext_crc32c
            and answer.verified_additional_authenticated_data_crc32c
            and answer.ciphertext_crc32c == google_crc32c.value(answer.ciphertext)
            and answer.name.startswith(f"{key_name}/")
        )
        if not intact:
            raise _CorruptedError
        return Wrapped(answer.ciphertext, answer.name)

    def _decrypt(self, key_name: str, ciphertext: bytes, associated_data: bytes) -> Unwrapped:
        request = kms_v1.DecryptRequest(
            name=key_name,
            ciphertext=ciphertext,
            ciphertext_crc32c=google_crc32c.value(ciphertext),
            additional_authenticated_data=associated_data,
            additional_authenticated_data_crc32c=google_crc32c.value(associated_data),
        )
        try:
            answer = self._client.decrypt(
                request=request, retry=None, timeout=self._settings.attempt_s
            )
        except exceptions.InvalidArgument:
            raise OpenRefusedError from None  # its message would say which check failed
        if answer.plaintext_crc32c != google_crc32c.value(answer.plaintext):
            raise _CorruptedError
        return Unwrapped(answer.plaintext, answer.used_primary)

    def _call(self, key_name: str, attempt: Callable[[], T]) -> T:
        return call_patiently(self._settings, key_name, attempt)


def call_patiently(settings: KmsSettings, key_name: str, attempt: Callable[[], T]) -> T:
    """What an attempt returns, tried again where that may help; its errors become ours."""
    retry = Retry(
        predicate=lambda error: isinstance(error, _TRANSIENT),
        initial=settings.first_delay_s,
        maximum=settings.longest_delay_s,
        multiplier=2.0,
        timeout=settings.deadline_s,
        on_error=lambda error: _LOG.warning("Cloud KMS: %s, retried", type(error).__name__),
    )
    try:
        return retry(attempt)()
    except (exceptions.PermissionDenied, exceptions.Unauthenticated) as error:
        raise KeyAccessDeniedError(key_name) from error
    except (exceptions.FailedPrecondition, exceptions.NotFound) as error:
        raise KeyUnusableError(key_name) from error
    except (exceptions.RetryError, exceptions.GoogleAPICallError) as error:
        raise KeyServiceUnavailableError(key_name) from error
