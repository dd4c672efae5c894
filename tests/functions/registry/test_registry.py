from __future__ import annotations

import warnings

import pytest

from functions.registry.errors import (
    RegistryConflictError,
    RegistryUnavailableError,
    SessionEndedError,
    SessionFullError,
    UnknownDeviceError,
    UnknownSessionError,
)
from functions.registry.registry import Registry, connect
from functions.registry.rows import Patience, RegistryRows
from local.emulators import environment, free_port
from schemas.registrations import Role
from tests.functions.offices import LEASE_S


@pytest.fixture
def row(office):
    """The key of a row that no other test has."""
    return f"session#test-{office.nonce()}".encode()


@pytest.mark.parametrize("name", ["", "short", "UPPERCASE0000001", "a#b" + "0" * 13, "ä" * 16])
def test_an_id_that_cannot_be_is_of_no_device(office, name):
    with pytest.raises(UnknownDeviceError):
        office.registry.device(name)


@pytest.mark.parametrize("name", ["", "0" * 31, "g" * 32, "0" * 32])
def test_an_id_that_cannot_be_is_of_no_session(office, name):
    with pytest.raises(UnknownSessionError):
        office.registry.session(name)


def test_a_session_knows_the_streams_that_were_noted_once_each(office, device):
    session = device.open().json["session"]
    for _ in range(2):
        office.registry.note_stream(session, "eeg0", 3)
    assert office.registry.fresh_session(session).streams == (("eeg0", 3),)


def test_a_session_is_full_of_streams_at_a_bound_and_those_go_on(office, device, monkeypatch):
    monkeypatch.setattr("functions.registry.registry.MAX_STREAM_EPOCHS", 3)
    session = device.open().json
    for epoch in range(3):
        office.registry.note_stream(session["session"], "eeg0", epoch)
    with pytest.raises(SessionFullError, match="the session is full; open another"):
        office.registry.note_stream(session["session"], "x1", 0)
    office.registry.note_stream(session["session"], "eeg0", 1)
    assert len(office.registry.fresh_session(session["session"]).streams) == 3
    device.end(session)
    with pytest.raises(SessionEndedError, match="ended"):
        office.registry.note_stream(session["session"], "eeg0", 1)


def test_a_remembered_lease_that_ran_out_is_looked_at_again(office, device):
    session = device.open().json
    elsewhere = office.another_registry(life_s=10 * LEASE_S)
    before = elsewhere.session(session["session"])
    office.clock.pass_s(LEASE_S + 1)
    device.renew(session)
    after = elsewhere.session(session["session"])
    assert after.lease_until_ns > before.lease_until_ns
    assert after.is_live(office.clock.now_ns())


def test_an_ended_session_is_refused_within_the_caches_life(office, device):
    session = device.open().json
    elsewhere = office.another_registry(life_s=10.0)
    elsewhere.session(session["session"])
    device.end(session)
    assert elsewhere.session(session["session"]).status == "open"
    office.clock.pass_s(10.0)
    assert elsewhere.session(session["session"]).status == "ended"
    with pytest.raises(SessionEndedError):
        elsewhere.note_stream(session["session"], "eeg0", 0)


def test_a_role_is_of_one_tenant_and_can_be_changed(office):
    operator = "a" * 64
    office.registry.grant(office.tenant, operator, Role.VIEWER)
    office.registry.grant(office.tenant, operator, Role.OPERATOR)
    elsewhere = office.another_registry()
    assert elsewhere.role(office.tenant, operator) is Role.OPERATOR
    assert elsewhere.role(office.other_tenant, operator) is None
    assert elsewhere.role("no tenant", operator) is None


def test_a_change_whose_answer_was_lost_counts_as_made(office, row, monkeypatch):
    rows = office.registry.rows
    rows.create(row, {"n": 0})
    check = RegistryRows._check

    def lose_the_answer(self, *args, **kwargs):
        check(self, *args, **kwargs)
        return check(self, *args, **kwargs)  # as the client's retry finds it

    monkeypatch.setattr(RegistryRows, "_check", lose_the_answer)
    rows.change(row, lambda found: {"n": found.content["n"] + 1}, missing=LookupError)
    assert rows.read(row).content == {"n": 1}


def test_what_others_keep_changing_is_given_up(office, row):
    rows = office.registry.rows
    rows.create(row, {"n": 0})

    def edit(found):
        rows.replace(row, rows.read(row), {"n": found.content["n"] + 1})
        return {"n": -1}

    with pytest.raises(RegistryConflictError):
        rows.change(row, edit, missing=LookupError)
    assert rows.read(row).content["n"] > 0


def test_a_row_of_newer_code_is_not_guessed_at(office, row):
    rows = office.registry.rows
    rows.create(row, {"schema": 2})
    with pytest.raises(RegistryUnavailableError):
        rows.read(row)


def test_a_table_that_is_away_is_said_to_be(office):
    with environment(BIGTABLE_EMULATOR_HOST=f"127.0.0.1:{free_port()}"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = connect(office.project, "telemetry")
        registry = Registry(table, patience=Patience(attempt_s=0.2, deadline_s=0.4))
        with pytest.raises(RegistryUnavailableError):
            registry.device("a" * 16)
        with pytest.raises(RegistryUnavailableError):
            registry.note_stream("0" * 32, "eeg0", 0)
        table.client.close()
