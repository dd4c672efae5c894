from __future__ import annotations

import pytest

from functions.device_events import Announcer, UnannouncedError
from functions.publishing import Publisher, PublishSettings
from functions.registry.rows import RegistryRows
from functions.sessions.opening import Wish, open_session
from functions.sessions.sweep import ABANDONED_AFTER_S, sweep_sessions
from local.emulators import environment, free_port
from local.pubsub import topic_path
from schemas.capabilities import Requirements
from schemas.registry_rows import OPEN_SESSIONS_PREFIX, open_session_row
from tests.functions.offices import LEASE_S, SESSIONS, SUBJECT, problem


@pytest.fixture
def cut_off(office):
    """The functions, with nobody at the address of Pub/Sub."""
    with environment(PUBSUB_EMULATOR_HOST=f"127.0.0.1:{free_port()}"):
        settings = PublishSettings(linger_s=0.001, attempt_s=0.1, deadline_s=0.2)
        publisher = Publisher(topic_path(office.project, "device-events"), settings)
    yield office.served(Announcer(publisher, publisher))
    publisher.close()


class StoppedError(BaseException):
    """The process stopped here."""


@pytest.fixture
def stop_at(monkeypatch):
    """Stops the process before its n-th change of the registry."""

    def arm(n: int) -> None:
        left = [n]

        def before(name):
            do = getattr(RegistryRows, name)

            def counted(self, *args, **kwargs):
                left[0] -= 1
                if left[0] == 0:
                    raise StoppedError
                return do(self, *args, **kwargs)

            monkeypatch.setattr(RegistryRows, name, counted)

        for name in ("_check", "_mutate"):
            before(name)

    yield arm
    monkeypatch.undo()


def open_rows(office):
    return office.registry.rows.keys(OPEN_SESSIONS_PREFIX, 1000)


def opened_with(client, device, key="key-00000001"):
    headers = {"Authorization": f"Bearer {device.token()}", "Idempotency-Key": key}
    body = {"subject": SUBJECT, "experiment": "oddball"}
    return client.post(SESSIONS, json=body, headers=headers)


def test_without_pubsub_nothing_is_answered_well_and_the_retry_mends_it(office, device, cut_off):
    away = opened_with(cut_off, device)
    assert problem(away) == (503, "unavailable")
    assert int(away.headers["Retry-After"]) > 0
    opened = opened_with(office.client, device)
    assert opened.status_code == 201
    assert [event.kind.value for event in office.events(device.device)][1:] == ["session-opened"]
    session = opened.json
    office.registry.note_stream(session["session"], "eeg0", 0)
    path = f"{SESSIONS}/{session['session']}/end"
    body = {"fencing_token": session["fencing_token"], "reason": "done"}
    headers = {"Authorization": f"Bearer {device.token()}"}
    assert problem(cut_off.post(path, json=body, headers=headers)) == (503, "unavailable")
    assert office.ends(session["session"]) == []
    assert device.end(session).status_code == 200
    assert len(office.ends(session["session"])) == 1


@pytest.mark.parametrize("step", range(1, 7))
def test_an_opening_that_stopped_anywhere_is_finished_by_its_retry(office, device, step, stop_at):
    wish = Wish(SUBJECT, "oddball", Requirements(), "key-of-a-crash")
    known = office.registry.fresh_device(device.device)
    stop_at(step)
    with pytest.raises(StoppedError):
        open_session(office.registry, office.announcer, known, wish)
    stop_at(0)  # never again
    session = open_session(office.registry, office.announcer, known, wish)
    assert office.registry.fresh_session(session.session) == session
    assert office.registry.fresh_device(device.device).lease.session == session.session
    path = f"{SESSIONS}?tenant={office.tenant}&device={device.device}"
    listed = office.call("GET", path, token=office.viewer).json["sessions"]
    assert [found["session"] for found in listed] == [session.session]


@pytest.mark.parametrize("step", range(1, 4))
def test_an_end_that_stopped_anywhere_is_finished_by_its_retry(office, device, step, stop_at):
    session = device.open().json
    office.registry.note_stream(session["session"], "eeg0", 0)
    stop_at(step)
    with pytest.raises(StoppedError):
        device.end(session)
    stop_at(0)
    assert device.end(session).json["status"] == "ended"
    assert office.ends(session["session"]) != []
    assert device.open().status_code == 201


def test_the_sweep_closes_what_was_abandoned_for_a_day_and_nothing_else(office, device):
    other = office.enrol()
    abandoned = device.open().json
    office.registry.note_stream(abandoned["session"], "eeg0", 0)
    office.clock.pass_s(ABANDONED_AFTER_S)
    alive = other.open().json
    office.clock.pass_s(LEASE_S + 1)  # its lease ran out too, but not for a day
    swept = sweep_sessions(office.registry, office.announcer)
    assert swept.expired >= 1
    n_live = swept.live
    assert office.registry.fresh_session(abandoned["session"]).status == "expired"
    assert office.registry.fresh_session(alive["session"]).status == "open"
    assert [end.stream for end in office.ends(abandoned["session"])] == ["eeg0"]
    assert other.renew(alive).status_code == 200
    assert problem(device.renew(abandoned)) == (409, "session-ended")
    assert device.open().status_code == 201
    again = sweep_sessions(office.registry, office.announcer)
    assert (again.expired, again.live) == (0, n_live + 2)  # renewed, and opened anew


def test_the_sweep_tells_an_end_that_was_not_told(office, device, cut_off):
    session = device.open().json
    office.registry.note_stream(session["session"], "eeg0", 0)
    path = f"{SESSIONS}/{session['session']}/end"
    body = {"fencing_token": session["fencing_token"], "reason": "done"}
    headers = {"Authorization": f"Bearer {device.token()}"}
    assert cut_off.post(path, json=body, headers=headers).status_code == 503
    assert sweep_sessions(office.registry, office.announcer).told >= 1
    assert len(office.ends(session["session"])) == 1
    told = [event.kind.value for event in office.events(device.device)]
    assert told[-1] == "session-ended"
    assert office.registry.fresh_session(session["session"]).end_reason == "done"


class DeafTo(Announcer):
    """Cannot tell of some sessions, and counts how often it was asked."""

    def __init__(self, told: Announcer, sessions: set[str]):
        self._told, self._sessions, self.n_asked = told, sessions, 0

    def announce(self, event, ends=()):
        if event.session in self._sessions:
            self.n_asked += 1
            raise UnannouncedError
        self._told.announce(event, ends)


def test_a_session_that_cannot_be_told_of_keeps_no_other_from_its_end(office, device):
    sessions = [one.open().json["session"] for one in (device, office.enrol(), office.enrol())]
    office.clock.pass_s(ABANDONED_AFTER_S + LEASE_S + 1)
    first, *rest = sorted(sessions)  # the sweep looks at them in this order
    with pytest.raises(UnannouncedError):
        sweep_sessions(office.registry, DeafTo(office.announcer, {first}))
    for session in rest:
        assert office.registry.fresh_session(session).status == "expired"
        assert open_session_row(session) not in open_rows(office)
    assert open_session_row(first) in open_rows(office)
    assert sweep_sessions(office.registry, office.announcer).told >= 1
    assert open_session_row(first) not in open_rows(office)


def test_a_sweep_without_pubsub_soon_leaves_off(office):
    sessions = {office.enrol().open().json["session"] for _ in range(7)}
    office.clock.pass_s(ABANDONED_AFTER_S + LEASE_S + 1)
    everyone = {row.decode().partition("#")[2] for row in open_rows(office)} | sessions
    deaf = DeafTo(office.announcer, everyone)
    with pytest.raises(UnannouncedError):
        sweep_sessions(office.registry, deaf)
    assert deaf.n_asked == 5
    sweep_sessions(office.registry, office.announcer)


def test_a_session_that_never_began_leaves_nothing_to_sweep_after_a_day(office, device, stop_at):
    wish = Wish(SUBJECT, "oddball", Requirements(), "key-never-again")
    stop_at(6)
    with pytest.raises(StoppedError):
        open_session(
            office.registry, office.announcer, office.registry.fresh_device(device.device), wish
        )
    stop_at(0)
    before = set(open_rows(office))
    assert sweep_sessions(office.registry, office.announcer).dropped == 0
    office.clock.pass_s(2 * ABANDONED_AFTER_S)
    assert sweep_sessions(office.registry, office.announcer).dropped == 1
    assert len(before - set(open_rows(office))) >= 1
