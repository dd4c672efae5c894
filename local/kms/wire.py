"""Keys and versions as the protocol's messages, and pages of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import TypeVar

from google.cloud import kms_v1
from google.protobuf.duration_pb2 import Duration

from local.kms.records import Key, Purpose, Version
from local.kms.refusals import invalid

Algorithm = kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm
ALGORITHMS = {
    Purpose.ENCRYPT_DECRYPT: Algorithm.GOOGLE_SYMMETRIC_ENCRYPTION,
    Purpose.MAC: Algorithm.HMAC_SHA256,
}
_PAGE = 1000

T = TypeVar("T")


def ring_message(name: str, created: str) -> kms_v1.KeyRing:
    """A key ring."""
    return kms_v1.KeyRing(name=name, create_time=datetime.datetime.fromisoformat(created))


def key_message(key: Key) -> kms_v1.CryptoKey:
    """A key with its primary version, if it has one."""
    primary = None if key.primary is None else key.versions[key.primary]
    return kms_v1.CryptoKey(
        name=key.name,
        purpose=getattr(kms_v1.CryptoKey.CryptoKeyPurpose, key.purpose.value),
        create_time=key.created,
        primary=None if primary is None else version_message(key, primary),
        labels=key.labels,
        destroy_scheduled_duration=Duration(seconds=key.destroy_after_s),
        version_template=kms_v1.CryptoKeyVersionTemplate(
            protection_level=kms_v1.ProtectionLevel.SOFTWARE, algorithm=ALGORITHMS[key.purpose]
        ),
    )


def version_message(key: Key, version: Version) -> kms_v1.CryptoKeyVersion:
    """A version: everything but its material."""
    return kms_v1.CryptoKeyVersion(
        name=version_name(key, version.number),
        state=getattr(kms_v1.CryptoKeyVersion.CryptoKeyVersionState, version.state.value),
        protection_level=kms_v1.ProtectionLevel.SOFTWARE,
        algorithm=ALGORITHMS[key.purpose],
        create_time=version.created,
        generate_time=version.created,
        destroy_time=version.destroy_at,
        destroy_event_time=version.destroyed_at,
    )


def version_name(key: Key, number: int) -> str:
    """The resource name of one version."""
    return f"{key.name}/cryptoKeyVersions/{number}"


def page(
    items: Sequence[T], size: int, token: str, message: Callable[[T], object]
) -> tuple[list[object], str, int]:
    """Some of the items as messages, the token of the next page, and how many there are."""
    if token and not token.isdecimal():
        raise invalid(f"page_token {token!r} is not one that this server gave.")
    start = int(token or 0)
    stop = start + (min(size, _PAGE) if size > 0 else _PAGE)
    following = str(stop) if stop < len(items) else ""
    return [message(item) for item in items[start:stop]], following, len(items)
