from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.cloud.bigtable.data import ReadRowsQuery

from functions.enrolment.claims import CLAIM_LIFE_S, NONCE_LIFE_S
from schemas.ids import check_device_id
from schemas.registration_proof import registration_bytes, rotation_bytes
from schemas.registry_events import RegistryEventKind
from tests.functions.device_side import Key
from tests.functions.offices import TOLD, problem


def test_a_claim_and_a_key_become_a_device(office):
    device = office.enrol()
    seen = office.call("GET", f"/v1/devices/{device.device}", token=office.operator).json
    assert seen["tenant"] == office.tenant
    assert {name: seen[name] for name in TOLD} == TOLD
    assert [key["thumbprint"] for key in seen["keys"]] == [device.key.thumbprint]


def test_the_id_says_nothing_of_the_serial(office):
    first, second = office.enrol(serial="SN-7"), office.enrol(serial="SN-7")
    assert first.device != second.device
    assert check_device_id(first.device)


def test_the_enrolment_is_told_once_answered(office):
    device = office.enrol()
    (event,) = office.events(device.device)
    assert event.kind is RegistryEventKind.DEVICE_ENROLLED
    assert (event.tenant, event.device) == (office.tenant, device.device)
    assert event.record["serial"] == TOLD["serial"]
    assert event.record["keys"][0]["thumbprint"] == device.key.thumbprint


def test_a_lost_answer_may_be_asked_for_again_and_tells_the_same_event(office):
    claim, key = office.claim(), Key()
    first = office.call("POST", "/v1/devices", office.registration(claim, key))
    again = office.call("POST", "/v1/devices", office.registration(claim, key))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    one, other = office.events(first.json["device"])
    assert one == other


def test_a_registration_that_was_overheard_cannot_be_sent_again(office):
    body = office.registration(office.claim(), Key())
    assert office.call("POST", "/v1/devices", body).status_code == 201
    assert problem(office.call("POST", "/v1/devices", body)) == (403, "nonce-refused")


def test_a_claim_counts_for_one_key(office):
    claim = office.claim()
    office.call("POST", "/v1/devices", office.registration(claim, Key()))
    second = office.call("POST", "/v1/devices", office.registration(claim, Key()))
    assert problem(second) == (403, "claim-refused")


def test_a_claim_counts_for_a_day(office):
    claim = office.claim()
    office.clock.pass_s(CLAIM_LIFE_S + 1)
    late = office.call("POST", "/v1/devices", office.registration(claim, Key()))
    assert problem(late) == (403, "claim-refused")


def test_a_nonce_counts_for_minutes(office):
    body = office.registration(office.claim(), Key())
    office.clock.pass_s(NONCE_LIFE_S + 1)
    assert problem(office.call("POST", "/v1/devices", body)) == (403, "nonce-refused")


def test_a_claim_that_nobody_issued_is_refused_as_a_used_one_is(office):
    answer = office.call("POST", "/v1/devices", office.registration("A" * 22, Key()))
    assert problem(answer) == (403, "claim-refused")


def signed_over(body, key, message):
    return {**body, "signature": key.sign(message)}


def test_a_signature_over_other_bytes_is_refused(office):
    claim, key, other = office.claim(), Key(), Key()
    body = office.registration(claim, key)
    nonce, thumbprint = body["nonce"], key.thumbprint
    right = registration_bytes(claim, nonce, thumbprint)
    wrong = [
        signed_over(body, other, right),
        signed_over(body, key, registration_bytes(claim, nonce, other.thumbprint)),
        signed_over(body, key, registration_bytes(claim, "B" * 22, thumbprint)),
        signed_over(body, key, registration_bytes("A" * 22, nonce, thumbprint)),
        signed_over(body, key, rotation_bytes("a" * 16, nonce, thumbprint)),
        {**body, "public_key": other.jwk},
        {**body, "claim": office.claim()},
        {**body, "nonce": office.nonce()},
    ]
    for attempt in wrong:
        assert problem(office.call("POST", "/v1/devices", attempt)) == (403, "proof-refused")
    # None of it used up the claim or the nonce.
    assert office.call("POST", "/v1/devices", body).status_code == 201


def with_key(**members):
    return lambda body: {**body, "public_key": {**body["public_key"], **members}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (with_key(crv="P-384"), "public_key.crv"),
        (with_key(kty="RSA"), "public_key.kty"),
        (with_key(x="A" * 43), "public_key"),  # no point of the curve
        (with_key(x="A" * 42 + "B"), "public_key.x"),  # a second spelling of the same bytes
        (with_key(x="A" * 43 + "\n"), "public_key.x"),
        (with_key(d="A" * 43), "public_key"),  # its private half
        (lambda body: {**body, "signature": "A" * 85 + "="}, "signature"),
        (lambda body: {**body, "claim": "A" * 21}, "claim"),
        (lambda body: {**body, "serial": ""}, "serial"),
        (lambda body: {**body, "serial": "S" * 101}, "serial"),
        (lambda body: {**body, "tenant": "clinic01"}, "body"),
        (lambda body: {**body, "schema_version": True}, "schema_version"),
        (lambda body: {**body, "capabilities": {"streams": []}}, "capabilities.streams"),
        (lambda body: [body], "body"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(office, change, field):
    body = office.registration(office.claim(), Key())
    answer = office.call("POST", "/v1/devices", change(body))
    assert (*problem(answer), answer.json["field"]) == (400, "malformed-request", field)


def test_a_key_of_another_curve_is_refused_whatever_it_calls_itself(office):
    key = Key(ec.SECP256K1())
    body = office.registration(office.claim(), key)
    assert problem(office.call("POST", "/v1/devices", body)) == (400, "malformed-request")


def test_only_an_operator_of_the_tenant_issues_claims(office):
    for token in (office.viewer, office.other_operator):
        answer = office.call("POST", "/v1/claims", {"tenant": office.tenant}, token)
        assert problem(answer) == (404, "unknown-tenant")
    device = office.enrol()
    as_device = device.call("POST", "/v1/claims", {"tenant": office.tenant})
    assert problem(as_device) == (401, "unauthorized")
    assert problem(office.call("POST", "/v1/claims", {"tenant": office.tenant})) == (
        401,
        "unauthorized",
    )


def test_another_tenant_does_not_see_the_device(office):
    device = office.enrol()
    stranger = office.enrol(office.other_tenant)
    path = f"/v1/devices/{device.device}"
    thumbprint = device.key.thumbprint
    attempts = [
        office.call("GET", path, token=office.other_operator),
        office.call("DELETE", path, token=office.other_operator),
        office.call("DELETE", f"{path}/keys/{thumbprint}", token=office.other_operator),
        stranger.call("GET", path),
        stranger.call("DELETE", f"{path}/keys/{thumbprint}"),
        stranger.call(
            "POST",
            f"{path}/keys",
            {"nonce": office.nonce(), "public_key": Key().jwk, "signature": "A" * 86},
        ),
        office.call("GET", "/v1/devices/aaaaaaaaaaaaaaaa", token=office.other_operator),
        office.call("GET", "/v1/devices/../secrets", token=office.other_operator),
    ]
    codes = {problem(attempt) for attempt in attempts}
    assert codes <= {(404, "unknown-device"), (404, "not-found")}
    assert office.call("GET", path, token=office.viewer).status_code == 200


def test_neither_claim_nor_nonce_is_kept(office):
    claim, nonce = office.claim(), office.nonce()
    kept = b"".join(
        row.row_key + b"".join(cell.value for cell in row)
        for row in office.table.read_rows(ReadRowsQuery())
    )
    assert claim.encode() not in kept
    assert nonce.encode() not in kept
