"""The HTTP API as an OpenAPI 3.1 document: `python -m schemas.openapi > openapi.json`.

Made of the operations and shapes that the functions themselves use, so it says what they do.
"""

from __future__ import annotations

import json
from typing import Any

from schemas.http_api import OPERATIONS, Caller, Operation
from schemas.http_shapes import SHAPES, ref
from schemas.posts import BINARY_TYPE, JSON_TYPE

Json = dict[str, Any]

PROBLEM_TYPE = "application/problem+json"
_SECURITY: dict[Caller, list[Json]] = {
    Caller.NOBODY: [],
    Caller.DEVICE: [{"device": []}],
    Caller.OPERATOR: [{"operator": []}],
    Caller.EITHER: [{"device": []}, {"operator": []}],
}
_SCHEMES = {
    "device": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "ES256, signed by the device's own key; see docs/api.md.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An OpenID Connect ID token, RS256 or ES256, of the configured provider.",
    },
}
_ALWAYS = ((500, "internal: our fault."), (503, "unavailable: try again; see Retry-After."))
_WITH_BODY = (
    (400, "malformed-body, malformed-request: see `field`."),
    (413, "body-too-large."),
    (415, "unsupported-media-type, unsupported-encoding."),
)
_WITH_TOKEN = ((401, "unauthorized: there is no token, or it does not count here."),)


def openapi_document(version: str) -> Json:
    """The document.

    Args:
      version: of the code.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Neural Engine",
            "version": version,
            "description": "Devices enrol, open sessions and post telemetry. Errors are problem "
            "details (RFC 9457).",
        },
        "paths": _paths(),
        "components": {"schemas": SHAPES, "securitySchemes": _SCHEMES},
    }


def problems_of(operation: Operation) -> dict[int, str]:
    """Every status of a refusal, and what it means for this operation."""
    told: dict[int, list[str]] = {}
    general = [*_ALWAYS] if operation.name != "read_health" else []
    if operation.body:
        general += _WITH_BODY
    if operation.caller is not Caller.NOBODY:
        general += _WITH_TOKEN
    if operation.query:
        general.append((400, "malformed-request: see `field`."))
    for status, meaning in (*operation.problems, *general):
        told.setdefault(status, []).append(meaning)
    return {status: " ".join(dict.fromkeys(told[status])) for status in sorted(told)}


def _paths() -> Json:
    paths: Json = {}
    for operation in OPERATIONS:
        path = paths.setdefault(operation.path, {})
        # Each function has this one; the document names it once.
        path.setdefault(operation.method.lower(), _operation(operation))
    return paths


def _operation(operation: Operation) -> Json:
    found: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.function],
        "security": _SECURITY[operation.caller],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body:
        kinds: Json = {JSON_TYPE: {"schema": ref(operation.body)}}
        if operation.name == "post_telemetry":
            kinds[BINARY_TYPE] = {"schema": {"description": "`Post` of schemas/telemetry.proto."}}
        required = bool(SHAPES[operation.body].get("required"))
        found["requestBody"] = {"required": required, "content": kinds}
    return found


def _parameters(operation: Operation) -> list[Json]:
    text = {"type": "string"}
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    found = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    found += [
        {"name": name, "in": "query", "description": description, "schema": text}
        for name, description in operation.query
    ]
    if operation.idempotency_key:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Random; the same for a repetition, another for another request.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 128},
            }
        )
    return found


def _responses(operation: Operation) -> Json:
    good: Json = {"description": operation.summary}
    if operation.answer:
        good["content"] = {JSON_TYPE: {"schema": ref(operation.answer)}}
    found: Json = {str(operation.status): good}
    for status, meaning in problems_of(operation).items():
        refused = {"description": meaning}
        found[str(status)] = refused | {"content": {PROBLEM_TYPE: {"schema": ref("Problem")}}}
    return found


if __name__ == "__main__":
    print(json.dumps(openapi_document("latest"), indent=2))
