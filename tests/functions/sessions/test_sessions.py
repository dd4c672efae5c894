from __future__ import annotations

import pytest

from schemas.envelope import EnvelopeKind
from schemas.registry_events import RegistryEventKind
from tests.functions.offices import EEG, LEASE_S, OTHER_SUBJECT, SESSIONS, SUBJECT, problem


def seen(device, session):
    return device.call("GET", f"{SESSIONS}/{session['session']}").json


def test_a_session_is_opened_renewed_read_and_ended(office, device):
    answer = device.open()
    assert answer.status_code == 201
    session = answer.json
    assert session["lease_seconds"] == LEASE_S
    assert session["telemetry_url"] == "https://telemetry.test/v1/telemetry"
    office.clock.pass_s(20)
    renewed = device.renew(session)
    assert renewed.json["lease_expires_at"] > session["lease_expires_at"]
    ended = device.end(session, "the subject had enough")
    assert (ended.json["status"], ended.json["end_reason"]) == ("ended", "the subject had enough")
    assert seen(device, session) == ended.json
    told = [event.kind.value for event in office.events(device.device)]
    assert told == ["device-enrolled", "session-opened", "session-ended"]


def test_the_tenant_is_the_devices_and_the_subject_is_within_it(office, device):
    stranger = office.enrol(office.other_tenant)
    mine, theirs = device.open().json, stranger.open().json
    assert seen(device, mine)["tenant"] == office.tenant
    assert seen(stranger, theirs)["tenant"] == office.other_tenant
    assert problem(device.open(tenant=office.other_tenant)) == (400, "malformed-request")


def test_the_same_key_and_body_are_answered_the_same(office, device):
    first = device.open("key-0001")
    office.clock.pass_s(5)
    again = device.open("key-0001")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    device.end(first.json)
    assert device.open("key-0001").json == first.json  # though it is over
    opened = [
        event
        for event in office.events(device.device)
        if event.kind is RegistryEventKind.SESSION_OPENED
    ]
    assert len(opened) == 3
    assert opened[0] == opened[1] == opened[2]


def test_the_same_key_for_another_body_is_refused(office, device):
    device.open("key-0002")
    other = device.open("key-0002", subject=OTHER_SUBJECT)
    assert problem(other) == (422, "idempotency-key-reused")


def test_keys_of_two_devices_are_two_keys(office, device):
    other = office.enrol()
    assert device.open("key-0003").json["session"] != other.open("key-0003").json["session"]


@pytest.mark.parametrize("key", ["short", "k" * 129, "with space", "naïve-key"])
def test_a_key_must_be_one(office, device, key):
    body = {"subject": SUBJECT, "experiment": "oddball"}
    answer = device.call("POST", SESSIONS, body, idempotency_key=key)
    assert answer.json["field"] == "idempotency-key"


def test_a_device_has_one_session_while_its_lease_runs(office, device):
    first = device.open().json
    busy = device.open()
    assert problem(busy) == (409, "device-busy")
    assert 0 < int(busy.headers["Retry-After"]) <= LEASE_S
    device.end(first)
    assert device.open().json["fencing_token"] == first["fencing_token"] + 1


def test_after_the_lease_ran_out_another_takes_over_and_the_old_one_expires(office, device):
    old = device.open().json
    office.registry.note_stream(old["session"], "eeg0", 0)
    office.clock.pass_s(LEASE_S + 1)
    new = device.open().json
    assert new["fencing_token"] > old["fencing_token"]
    expired = seen(device, old)
    assert (expired["status"], expired["end_reason"]) == ("expired", "lease ran out")
    assert expired["ended_at"] == seen(device, new)["started_at"]
    assert [end.stream for end in office.ends(old["session"])] == ["eeg0"]
    assert problem(device.renew(old)) == (409, "session-ended")
    told = [(event.session, event.kind.value) for event in office.events(device.device)]
    assert (old["session"], "session-expired") in told


def test_a_lease_that_ran_out_is_renewed_if_nobody_took_over(office, device):
    session = device.open().json
    office.clock.pass_s(10 * LEASE_S)
    assert device.renew(session).status_code == 200
    assert problem(device.open()) == (409, "device-busy")


def test_a_wrong_fencing_token_neither_renews_nor_ends(office, device):
    session = device.open().json
    wrong = {**session, "fencing_token": session["fencing_token"] + 1}
    assert problem(device.renew(wrong)) == (409, "fenced")
    assert problem(device.end(wrong)) == (409, "fenced")
    assert seen(device, session)["status"] == "open"


def test_two_devices_cannot_have_one_session(office, device):
    session = device.open().json
    for thief in (office.enrol(), office.enrol(office.other_tenant)):
        assert problem(thief.renew(session)) == (404, "unknown-session")
        assert problem(thief.end(session)) == (404, "unknown-session")
        assert problem(thief.call("GET", f"{SESSIONS}/{session['session']}")) == (
            404,
            "unknown-session",
        )
    assert seen(device, session)["status"] == "open"


def test_another_tenants_operator_does_not_see_a_session(office, device):
    session = device.open().json
    path = f"{SESSIONS}/{session['session']}"
    assert problem(office.call("GET", path, token=office.other_operator)) == (
        404,
        "unknown-session",
    )
    assert office.call("GET", path, token=office.viewer).json["device"] == device.device
    for query in (f"subject={SUBJECT}", f"device={device.device}"):
        foreign = f"{SESSIONS}?tenant={office.tenant}&{query}"
        refused = office.call("GET", foreign, token=office.other_operator)
        assert problem(refused) == (404, "unknown-tenant")
        own = f"{SESSIONS}?tenant={office.other_tenant}&{query}"
        listed = office.call("GET", own, token=office.other_operator).json["sessions"]
        assert device.device not in {found["device"] for found in listed}


def test_sessions_are_found_by_device_and_by_subject_newest_first(office, device):
    sessions = []
    for _ in range(3):
        opened = device.open(subject="lookup0000000001").json
        device.end(opened)
        sessions.append(opened["session"])
    for query in (f"device={device.device}", "subject=lookup0000000001"):
        path = f"{SESSIONS}?tenant={office.tenant}&{query}"
        listed = office.call("GET", path, token=office.viewer).json["sessions"]
        assert [found["session"] for found in listed] == sessions[::-1]


@pytest.mark.parametrize("query", ["", "subject=SUBJECT", "subject=x&device=y", "device=a%23b"])
def test_a_question_that_cannot_be_is_refused(office, query):
    path = f"{SESSIONS}?tenant={office.tenant}&{query}"
    answer = office.call("GET", path, token=office.viewer)
    assert problem(answer) == (400, "malformed-request")


def test_the_device_must_have_what_the_experiment_needs(office, device):
    needs = {
        "streams": [{"signal": "eeg", "min_channels": 16}, {"signal": "emg"}],
        "features": ["store_and_forward", "stimulation"],
    }
    answer = device.open(requirements=needs)
    assert problem(answer) == (400, "incapable-device")
    assert answer.json["missing"] == [
        "eeg with at least 16 channels at 1 Hz or more",
        "emg with at least 1 channels at 1 Hz or more",
        "stimulation",
    ]
    enough = {"streams": [{"signal": "eeg", "min_channels": EEG["max_channels"]}]}
    assert device.open(requirements=enough).status_code == 201


def test_the_end_closes_every_stream_that_was_noted_and_may_be_repeated(office, device):
    session = device.open().json
    for stream, epoch in (("eeg0", 0), ("eeg0", 1), ("emg0", 0), ("eeg0", 0)):
        office.registry.note_stream(session["session"], stream, epoch)
    first = device.end(session, "done")
    again = device.end(session, "another reason")
    assert first.json == again.json
    ends = office.ends(session["session"])
    assert len(ends) == 6
    assert ends[:3] == ends[3:]  # to the byte, so consumers drop them
    assert {(end.stream, end.epoch) for end in ends} == {("eeg0", 0), ("eeg0", 1), ("emg0", 0)}
    assert {(end.kind, end.tenant, end.subject, end.sealed) for end in ends} == {
        (EnvelopeKind.END, office.tenant, SUBJECT, b"")
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"experiment": "oddball"}, "subject"),
        ({"subject": "Subject-1", "experiment": "x"}, "subject"),
        ({"subject": SUBJECT, "experiment": ""}, "experiment"),
        ({"subject": SUBJECT, "experiment": "x", "session": "0" * 32}, "body"),
        (
            {"subject": SUBJECT, "experiment": "x", "requirements": {"streams": [{}]}},
            "requirements.streams.0.signal",
        ),
        ({"subject": [SUBJECT], "experiment": "x"}, "subject"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(office, device, body, field):
    answer = device.call("POST", SESSIONS, body, idempotency_key="12345678")
    assert (*problem(answer), answer.json["field"]) == (400, "malformed-request", field)


@pytest.mark.parametrize("name", ["0" * 31, "G" * 32, "0" * 31 + "%0A", "..", "0" * 33])
def test_a_session_id_that_cannot_be_is_unknown(office, device, name):
    answer = device.call("GET", f"{SESSIONS}/{name}")
    assert answer.status_code == 404


def test_a_body_that_is_too_long_is_not_read(office, device):
    session = device.open().json
    answer = device.call("POST", f"{SESSIONS}/{session['session']}/end", b"{" + b" " * 70_000)
    assert problem(answer) == (413, "body-too-large")
