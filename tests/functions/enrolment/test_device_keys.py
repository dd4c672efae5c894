from __future__ import annotations

import dataclasses

from functions.enrolment.registration import KEY_LIFE_S
from schemas.registration_proof import registration_bytes, rotation_bytes
from schemas.registrations import MAX_KEYS
from schemas.registry_events import RegistryEventKind
from tests.functions.device_side import Key
from tests.functions.offices import problem


def new_key(device, key, **changes):
    nonce = device.office.nonce()
    signature = key.sign(rotation_bytes(device.device, nonce, key.thumbprint))
    return {"nonce": nonce, "public_key": key.jwk, "signature": signature, **changes}


def add(device, key, **changes):
    path = f"/v1/devices/{device.device}/keys"
    return device.call("POST", path, new_key(device, key, **changes))


def revoke(device, thumbprint, token=""):
    path = f"/v1/devices/{device.device}/keys/{thumbprint}"
    return device.office.call("DELETE", path, token=token or device.token())


def reads_itself(device):
    return device.call("GET", f"/v1/devices/{device.device}").status_code


def test_a_key_is_changed_without_a_gap(office, device):
    key = Key()
    answer = add(device, key)
    assert (answer.status_code, answer.json["thumbprint"]) == (201, key.thumbprint)
    changed = dataclasses.replace(device, key=key)
    assert (reads_itself(device), reads_itself(changed)) == (200, 200)
    assert revoke(changed, device.key.thumbprint).status_code == 204
    assert (reads_itself(device), reads_itself(changed)) == (401, 200)


def test_adding_a_key_again_changes_nothing_and_tells_the_same_event(office, device):
    key = Key()
    first, second = add(device, key), add(device, key)
    assert first.json == second.json
    added = [e for e in office.events(device.device) if e.kind is RegistryEventKind.KEY_ADDED]
    assert len(added) == 2
    assert added[0] == added[1]


def test_a_new_key_is_signed_for_with_itself(office, device):
    key, other = Key(), Key()
    nonce = office.nonce()
    right = rotation_bytes(device.device, nonce, key.thumbprint)
    for signature in (
        device.key.sign(right),
        other.sign(right),
        key.sign(rotation_bytes("a" * 16, nonce, key.thumbprint)),
        key.sign(registration_bytes(nonce, nonce, key.thumbprint)),
    ):
        refused = add(device, key, nonce=nonce, signature=signature)
        assert problem(refused) == (403, "proof-refused")
    path = f"/v1/devices/{device.device}/keys"
    body = {"nonce": nonce, "public_key": key.jwk, "signature": key.sign(right)}
    assert device.call("POST", path, body).status_code == 201
    assert problem(device.call("POST", path, body)) == (403, "nonce-refused")


def test_a_revoked_key_never_comes_back(office, device):
    key = Key()
    add(device, key)
    revoke(device, key.thumbprint)
    assert problem(add(device, key)) == (409, "key-refused")


def test_a_device_cannot_lock_itself_out_but_an_operator_can(office, device):
    thumbprint = device.key.thumbprint
    assert problem(revoke(device, thumbprint)) == (409, "key-refused")
    assert problem(revoke(device, thumbprint, office.viewer)) == (404, "unknown-device")
    assert revoke(device, thumbprint, office.operator).status_code == 204
    assert revoke(device, thumbprint, office.operator).status_code == 204  # may be repeated
    assert reads_itself(device) == 401
    (one, again) = [
        e for e in office.events(device.device) if e.kind is RegistryEventKind.KEY_REVOKED
    ]
    assert one == again


def test_a_key_that_the_device_never_had_is_unknown(office, device):
    assert problem(revoke(device, Key().thumbprint)) == (404, "unknown-key")


def test_a_device_has_few_live_keys(office, device):
    for _ in range(MAX_KEYS - 1):
        assert add(device, Key()).status_code == 201
    assert problem(add(device, Key())) == (409, "key-refused")
    revoke(device, device.key.thumbprint, office.operator)
    # One less; but the device's own key is gone.
    assert problem(add(device, Key())) == (401, "unauthorized")


def test_a_key_expires(office, device):
    office.clock.pass_s(KEY_LIFE_S + 1)
    assert reads_itself(device) == 401


def test_a_revocation_reaches_other_instances_within_the_caches_life(office, device):
    elsewhere = office.another_registry(life_s=10.0)
    office.client = office.served(office.announcer, elsewhere)
    try:
        assert reads_itself(device) == 200
        mine = office.served(office.announcer)
        path = f"/v1/devices/{device.device}/keys/{device.key.thumbprint}"
        headers = {"Authorization": f"Bearer {office.operator}"}
        assert mine.delete(path, headers=headers).status_code == 204
        assert reads_itself(device) == 200  # what the other instance remembers
        office.clock.pass_s(10.0)
        assert reads_itself(device) == 401
    finally:
        office.client = office.served(office.announcer)


def test_a_retired_device_may_nothing_more(office, device):
    path = f"/v1/devices/{device.device}"
    assert problem(device.call("DELETE", path)) == (401, "unauthorized")
    assert office.call("DELETE", path, token=office.operator).status_code == 204
    assert office.call("DELETE", path, token=office.operator).status_code == 204
    assert reads_itself(device) == 401
    assert office.call("GET", path, token=office.operator).json["status"] == "retired"
    kinds = [event.kind for event in office.events(device.device)]
    assert kinds.count(RegistryEventKind.DEVICE_RETIRED) == 2


def test_a_claim_is_no_way_back_for_a_revoked_key(office):
    claim, key = office.claim(), Key()
    answer = office.call("POST", "/v1/devices", office.registration(claim, key))
    path = f"/v1/devices/{answer.json['device']}/keys/{key.thumbprint}"
    office.call("DELETE", path, token=office.operator)
    again = office.call("POST", "/v1/devices", office.registration(claim, key))
    assert problem(again) == (409, "key-refused")
