from __future__ import annotations

import google_crc32c
import pytest
from google.api_core import exceptions

from tests.local.kms.key_calls import FIRST, KEY, LOCATION, MAC_KEY, RING, decrypt, encrypt


def test_decrypt_undoes_encrypt_and_names_the_version(client):
    answer = encrypt(client)
    assert answer.name == FIRST
    opened = decrypt(client, answer.ciphertext)
    assert opened.plaintext == b"keyset"
    assert opened.used_primary


@pytest.mark.parametrize("position", [0, 5, 12, 20, 30, -1])
def test_a_changed_ciphertext_is_an_invalid_argument(client, position):
    ciphertext = bytearray(encrypt(client).ciphertext)
    ciphertext[position] ^= 1
    with pytest.raises(exceptions.InvalidArgument, match="Decryption failed"):
        decrypt(client, bytes(ciphertext))


def test_other_associated_data_or_another_key_is_an_invalid_argument(client):
    ciphertext = encrypt(client).ciphertext
    other = {"purpose": "ENCRYPT_DECRYPT"}
    client.create_crypto_key(parent=RING, crypto_key_id="other", crypto_key=other)
    with pytest.raises(exceptions.InvalidArgument, match="ciphertext is invalid"):
        decrypt(client, ciphertext, aad=b"another")
    with pytest.raises(exceptions.InvalidArgument, match="correct CryptoKey"):
        decrypt(client, ciphertext, name=f"{RING}/cryptoKeys/other")
    with pytest.raises(exceptions.InvalidArgument):
        decrypt(client, ciphertext[:10])


def test_checksums_are_verified_both_ways(client):
    crc = google_crc32c.value
    request = {
        "name": KEY,
        "plaintext": b"keyset",
        "plaintext_crc32c": crc(b"keyset"),
        "additional_authenticated_data": b"subject",
        "additional_authenticated_data_crc32c": crc(b"subject"),
    }
    answer = client.encrypt(request=request)
    assert answer.verified_plaintext_crc32c
    assert answer.verified_additional_authenticated_data_crc32c
    assert answer.ciphertext_crc32c == crc(answer.ciphertext)
    assert not encrypt(client).verified_plaintext_crc32c
    for field in ("plaintext_crc32c", "additional_authenticated_data_crc32c"):
        with pytest.raises(exceptions.InvalidArgument, match=field):
            client.encrypt(request=request | {field: 7})
    opening = {"name": KEY, "ciphertext": answer.ciphertext, "ciphertext_crc32c": 7}
    with pytest.raises(exceptions.InvalidArgument, match="ciphertext_crc32c"):
        client.decrypt(request=opening)
    opened = decrypt(client, answer.ciphertext)
    assert opened.plaintext_crc32c == crc(b"keyset")


def test_tags_verify_only_over_their_data(client):
    name = f"{MAC_KEY}/cryptoKeyVersions/1"
    signed = client.mac_sign(name=name, data=b"ids")
    assert len(signed.mac) == 32
    assert client.mac_verify(name=name, data=b"ids", mac=signed.mac).success
    assert not client.mac_verify(name=name, data=b"other", mac=signed.mac).success
    with pytest.raises(exceptions.InvalidArgument, match="purpose"):
        client.mac_sign(name=FIRST, data=b"ids")
    with pytest.raises(exceptions.InvalidArgument, match="purpose"):
        encrypt(client, name=MAC_KEY)


def test_random_bytes_differ_and_carry_their_checksum(client):
    request = {"location": LOCATION, "length_bytes": 32, "protection_level": "HSM"}
    one, two = (client.generate_random_bytes(request=request) for _ in range(2))
    assert len(one.data) == 32
    assert one.data != two.data
    assert one.data_crc32c == google_crc32c.value(one.data)
    with pytest.raises(exceptions.InvalidArgument):
        client.generate_random_bytes(request=request | {"length_bytes": 7})


def test_keys_of_location_global_work(client):
    place = "projects/clinic-project/locations/global"
    client.create_key_ring(parent=place, key_ring_id="engine", key_ring={})
    key = client.create_crypto_key(
        parent=f"{place}/keyRings/engine",
        crypto_key_id="worldwide",
        crypto_key={"purpose": "ENCRYPT_DECRYPT"},
    )
    assert decrypt(client, encrypt(client, name=key.name).ciphertext, name=key.name).plaintext
