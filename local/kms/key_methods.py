"""The methods that make, list and change rings, keys and versions."""

from __future__ import annotations

from typing import Any

import grpc
from google.cloud import kms_v1

from local.kms.keys import Keys
from local.kms.records import DESTROY_AFTER_S, Purpose, State
from local.kms.refusals import KmsRefusal, invalid
from local.kms.resource_names import check_location
from local.kms.wire import ALGORITHMS, key_message, page, ring_message, version_message

_DAY_S = 86_400
_LONGEST_S = 120 * _DAY_S


class KeyMethods:
    """Requests of the protocol to changes of `Keys`; every method is named as the protocol's."""

    def __init__(self, keys: Keys):
        self._keys = keys

    def create_key_ring(self, request: kms_v1.CreateKeyRingRequest) -> kms_v1.KeyRing:
        """An empty ring. Like Google's, it cannot be deleted."""
        name = f"{check_location(request.parent)}/keyRings/{request.key_ring_id}"
        return ring_message(name, self._keys.create_ring(name))

    def get_key_ring(self, request: kms_v1.GetKeyRingRequest) -> kms_v1.KeyRing:
        """A ring by name."""
        return ring_message(request.name, self._keys.ring(request.name))

    def list_key_rings(self, request: kms_v1.ListKeyRingsRequest) -> kms_v1.ListKeyRingsResponse:
        """A location's rings."""
        _refuse_filters(request)
        names = self._keys.rings_of(check_location(request.parent))
        rings, following, total = page(
            names,
            request.page_size,
            request.page_token,
            lambda name: ring_message(name, self._keys.ring(name)),
        )
        return kms_v1.ListKeyRingsResponse(
            key_rings=rings, next_page_token=following, total_size=total
        )

    def create_crypto_key(self, request: kms_v1.CreateCryptoKeyRequest) -> kms_v1.CryptoKey:
        """A key with its first version."""
        if request.skip_initial_version_creation:
            raise KmsRefusal(grpc.StatusCode.UNIMPLEMENTED, "A key here begins with a version.")
        asked = request.crypto_key
        purpose = _purpose(asked)
        key = self._keys.create_key(
            f"{request.parent}/cryptoKeys/{request.crypto_key_id}",
            purpose,
            _destroy_after_s(asked),
            dict(asked.labels),
        )
        return key_message(key)

    def get_crypto_key(self, request: kms_v1.GetCryptoKeyRequest) -> kms_v1.CryptoKey:
        """A key by name."""
        return key_message(self._keys.key(request.name))

    def list_crypto_keys(
        self, request: kms_v1.ListCryptoKeysRequest
    ) -> kms_v1.ListCryptoKeysResponse:
        """A ring's keys."""
        _refuse_filters(request)
        keys, following, total = page(
            self._keys.keys_of(request.parent), request.page_size, request.page_token, key_message
        )
        return kms_v1.ListCryptoKeysResponse(
            crypto_keys=keys, next_page_token=following, total_size=total
        )

    def update_crypto_key(self, request: kms_v1.UpdateCryptoKeyRequest) -> kms_v1.CryptoKey:
        """Changes the labels, the one thing that may change here."""
        _require_mask(request, "labels")
        asked = request.crypto_key
        return key_message(self._keys.set_labels(asked.name, dict(asked.labels)))

    def update_crypto_key_primary_version(
        self, request: kms_v1.UpdateCryptoKeyPrimaryVersionRequest
    ) -> kms_v1.CryptoKey:
        """Chooses the version that encrypts."""
        return key_message(self._keys.set_primary(request.name, request.crypto_key_version_id))

    def create_crypto_key_version(
        self, request: kms_v1.CreateCryptoKeyVersionRequest
    ) -> kms_v1.CryptoKeyVersion:
        """The next version; the primary stays."""
        return version_message(*self._keys.add_version(request.parent))

    def get_crypto_key_version(
        self, request: kms_v1.GetCryptoKeyVersionRequest
    ) -> kms_v1.CryptoKeyVersion:
        """A version by name."""
        return version_message(*self._keys.version(request.name))

    def list_crypto_key_versions(
        self, request: kms_v1.ListCryptoKeyVersionsRequest
    ) -> kms_v1.ListCryptoKeyVersionsResponse:
        """A key's versions, in the order of their numbers."""
        _refuse_filters(request)
        key = self._keys.key(request.parent)
        versions, following, total = page(
            list(key.versions.values()),
            request.page_size,
            request.page_token,
            lambda version: version_message(key, version),
        )
        return kms_v1.ListCryptoKeyVersionsResponse(
            crypto_key_versions=versions, next_page_token=following, total_size=total
        )

    def update_crypto_key_version(
        self, request: kms_v1.UpdateCryptoKeyVersionRequest
    ) -> kms_v1.CryptoKeyVersion:
        """Enables or disables a version."""
        _require_mask(request, "state")
        asked = request.crypto_key_version
        if asked.state.name not in State.__members__:
            raise invalid("state may be set to ENABLED or DISABLED.")
        return version_message(*self._keys.switch(asked.name, State[asked.state.name]))

    def destroy_crypto_key_version(
        self, request: kms_v1.DestroyCryptoKeyVersionRequest
    ) -> kms_v1.CryptoKeyVersion:
        """Schedules the destruction of a version."""
        return version_message(*self._keys.schedule_destruction(request.name))

    def restore_crypto_key_version(
        self, request: kms_v1.RestoreCryptoKeyVersionRequest
    ) -> kms_v1.CryptoKeyVersion:
        """Takes a scheduled destruction back."""
        return version_message(*self._keys.restore(request.name))


def _purpose(asked: kms_v1.CryptoKey) -> Purpose:
    if asked.purpose.name not in Purpose.__members__:
        raise invalid(f"purpose {asked.purpose.name} is not one of {list(Purpose.__members__)}.")
    purpose = Purpose[asked.purpose.name]
    algorithm = asked.version_template.algorithm
    if purpose is Purpose.MAC and not algorithm:
        raise invalid("A MAC key needs version_template.algorithm.")
    if algorithm and algorithm != ALGORITHMS[purpose]:
        raise invalid(f"algorithm {algorithm.name} does not go with {purpose.value} here.")
    return purpose


def _destroy_after_s(asked: kms_v1.CryptoKey) -> int:
    duration: Any = asked.destroy_scheduled_duration  # a timedelta or None, not what its type says
    seconds = int(duration.total_seconds()) if duration else 0
    if not seconds:
        return DESTROY_AFTER_S
    if not _DAY_S <= seconds <= _LONGEST_S:
        raise invalid("destroy_scheduled_duration must be between 24 hours and 120 days.")
    return seconds


def _require_mask(request: Any, field: str) -> None:
    if list(request.update_mask.paths) != [field]:
        raise invalid(f"update_mask must name {field} and nothing else.")


def _refuse_filters(request: Any) -> None:
    if request.filter or request.order_by:  # ignored, they would answer another question
        raise KmsRefusal(grpc.StatusCode.UNIMPLEMENTED, "Lists are neither filtered nor sorted.")
