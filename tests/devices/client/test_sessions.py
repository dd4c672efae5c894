from __future__ import annotations

import pytest

from devices.client.calls import Caller
from devices.client.clocks import ServerTime
from devices.client.errors import RequestRefusedError, UnreachableError
from devices.client.keys import DeviceKey
from devices.client.sessions import SessionFile, Sessions
from devices.client.tokens import TokenSource
from tests.devices.client.clocks import ManualClock
from tests.devices.client.contract_server import AUDIENCE, DEVICE, LOST_AFTER, LOST_BEFORE, Fault

ASKED = {"subject": "subject000000001", "experiment": "rest", "requirements": {}}


@pytest.fixture
def clock(server):
    return ManualClock(ns=round(server.now_s() * 1e9))


@pytest.fixture
def sessions(server, folder, clock):
    time = ServerTime(clock)
    tokens = TokenSource(DeviceKey.load(folder / "key.pem"), DEVICE, AUDIENCE, time)
    return Sessions(Caller(time, tokens), server.url, SessionFile(folder), ASKED, clock)


def until_called(server, clock, keeper):
    """Seconds until the keeper renews."""
    began_s, n_calls = clock.s, server.calls.count("renew")
    wait_s = keeper.step()
    while server.calls.count("renew") == n_calls:
        clock.pass_s(wait_s)
        wait_s = keeper.step()
    return round(clock.s - began_s, 6)


def test_a_lease_is_renewed_three_times_and_more_often_where_that_fails(server, clock, sessions):
    keeper = sessions.keeper(sessions.open())
    assert until_called(server, clock, keeper) == 20  # of 60 s
    server.script["renew"] = [LOST_BEFORE, Fault(503)]
    assert until_called(server, clock, keeper) == 20
    assert until_called(server, clock, keeper) == 6
    assert until_called(server, clock, keeper) == 6
    assert until_called(server, clock, keeper) == 20
    assert not keeper.is_lost


def test_a_session_that_is_over_is_known_to_be_lost(server, clock, sessions):
    session = sessions.open()
    keeper = sessions.keeper(session)
    server.lost_sessions.add(session.session)
    until_called(server, clock, keeper)
    assert keeper.is_lost
    assert sessions.earlier() == (session, False)


def test_the_same_request_has_the_same_key_until_it_is_answered(server, sessions):
    server.script["bci-sessions"] = [LOST_AFTER, LOST_BEFORE, Fault(503)]
    for error in (UnreachableError, UnreachableError, RequestRefusedError):
        with pytest.raises(error):
            sessions.open()
    first = sessions.open()
    assert len(server.sessions) == 1
    assert sessions.open().session != first.session  # another request


def test_an_end_that_gets_no_answer_leaves_the_session_to_be_gone_on_with(server, sessions):
    session = sessions.open()
    server.script["end"] = [LOST_BEFORE]
    assert not sessions.end(session, "completed")
    assert sessions.earlier() == (session, True)
    assert sessions.end(session, "completed")
    assert sessions.earlier() == (None, False)
