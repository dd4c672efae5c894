"""Keys for the tests of the local key service, and calls made of the official client."""

from __future__ import annotations

import datetime

from google.cloud import kms_v1

LOCATION = "projects/clinic-project/locations/europe-west3"
RING = f"{LOCATION}/keyRings/engine"
KEY = f"{RING}/cryptoKeys/subjects"
MAC_KEY = f"{RING}/cryptoKeys/tags"
FIRST, SECOND = f"{KEY}/cryptoKeyVersions/1", f"{KEY}/cryptoKeyVersions/2"
State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2031, 5, 1, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now


def make_keys(client):
    client.create_key_ring(parent=LOCATION, key_ring_id="engine", key_ring={})
    make_key(client, "subjects")
    mac = {"purpose": "MAC", "version_template": {"algorithm": "HMAC_SHA256"}}
    client.create_crypto_key(parent=RING, crypto_key_id="tags", crypto_key=mac)


def make_key(client, name, parent=RING):
    key = {"purpose": "ENCRYPT_DECRYPT"}
    return client.create_crypto_key(parent=parent, crypto_key_id=name, crypto_key=key)


def encrypt(client, plaintext=b"keyset", aad=b"subject", name=KEY):
    request = {"name": name, "plaintext": plaintext, "additional_authenticated_data": aad}
    return client.encrypt(request=request)


def decrypt(client, ciphertext, aad=b"subject", name=KEY):
    request = {"name": name, "ciphertext": ciphertext, "additional_authenticated_data": aad}
    return client.decrypt(request=request)


def set_state(client, name, state):
    version = {"name": name, "state": state}
    return client.update_crypto_key_version(
        crypto_key_version=version, update_mask={"paths": ["state"]}
    )
