"""The methods that encrypt, decrypt, sign and verify, with checksums in both directions."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

import google_crc32c
from google.cloud import kms_v1

from local.kms import ciphers
from local.kms.keys import Keys
from local.kms.records import Key, Purpose
from local.kms.refusals import invalid, not_ready
from local.kms.resource_names import check_location, key_of, names_version, split_version
from local.kms.wire import version_name

_SOFTWARE = kms_v1.ProtectionLevel.SOFTWARE
_MAX_BYTES = 64 * 1024


class CryptoMethods:
    """Requests of the protocol to real cryptography; named as the protocol's methods."""

    def __init__(self, keys: Keys):
        self._keys = keys

    def encrypt(self, request: kms_v1.EncryptRequest) -> kms_v1.EncryptResponse:
        """Encrypts with the primary version, or with the one that is named."""
        plaintext, aad = request.plaintext, request.additional_authenticated_data
        verified = verify("plaintext", plaintext, request.plaintext_crc32c)
        verified_aad = verify(
            "additional_authenticated_data", aad, request.additional_authenticated_data_crc32c
        )
        key = self._key(request.name, Purpose.ENCRYPT_DECRYPT)
        if names_version(request.name):
            number = split_version(request.name)[1]
        elif key.primary is None:
            raise not_ready(f"{key.name} has no primary version.")
        else:
            number = key.primary
        name = version_name(key, number)
        ciphertext = ciphers.encrypt(self._keys.material(name), key.tag, number, plaintext, aad)
        return kms_v1.EncryptResponse(
            name=name,
            ciphertext=ciphertext,
            ciphertext_crc32c=google_crc32c.value(ciphertext),
            verified_plaintext_crc32c=verified,
            verified_additional_authenticated_data_crc32c=verified_aad,
            protection_level=_SOFTWARE,
        )

    def decrypt(self, request: kms_v1.DecryptRequest) -> kms_v1.DecryptResponse:
        """Decrypts with the version that the ciphertext names."""
        ciphertext, aad = request.ciphertext, request.additional_authenticated_data
        verify("ciphertext", ciphertext, request.ciphertext_crc32c)
        verify("additional_authenticated_data", aad, request.additional_authenticated_data_crc32c)
        if names_version(request.name):
            raise invalid(f"{request.name} is a CryptoKeyVersion; expected a CryptoKey.")
        key = self._key(request.name, Purpose.ENCRYPT_DECRYPT)
        number = ciphers.version_of(ciphertext, key.tag)
        if number not in key.versions:
            raise invalid("Decryption failed: the ciphertext is invalid.")
        material = self._keys.material(version_name(key, number))
        plaintext = ciphers.decrypt(material, ciphertext, aad)
        return kms_v1.DecryptResponse(
            plaintext=plaintext,
            plaintext_crc32c=google_crc32c.value(plaintext),
            used_primary=number == key.primary,
            protection_level=_SOFTWARE,
        )

    def mac_sign(self, request: kms_v1.MacSignRequest) -> kms_v1.MacSignResponse:
        """HMAC-SHA-256 of the data."""
        verified = verify("data", request.data, request.data_crc32c)
        self._key(request.name, Purpose.MAC)
        tag = ciphers.mac(self._keys.material(request.name), request.data)
        return kms_v1.MacSignResponse(
            name=request.name,
            mac=tag,
            mac_crc32c=google_crc32c.value(tag),
            verified_data_crc32c=verified,
            protection_level=_SOFTWARE,
        )

    def mac_verify(self, request: kms_v1.MacVerifyRequest) -> kms_v1.MacVerifyResponse:
        """Whether a tag is the data's."""
        verified = verify("data", request.data, request.data_crc32c)
        verified_mac = verify("mac", request.mac, request.mac_crc32c)
        self._key(request.name, Purpose.MAC)
        expected = ciphers.mac(self._keys.material(request.name), request.data)
        success = hmac.compare_digest(expected, request.mac)
        return kms_v1.MacVerifyResponse(
            name=request.name,
            success=success,
            verified_data_crc32c=verified,
            verified_mac_crc32c=verified_mac,
            verified_success_integrity=success,
            protection_level=_SOFTWARE,
        )

    def generate_random_bytes(
        self, request: kms_v1.GenerateRandomBytesRequest
    ) -> kms_v1.GenerateRandomBytesResponse:
        """Random bytes. Like Google's it takes protection level HSM only, and pretends here."""
        check_location(request.location)
        if request.protection_level != kms_v1.ProtectionLevel.HSM:
            raise invalid("protection_level must be HSM.")
        if not 8 <= request.length_bytes <= 1024:
            raise invalid(f"length_bytes is {request.length_bytes}; expected 8 to 1024.")
        data = secrets.token_bytes(request.length_bytes)
        return kms_v1.GenerateRandomBytesResponse(data=data, data_crc32c=google_crc32c.value(data))

    def _key(self, name: str, purpose: Purpose) -> Key:
        key = self._keys.version(name)[0] if names_version(name) else self._keys.key(key_of(name))
        if key.purpose is not purpose:
            raise invalid(f"{key.name} has purpose {key.purpose.value}; expected {purpose.value}.")
        return key


def verify(field: str, data: bytes, crc32c: Any) -> bool:
    """Whether a checksum came along; INVALID_ARGUMENT if it is another's, or the data too long.

    Args:
      crc32c: an int or None: proto-plus unwraps the Int64Value that its types promise.
    """
    if len(data) > _MAX_BYTES:
        raise invalid(f"{field} has {len(data)} bytes; at most {_MAX_BYTES} are allowed.")
    if crc32c is None:
        return False
    if crc32c != google_crc32c.value(data):
        raise invalid(f"The checksum in field {field}_crc32c did not match the data in {field}.")
    return True
