from __future__ import annotations

import datetime

import pytest
from google.api_core import exceptions

from tests.local.kms.key_calls import (
    FIRST,
    KEY,
    LOCATION,
    MAC_KEY,
    RING,
    SECOND,
    State,
    decrypt,
    encrypt,
    set_state,
)

DAY = datetime.timedelta(days=1)


def test_a_rotated_key_encrypts_anew_and_still_decrypts_the_old(client):
    old = encrypt(client).ciphertext
    assert client.create_crypto_key_version(parent=KEY, crypto_key_version={}).name == SECOND
    assert encrypt(client).name == FIRST  # not before it is the primary
    client.update_crypto_key_primary_version(name=KEY, crypto_key_version_id="2")
    assert encrypt(client).name == SECOND
    opened = decrypt(client, old)
    assert (opened.plaintext, opened.used_primary) == (b"keyset", False)
    assert client.get_crypto_key(name=KEY).primary.name == SECOND


def test_a_disabled_version_neither_encrypts_nor_decrypts_until_enabled(client):
    ciphertext = encrypt(client).ciphertext
    assert set_state(client, FIRST, "DISABLED").state == State.DISABLED
    for call in (lambda: encrypt(client), lambda: decrypt(client, ciphertext)):
        with pytest.raises(exceptions.FailedPrecondition, match="DISABLED"):
            call()
    set_state(client, FIRST, "ENABLED")
    assert decrypt(client, ciphertext).plaintext == b"keyset"


def test_a_scheduled_destruction_can_be_taken_back_until_it_runs_out(client, clock):
    ciphertext = encrypt(client).ciphertext
    scheduled = client.destroy_crypto_key_version(name=FIRST)
    assert scheduled.state == State.DESTROY_SCHEDULED
    assert scheduled.destroy_time == clock.now + 30 * DAY
    with pytest.raises(exceptions.FailedPrecondition):
        decrypt(client, ciphertext)
    clock.now += 29 * DAY
    assert client.restore_crypto_key_version(name=FIRST).state == State.DISABLED
    set_state(client, FIRST, "ENABLED")
    assert decrypt(client, ciphertext).plaintext == b"keyset"


def test_after_the_destruction_the_material_is_gone_from_the_disk_too(client, kms, clock, tmp_path):
    ciphertext = encrypt(client).ciphertext
    file = tmp_path / "keys" / f"{KEY}.json"
    client.destroy_crypto_key_version(name=FIRST)
    assert '"material": "' in file.read_text()
    clock.now += 30 * DAY
    version = client.get_crypto_key_version(name=FIRST)
    assert version.state == State.DESTROYED
    assert version.destroy_event_time == clock.now
    assert '"material": null' in file.read_text()
    for call in (
        lambda: decrypt(client, ciphertext),
        lambda: client.restore_crypto_key_version(name=FIRST),
        lambda: set_state(client, FIRST, "ENABLED"),
        lambda: encrypt(client),
    ):
        with pytest.raises(exceptions.FailedPrecondition, match="DESTROYED"):
            call()


def test_the_time_until_destruction_is_the_keys_own(client, clock):
    for seconds, allowed in ((86_400, True), (86_399, False), (121 * 86_400, False)):
        key = {"purpose": "ENCRYPT_DECRYPT", "destroy_scheduled_duration": {"seconds": seconds}}
        make = {"parent": RING, "crypto_key_id": f"after-{seconds}", "crypto_key": key}
        if allowed:
            name = client.create_crypto_key(request=make).primary.name
            assert client.destroy_crypto_key_version(name=name).destroy_time == clock.now + DAY
        else:
            with pytest.raises(exceptions.InvalidArgument):
                client.create_crypto_key(request=make)


def test_what_is_absent_is_not_found_and_what_exists_is_not_made_again(client):
    for call in (
        lambda: encrypt(client, name=f"{RING}/cryptoKeys/none"),
        lambda: client.get_crypto_key_version(name=SECOND),
        lambda: client.get_key_ring(name=f"{LOCATION}/keyRings/none"),
        lambda: list(client.list_crypto_keys(parent=f"{LOCATION}/keyRings/none")),
    ):
        with pytest.raises(exceptions.NotFound):
            call()
    with pytest.raises(exceptions.AlreadyExists):
        client.create_key_ring(parent=LOCATION, key_ring_id="engine", key_ring={})
    with pytest.raises(exceptions.AlreadyExists):
        client.create_crypto_key(
            parent=RING, crypto_key_id="subjects", crypto_key={"purpose": "ENCRYPT_DECRYPT"}
        )


@pytest.mark.parametrize(
    "name", ["", "subjects", f"{KEY}/..", f"{LOCATION}/keyRings/../x", KEY + "\n"]
)
def test_a_name_that_is_none_is_an_invalid_argument(client, name):
    with pytest.raises(exceptions.InvalidArgument):
        client.get_crypto_key(name=name)


def test_lists_come_in_pages(client):
    for _ in range(4):
        client.create_crypto_key_version(parent=KEY, crypto_key_version={})
    listed = client.list_crypto_key_versions(request={"parent": KEY, "page_size": 2})
    assert [len(page.crypto_key_versions) for page in listed.pages] == [2, 2, 1]
    assert [key.name for key in client.list_crypto_keys(parent=RING)] == [KEY, MAC_KEY]
    assert [ring.name for ring in client.list_key_rings(parent=LOCATION)] == [RING]


def test_two_destructions_that_run_out_together_both_happen(client, clock):
    client.create_crypto_key_version(parent=KEY, crypto_key_version={})
    for name in (FIRST, SECOND):
        client.destroy_crypto_key_version(name=name)
    clock.now += 31 * DAY
    listed = client.list_crypto_key_versions(parent=KEY)
    assert [version.state for version in listed] == [State.DESTROYED] * 2
