"""Enrolment and sessions in this process, on real emulators, with tenants of a test's own."""

from __future__ import annotations

import dataclasses
import secrets
import uuid
import warnings
from typing import Any

import flask
import jwt
from flask.testing import FlaskClient
from google.cloud import pubsub_v1
from werkzeug.test import TestResponse

from functions.callers import Callers
from functions.device_events import Announcer
from functions.enrolment.desk import EnrolmentDesk
from functions.publishing import Publisher, PublishSettings
from functions.registry.registry import CacheSettings, Registry, connect
from functions.registry.rows import Patience
from functions.routing import Api
from functions.sessions.desk import SessionDesk
from functions.settings import FunctionSettings
from local.bigtable import create_table
from local.oidc import LocalOidc
from local.pubsub import create_topics, subscription_path, topic_path
from schemas.envelope import Envelope
from schemas.ids import ALPHABET, TENANT_WIDTH
from schemas.pubsub_topics import DEVICE_EVENTS, TELEMETRY, Topic
from schemas.registration_proof import registration_bytes
from schemas.registrations import LEASE_SECONDS, Role
from schemas.registry_events import RegistryEvent
from schemas.registry_rows import REGISTRY, operator_id
from security.operators import OperatorSettings, OperatorVerifier
from tests.functions.device_side import Clock, Key
from tests.functions.documented import assert_as_documented, code_of

AUDIENCE = "telemetry.test"
SUBJECT, OTHER_SUBJECT = "subject000000001", "subject000000002"
LEASE_S = LEASE_SECONDS
SESSIONS = "/api/v1/bci-sessions"
EEG = {"signal": "eeg", "max_channels": 8, "max_rate_hz": 250}
TOLD = {
    "model": "Crown 8",
    "serial": "SN-0001",
    "firmware": "1.4.2",
    "hardware": "rev C",
    "capabilities": {"streams": [EEG], "features": ["store_and_forward"]},
    "schema_version": 1,
}
_AT_ONCE = PublishSettings(linger_s=0.001)


@dataclasses.dataclass
class Enrolled:
    """A device that was enrolled, with a key of its."""

    office: Office
    device: str
    tenant: str
    key: Key

    def token(self, **changes: Any) -> str:
        now_s = self.office.clock.now_ns() // 1_000_000_000
        claims = {
            "iss": self.device,
            "sub": self.device,
            "aud": AUDIENCE,
            "iat": now_s,
            "exp": now_s + 600,
            "jti": uuid.uuid4().hex,
        }
        headers = {"kid": self.key.thumbprint}
        return jwt.encode(claims | changes, self.key.private, algorithm="ES256", headers=headers)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.office.call(method, path, body, self.token(), **headers)

    def open(self, key: str = "", *, subject: str = SUBJECT, **more: Any) -> TestResponse:
        body = {"subject": subject, "experiment": "oddball", **more}
        key = key or secrets.token_hex(8)
        return self.call("POST", SESSIONS, body, idempotency_key=key)

    def end(self, session: dict[str, Any], reason: str = "done") -> TestResponse:
        body = {"fencing_token": session["fencing_token"], "reason": reason}
        return self.call("POST", f"{SESSIONS}/{session['session']}/end", body)

    def renew(self, session: dict[str, Any]) -> TestResponse:
        body = {"fencing_token": session["fencing_token"]}
        return self.call("POST", f"{SESSIONS}/{session['session']}/renew", body)


class Office:
    """One project: a table, topics, a provider of operators, and both functions."""

    def __init__(self, oidc: LocalOidc):
        self.oidc, self.clock = oidc, Clock()
        self.project = f"p-{uuid.uuid4().hex[:8]}"
        self.tenant, self.other_tenant = (_random_id(TENANT_WIDTH) for _ in range(2))
        create_topics(self.project, (TELEMETRY, DEVICE_EVENTS))
        with warnings.catch_warnings():  # Google's client warns of every emulator
            warnings.simplefilter("ignore")
            create_table(REGISTRY, project=self.project, instance="telemetry")
            self.table = connect(self.project, "telemetry")
        self.registry = self.another_registry()
        self.operators = OperatorVerifier(
            OperatorSettings(issuer=oidc.issuer, audience=oidc.audience, keys_url=oidc.jwks_url)
        )
        self.settings = FunctionSettings(
            project=self.project,
            bigtable_instance="telemetry",
            token_audience=AUDIENCE,
            telemetry_url="https://telemetry.test/v1/telemetry",
        )
        self._publishers = [
            Publisher(topic_path(self.project, topic.name), _AT_ONCE)
            for topic in (DEVICE_EVENTS, TELEMETRY)
        ]
        self.announcer = Announcer(*self._publishers)
        self.client = self.served(self.announcer)
        self.operator, self.viewer, self.other_operator = (
            self._operator(role, tenant)
            for role, tenant in (
                (Role.OPERATOR, self.tenant),
                (Role.VIEWER, self.tenant),
                (Role.OPERATOR, self.other_tenant),
            )
        )
        self._events: list[RegistryEvent] = []
        self._ends: list[Envelope] = []
        self._subscriber = pubsub_v1.SubscriberClient()

    def another_registry(self, life_s: float = 10.0) -> Registry:
        """As another instance of a function has it."""
        return Registry(
            self.table,
            cache=CacheSettings(life_s=life_s),
            patience=Patience(attempt_s=1.0, deadline_s=2.0),
            now_ns=self.clock.now_ns,
            timer=self.clock.monotonic,
        )

    def served(self, announcer: Announcer, registry: Registry | None = None) -> FlaskClient:
        """Both functions behind one client."""
        registry = registry or self.registry
        callers = Callers(registry, AUDIENCE, self.operators)
        enrolment = EnrolmentDesk(registry, callers, announcer, AUDIENCE)
        sessions = SessionDesk(registry, callers, announcer, self.settings)
        apis = {
            "/v1": Api("enrolment", enrolment.handlers()),
            "/api": Api("sessions", sessions.handlers()),
        }
        app = flask.Flask("office")

        @app.before_request
        def answer() -> flask.Response:
            api = apis["/api" if flask.request.path.startswith("/api") else "/v1"]
            return api.answer(flask.request)

        return app.test_client()

    def call(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> TestResponse:
        found = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            found["Authorization"] = f"Bearer {token}"
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        more = sent if body is not None else {}
        answer = self.client.open(path, method=method, headers=found, **more)
        assert_as_documented(method, path, answer.status_code, answer.content_type, answer.data)
        return answer

    def claim(self, operator: str = "", tenant: str = "") -> str:
        tenant = tenant or self.tenant
        answer = self.call("POST", "/v1/claims", {"tenant": tenant}, operator or self.operator)
        assert answer.status_code == 201, answer.text
        return str(members(answer)["claim"])

    def nonce(self) -> str:
        return str(members(self.call("POST", "/v1/nonces", {}))["nonce"])

    def registration(self, claim: str, key: Key, **changes: Any) -> dict[str, Any]:
        """The body, signed over a fresh nonce."""
        nonce = self.nonce()
        return {
            "claim": claim,
            "nonce": nonce,
            "public_key": key.jwk,
            "signature": key.sign(registration_bytes(claim, nonce, key.thumbprint)),
            **TOLD,
            **changes,
        }

    def enrol(self, tenant: str = "", **told: Any) -> Enrolled:
        key = Key()
        operator = self.other_operator if tenant == self.other_tenant else self.operator
        body = self.registration(self.claim(operator, tenant), key, **told)
        answer = self.call("POST", "/v1/devices", body)
        assert answer.status_code == 201, answer.text
        made = members(answer)
        return Enrolled(self, made["device"], made["tenant"], key)

    def events(self, device: str) -> list[RegistryEvent]:
        """What was ever told of a device and its sessions."""
        self._events += [
            RegistryEvent.from_bytes(message.data) for message in self._pulled(DEVICE_EVENTS)
        ]
        return [event for event in self._events if event.device == device]

    def ends(self, session: str) -> list[Envelope]:
        """The ends of its streams that were ever told."""
        self._ends += [
            Envelope.from_attributes(message.attributes, message.data)
            for message in self._pulled(TELEMETRY)
        ]
        return [end for end in self._ends if end.session == session]

    def _pulled(self, topic: Topic) -> list[Any]:
        """What was published and not pulled yet: it was acknowledged, so it is there."""
        name = subscription_path(self.project, topic.subscriptions[0].name)
        found: list[Any] = []
        while True:
            with warnings.catch_warnings():  # nothing else says at once that there is nothing
                warnings.simplefilter("ignore", DeprecationWarning)
                request = {"subscription": name, "max_messages": 100, "return_immediately": True}
                pulled = self._subscriber.pull(request=request, timeout=5).received_messages
            if not pulled:
                return found
            self._subscriber.acknowledge(
                subscription=name, ack_ids=[message.ack_id for message in pulled]
            )
            found += [message.message for message in pulled]

    def _operator(self, role: Role, tenant: str) -> str:
        name = uuid.uuid4().hex
        self.registry.grant(tenant, operator_id(self.oidc.issuer, name), role)
        return self.oidc.issue(name, "operator@example.org")

    def close(self) -> None:
        for publisher in self._publishers:
            publisher.close()
        self._subscriber.close()
        self.table.client.close()


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer.content_type == "application/problem+json", answer.text
    found = members(answer)
    assert found["status"] == answer.status_code
    return answer.status_code, code_of(found)


def members(answer: TestResponse) -> dict[str, Any]:
    """Of an answer that is an object."""
    assert isinstance(answer.json, dict), answer.text
    return answer.json


def _random_id(width: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(width))
