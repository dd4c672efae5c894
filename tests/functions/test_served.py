"""Enrolment, sessions and the sweep as Google serves them: each a process of its own."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import functions_framework
import pytest

from local.functions import FunctionSource, ServedFunction
from schemas.registration_proof import registration_bytes
from tests.functions.device_side import Key
from tests.functions.documented import assert_as_documented
from tests.functions.offices import AUDIENCE, SESSIONS, SUBJECT, TOLD, Enrolled

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment(shared_office):
    office = shared_office
    return {
        "NEURAL_ENGINE_PROJECT": office.project,
        "NEURAL_ENGINE_BIGTABLE_INSTANCE": "telemetry",
        "NEURAL_ENGINE_TELEMETRY_TOPIC": "telemetry",
        "NEURAL_ENGINE_DEVICE_EVENTS_TOPIC": "device-events",
        "NEURAL_ENGINE_TOKEN_AUDIENCE": AUDIENCE,
        "NEURAL_ENGINE_OPERATOR_ISSUER": office.oidc.issuer,
        "NEURAL_ENGINE_OPERATOR_AUDIENCE": office.oidc.audience,
        "NEURAL_ENGINE_OPERATOR_JWKS_URL": office.oidc.jwks_url,
        "NEURAL_ENGINE_TELEMETRY_URL": "https://telemetry.test/v1/telemetry",
    }


@pytest.fixture(scope="module")
def served(environment, tmp_path_factory):
    log = tmp_path_factory.mktemp("served")
    functions = [
        ServedFunction(
            FunctionSource(f"functions/{name}/main.py", name), environment, log=log / f"{name}.log"
        )
        for name in ("enrolment", "sessions")
    ]
    for function in functions:
        function.begin()
    try:
        for function in functions:
            function.wait_until_ready()
        yield {name: f.url for name, f in zip(("enrolment", "sessions"), functions, strict=True)}
    finally:
        for function in functions:
            function.stop()


def ask(url, method, path, body=None, token="", **headers):
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        found["Authorization"] = f"Bearer {token}"
    if body is not None:
        found["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, found, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        raw = answer.read()
        assert_as_documented(method, path, answer.status, answer.headers["content-type"], raw)
        return answer.status, json.loads(raw) if raw else None


def test_a_device_enrols_and_has_a_session_over_http(office, served):
    enrolment, sessions = served["enrolment"], served["sessions"]
    status, claim = ask(enrolment, "POST", "/v1/claims", {"tenant": office.tenant}, office.operator)
    assert status == 201
    nonce = ask(enrolment, "POST", "/v1/nonces")[1]["nonce"]
    key = Key()
    signed = registration_bytes(claim["claim"], nonce, key.thumbprint)
    body = {
        "claim": claim["claim"],
        "nonce": nonce,
        "public_key": key.jwk,
        "signature": key.sign(signed),
        **TOLD,
    }
    status, made = ask(enrolment, "POST", "/v1/devices", body)
    assert (status, made["audience"]) == (201, AUDIENCE)
    device = Enrolled(office, made["device"], made["tenant"], key)
    wish = {"subject": SUBJECT, "experiment": "oddball"}
    status, session = ask(
        sessions, "POST", SESSIONS, wish, device.token(), Idempotency_Key="over-http"
    )
    assert status == 201
    end = {"fencing_token": session["fencing_token"], "reason": "done"}
    path = f"{SESSIONS}/{session['session']}/end"
    assert ask(sessions, "POST", path, end, device.token())[1]["status"] == "ended"
    assert ask(sessions, "POST", path, end)[0] == 401
    told = [event.kind.value for event in office.events(made["device"])]
    assert told == ["device-enrolled", "session-opened", "session-ended"]


@pytest.mark.parametrize("name", ["enrolment", "sessions", "sweep"])
def test_importing_a_function_touches_no_cloud_and_needs_no_settings(name):
    program = (
        "import os\n"
        "for name in [n for n in os.environ if n.startswith(('NEURAL', 'GOOGLE')) or "
        "n.endswith('EMULATOR_HOST')]: del os.environ[name]\n"
        "import socket\n"
        "def refuse(*_): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\n"
        f"import functions.{name}.main"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_sweep_runs_when_a_message_says_so(environment, office, device, monkeypatch):
    session = device.open().json
    office.registry.note_stream(session["session"], "eeg0", 0)
    long_ago = office.registry.fresh_session(session["session"]).started_ns - 3 * 86400 * 10**9
    backdate(office, session["session"], device.device, long_ago)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    function = functions_framework.create_app(
        "sweep", str(ROOT / "functions" / "sweep" / "main.py")
    )
    headers = {
        "ce-id": "1",
        "ce-source": "//pubsub.googleapis.com/projects/p/topics/t",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    }
    message = {"message": {"data": "", "messageId": "1"}, "subscription": "s"}
    answer = function.test_client().post("/", json=message, headers=headers)
    assert answer.status_code == 200
    assert office.registry.fresh_session(session["session"]).status == "expired"
    assert len(office.ends(session["session"])) == 1


def backdate(office, session, device, lapsed_ns):
    """As if the lease had run out then."""
    office.registry.change_session(
        session, lambda found: dataclasses.replace(found, lease_until_ns=lapsed_ns)
    )
    office.registry.change_device(
        device,
        lambda found: dataclasses.replace(
            found, lease=dataclasses.replace(found.lease, until_ns=lapsed_ns)
        ),
    )
