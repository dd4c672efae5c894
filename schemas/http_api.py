"""Every operation of the HTTP API, once: functions route by it, OpenAPI tells of it."""

from __future__ import annotations

import dataclasses
import enum


class Caller(enum.StrEnum):
    """Whose bearer token an operation asks for."""

    NOBODY = "nobody"
    DEVICE = "device"
    OPERATOR = "operator"
    EITHER = "either"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path.

    Args:
      function: the folder of functions/ that serves it.
      body, answer: names of `schemas.http_shapes.SHAPES`; empty for none.
      problems: status and what it means here; those that every operation has are added.
      query: names and descriptions of parameters.
    """

    name: str
    function: str
    method: str
    path: str
    summary: str
    caller: Caller = Caller.NOBODY
    body: str = ""
    status: int = 200
    answer: str = ""
    problems: tuple[tuple[int, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    idempotency_key: bool = False


_UNKNOWN_DEVICE = (404, "unknown-device: there is none, for this caller.")
_UNKNOWN_SESSION = (404, "unknown-session: there is none, for this caller.")
_FENCED = (409, "fenced: another session of the device began; session-ended: it is over.")
HEALTH_PATH = "/healthz"
SESSIONS_PATH = "/api/v1/bci-sessions"

ENROLMENT = (
    Operation(
        name="issue_claim",
        function="enrolment",
        method="POST",
        path="/v1/claims",
        summary="Lets one device enrol in a tenant within 24 hours. The claim is shown once.",
        caller=Caller.OPERATOR,
        body="ClaimRequest",
        status=201,
        answer="Claim",
        problems=((404, "unknown-tenant: there is none in which the operator may do this."),),
    ),
    Operation(
        name="issue_nonce",
        function="enrolment",
        method="POST",
        path="/v1/nonces",
        summary="Something to sign, once, within minutes.",
        body="NonceRequest",
        status=201,
        answer="Nonce",
        problems=((429, "too-many-requests: nonces are given out too fast; see Retry-After."),),
    ),
    Operation(
        name="register_device",
        function="enrolment",
        method="POST",
        path="/v1/devices",
        summary="Makes a claim into a device. The same claim and key get the same device again, "
        "with a new nonce each time.",
        body="Registration",
        status=201,
        answer="Registered",
        problems=(
            (
                403,
                "proof-refused: the signature; nonce-refused: ask for a new one; "
                "claim-refused: ask the operator for another.",
            ),
            (409, "key-refused: the key was revoked, or the device is retired."),
        ),
    ),
    Operation(
        name="read_device",
        function="enrolment",
        method="GET",
        path="/v1/devices/{device}",
        summary="The device and its keys.",
        caller=Caller.EITHER,
        answer="Device",
        problems=(_UNKNOWN_DEVICE,),
    ),
    Operation(
        name="retire_device",
        function="enrolment",
        method="DELETE",
        path="/v1/devices/{device}",
        summary="Takes the device out of service for good. May be repeated.",
        caller=Caller.OPERATOR,
        status=204,
        problems=(_UNKNOWN_DEVICE,),
    ),
    Operation(
        name="add_key",
        function="enrolment",
        method="POST",
        path="/v1/devices/{device}/keys",
        summary="Adds a key, signed for with it and asked for with a live one. May be repeated "
        "with a new nonce.",
        caller=Caller.DEVICE,
        body="NewKey",
        status=201,
        answer="Key",
        problems=(
            (403, "proof-refused: the signature; nonce-refused: ask for a new one."),
            _UNKNOWN_DEVICE,
            (409, "key-refused: too many live keys, or this one was revoked."),
        ),
    ),
    Operation(
        name="revoke_key",
        function="enrolment",
        method="DELETE",
        path="/v1/devices/{device}/keys/{thumbprint}",
        summary="No signature of the key counts from then on. May be repeated.",
        caller=Caller.EITHER,
        status=204,
        problems=(
            (404, "unknown-device, unknown-key: there is none, for this caller."),
            (409, "key-refused: a device cannot revoke its last live key itself."),
        ),
    ),
)
SESSIONS = (
    Operation(
        name="open_session",
        function="sessions",
        method="POST",
        path=SESSIONS_PATH,
        summary="Opens a session of the device, with a lease that is to be renewed.",
        caller=Caller.DEVICE,
        body="SessionRequest",
        status=201,
        answer="OpenedSession",
        idempotency_key=True,
        problems=(
            (400, "incapable-device: the device lacks what is named in `missing`."),
            (409, "device-busy: its present session's lease runs; see Retry-After."),
            (422, "idempotency-key-reused: the key stands for another request."),
        ),
    ),
    Operation(
        name="list_sessions",
        function="sessions",
        method="GET",
        path=SESSIONS_PATH,
        summary="The newest sessions of a subject or of a device, at most 100.",
        caller=Caller.OPERATOR,
        answer="Sessions",
        query=(
            ("tenant", "In which the operator has a role."),
            ("subject", "Either of this subject,"),
            ("device", "or of this device."),
        ),
        problems=((404, "unknown-tenant: there is none in which the operator may do this."),),
    ),
    Operation(
        name="read_session",
        function="sessions",
        method="GET",
        path=SESSIONS_PATH + "/{session}",
        summary="What became of a session.",
        caller=Caller.EITHER,
        answer="Session",
        problems=(_UNKNOWN_SESSION,),
    ),
    Operation(
        name="renew_session",
        function="sessions",
        method="POST",
        path=SESSIONS_PATH + "/{session}/renew",
        summary="Renews the lease; also one that ran out, if no other session began.",
        caller=Caller.DEVICE,
        body="RenewRequest",
        answer="Lease",
        problems=(_UNKNOWN_SESSION, _FENCED),
    ),
    Operation(
        name="end_session",
        function="sessions",
        method="POST",
        path=SESSIONS_PATH + "/{session}/end",
        summary="Ends the session and its streams. May be repeated; the first reason counts.",
        caller=Caller.DEVICE,
        body="EndRequest",
        answer="Session",
        problems=(_UNKNOWN_SESSION, (409, "fenced: the token is not this session's.")),
    ),
)
TELEMETRY = (
    Operation(
        name="post_telemetry",
        function="telemetry",
        method="POST",
        path="/v1/telemetry",
        summary="Packets in, a verdict for each out; what is accepted is in Pub/Sub.",
        caller=Caller.DEVICE,
        body="TelemetryJson",
        status=202,
        answer="Verdicts",
        problems=(
            (400, "body-cut-off: the connection ended in the body."),
            (408, "body-too-slow: send less at once."),
            (429, "too-busy, too-many-packets-a-second: see Retry-After."),
        ),
    ),
)
HEALTH = tuple(
    Operation(
        name="read_health",
        function=function,
        method="GET",
        path=HEALTH_PATH,
        summary="200 while the function serves. Also at /health.",
        answer="Health",
    )
    for function in ("enrolment", "sessions", "telemetry")
)

OPERATIONS = (*ENROLMENT, *SESSIONS, *TELEMETRY, *HEALTH)


def operations_of(function: str) -> tuple[Operation, ...]:
    """What a function serves."""
    return tuple(operation for operation in OPERATIONS if operation.function == function)
