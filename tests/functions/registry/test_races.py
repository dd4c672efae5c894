from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import threading

import pytest

from functions.enrolment.claims import issue_nonce, spend_nonce, use_claim
from functions.registry.errors import (
    DeviceBusyError,
    SessionEndedError,
    UnknownClaimError,
    UnknownNonceError,
)
from functions.sessions.closing import end_session
from functions.sessions.opening import Wish, open_session
from schemas.capabilities import Requirements
from schemas.registry_rows import device_row
from tests.functions.device_side import Key
from tests.functions.offices import SUBJECT

RACERS = 6


def race(attempts):
    """What each returned or raised, all begun at the same moment."""
    barrier = threading.Barrier(len(attempts))

    def run(attempt):
        barrier.wait()
        try:
            return attempt()
        except Exception as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def registries(office):
    return [office.another_registry() for _ in range(RACERS)]


def test_of_many_who_spend_a_nonce_one_does(office):
    nonce = issue_nonce(office.registry).secret
    results = race(
        [lambda registry=registry: spend_nonce(registry, nonce) for registry in registries(office)]
    )
    assert results.count(None) == 1
    assert sum(isinstance(result, UnknownNonceError) for result in results) == RACERS - 1


def test_of_many_keys_that_want_a_claim_one_gets_it(office):
    claim = office.claim()
    results = race(
        [
            lambda registry=registry: use_claim(registry, claim, Key().thumbprint)
            for registry in registries(office)
        ]
    )
    assert sum(isinstance(result, UnknownClaimError) for result in results) == RACERS - 1
    assert sum(hasattr(result, "device") for result in results) == 1


def test_the_same_key_gets_the_same_device_from_all_its_attempts(office):
    claim, key = office.claim(), Key()
    results = race(
        [
            lambda registry=registry: use_claim(registry, claim, key.thumbprint)
            for registry in registries(office)
        ]
    )
    assert len({result.device for result in results}) == 1


def opening(office, registry, device, key):
    known = registry.fresh_device(device.device)
    wish = Wish(SUBJECT, "oddball", Requirements(), key)
    return lambda: open_session(registry, office.announcer, known, wish)


def test_of_many_sessions_that_want_a_device_one_gets_it(office, device):
    results = race(
        [
            opening(office, registry, device, f"racer-{number:04d}")
            for number, registry in enumerate(registries(office))
        ]
    )
    (won,) = [result for result in results if hasattr(result, "session")]
    assert sum(isinstance(result, DeviceBusyError) for result in results) == RACERS - 1
    assert office.registry.fresh_device(device.device).lease.session == won.session


def test_one_opening_sent_many_times_at_once_is_one_session(office, device):
    results = race(
        [opening(office, registry, device, "only-one") for registry in registries(office)]
    )
    assert len({result.session for result in results}) == 1
    assert {result.fencing_token for result in results} == {1}


def test_a_stream_is_noted_before_the_end_or_refused(office, device):
    """Else a stream would begin of which the end never tells."""
    session = device.open().json
    notes = [
        lambda registry=registry, n=n: registry.note_stream(session["session"], f"s{n}", 0)
        for n, registry in enumerate(registries(office))
    ]
    token = session["fencing_token"]

    def end():
        return end_session(office.registry, office.announcer, session["session"], token, "done")

    results = race([end, *notes])
    noted = {f"s{n}" for n, result in enumerate(results[1:]) if result is None}
    assert all(result is None or isinstance(result, SessionEndedError) for result in results[1:])
    assert {end.stream for end in office.ends(session["session"])} == noted
    with pytest.raises(SessionEndedError):
        office.registry.note_stream(session["session"], "late", 0)


def test_changes_of_one_row_by_many_are_all_made(office, device):
    row = device_row(device.device)

    def more(registry):
        return registry.rows.change(
            row,
            lambda found: {**found.content, "schema_version": found.content["schema_version"] + 1},
            missing=LookupError,
        )

    race([lambda registry=registry: more(registry) for registry in registries(office)])
    stored = office.registry.rows.read(row)
    assert (stored.content["schema_version"], stored.version) == (1 + RACERS, 1 + RACERS)


def test_of_two_processes_one_gets_the_device(office, device):
    command = [sys.executable, "-m", "tests.functions.registry.session_race", office.project]
    racers = [
        subprocess.Popen(
            [*command, device.device, f"process-{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = sorted(racer.communicate()[0].strip() for racer in racers)
    assert said[0] == "DeviceBusyError"
    assert said[1] == f"session {office.registry.fresh_device(device.device).lease.session}"
