"""The JSON that crosses HTTP, as JSON Schema: requests are held against it, tests the answers."""

from __future__ import annotations

from typing import Any

from schemas.capabilities import MAX_FEATURES, MAX_STREAMS
from schemas.ids import DEVICE_WIDTH, SESSION_WIDTH, SUBJECT_WIDTH, TENANT_WIDTH
from schemas.json_shapes import REF_PREFIX
from schemas.packet_format import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, SIGNALS
from schemas.posts import MAX_POST_PACKETS
from schemas.registration_proof import SECRET_PATTERN, THUMBPRINT_PATTERN
from schemas.registrations import DeviceStatus, SessionStatus
from schemas.verdicts import Reason

Json = dict[str, Any]

MAX_NAME = 100
MAX_REASON = 200


def text(description: str, *, most: int = MAX_NAME, least: int = 1, **more: Any) -> Json:
    """A text of bounded length."""
    return {
        "type": "string",
        "minLength": least,
        "maxLength": most,
        "description": description,
        **more,
    }


def matching(pattern: str, description: str) -> Json:
    """A text that matches as a whole."""
    return {"type": "string", "pattern": f"^{pattern}$", "description": description}


def identifier(width: int, description: str) -> Json:
    """An id of fixed width."""
    found = {"type": "string", "minLength": width, "maxLength": width}
    return {**found, "pattern": "^[a-z0-9]+$", "description": description}


def integer(description: str, low: int = 0, high: int = 2**53) -> Json:
    """A whole number; at most 2**53, beyond which JSON readers differ."""
    return {"type": "integer", "minimum": low, "maximum": high, "description": description}


def record(required: Json, optional: Json | None = None, description: str = "") -> Json:
    """An object of these members and no others."""
    found = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
    return {**found, "description": description} if description else found


def ref(name: str) -> Json:
    """Another of the shapes."""
    return {"$ref": REF_PREFIX + name}


def listed(items: Json, most: int, least: int = 0) -> Json:
    """A list."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


TIME = text("RFC 3339, UTC.", most=40, format="date-time")
TENANT = identifier(TENANT_WIDTH, "An organisation.")
SUBJECT = identifier(SUBJECT_WIDTH, "A person of the tenant, pseudonymous.")
DEVICE = identifier(DEVICE_WIDTH, "A device.")
SESSION = matching(f"[0-9a-f]{{{SESSION_WIDTH}}}", "A session: 128 random bits.")
SECRET = matching(SECRET_PATTERN, "128 random bits, base64url without padding.")
THUMBPRINT = matching(THUMBPRINT_PATTERN, "Of a key: RFC 7638 with SHA-256.")
COORDINATE = matching("[A-Za-z0-9_-]{43}", "32 bytes, base64url without padding.")
SIGNATURE = matching("[A-Za-z0-9_-]{86}", "ES256: r and s, base64url without padding.")
RATE = {"type": "number", "minimum": MIN_RATE_HZ, "maximum": MAX_RATE_HZ, "description": "Hertz."}
CHANNELS = integer("Number of channels.", 1, MAX_CHANNELS)
SIGNAL = {"type": "string", "enum": list(SIGNALS), "description": "The kind of signal."}
FEATURES = listed(matching("[a-z][a-z0-9_]{0,39}", "What else it can do."), MAX_FEATURES)
FENCING = integer("Higher for every session of the device.", 1)
REASON = text("Why, in the caller's words; no name of a person.", most=MAX_REASON)
JWK = {
    "type": "object",
    "properties": {
        "kty": {"type": "string", "enum": ["EC"]},
        "crv": {"type": "string", "enum": ["P-256"]},
        "x": COORDINATE,
        "y": COORDINATE,
    },
    "required": ["kty", "crv", "x", "y"],
    "description": "The public half of a key on P-256 (RFC 7517); other members do not count.",
}
DESCRIPTION = {
    "model": text("Of the hardware."),
    "serial": text("Of this piece."),
    "firmware": text("Version of its software."),
    "hardware": text("Revision of its electronics."),
    "capabilities": ref("Capabilities"),
    "schema_version": integer("Of the packets that it makes.", 1, 1000),
}

SHAPES: dict[str, Json] = {
    "Problem": {
        "type": "object",
        "properties": {
            "type": text("A stable code.", most=200),
            "title": text("The code in words.", most=200),
            "status": integer("As the answer's.", 400, 599),
            "detail": text("What was found, and what would be right.", most=400),
            "field": text("To blame.", most=200),
        },
        "required": ["type", "title", "status", "detail"],
        "description": "Problem details, RFC 9457.",
    },
    "Health": record(
        {"status": {"type": "string", "enum": ["ok"]}},
        {
            "started": {"type": "boolean", "description": "Of telemetry: it serves."},
            "ready": {"type": "boolean", "description": "Of telemetry: posts would be taken."},
        },
    ),
    "Capabilities": record(
        {
            "streams": listed(
                record({"signal": SIGNAL, "max_channels": CHANNELS, "max_rate_hz": RATE}),
                MAX_STREAMS,
                1,
            )
        },
        {"features": FEATURES},
        "What the device can send.",
    ),
    "Requirements": record(
        {},
        {
            "streams": listed(
                record({"signal": SIGNAL}, {"min_channels": CHANNELS, "min_rate_hz": RATE}),
                MAX_STREAMS,
            ),
            "features": FEATURES,
        },
        "What the experiment needs; each stream needs one of the device's own.",
    ),
    "ClaimRequest": record({"tenant": TENANT}),
    "Claim": record({"claim": SECRET, "expires_at": TIME}),
    "NonceRequest": record({}),
    "Nonce": record({"nonce": SECRET, "expires_at": TIME}),
    "Registration": record(
        {
            "claim": SECRET,
            "nonce": SECRET,
            "public_key": JWK,
            "signature": SIGNATURE,
            **DESCRIPTION,
        }
    ),
    "Registered": record(
        {
            "device": DEVICE,
            "tenant": TENANT,
            "audience": text("What tokens must be made for.", most=500),
            "thumbprint": THUMBPRINT,
            "key_expires_at": TIME,
        }
    ),
    "Key": record(
        {
            "thumbprint": THUMBPRINT,
            "expires_at": TIME,
            "revoked": {"type": "boolean", "description": "No signature of it counts."},
        }
    ),
    "NewKey": record({"nonce": SECRET, "public_key": JWK, "signature": SIGNATURE}),
    "Device": record(
        {
            "device": DEVICE,
            "tenant": TENANT,
            **DESCRIPTION,
            "status": {"type": "string", "enum": [status.value for status in DeviceStatus]},
            "keys": listed(ref("Key"), 64),
            "enrolled_at": TIME,
            "last_seen_at": TIME,
        }
    ),
    "SessionRequest": record(
        {"subject": SUBJECT, "experiment": text("What is done in it.")},
        {"requirements": ref("Requirements")},
    ),
    "OpenedSession": record(
        {
            "session": SESSION,
            "fencing_token": FENCING,
            "lease_expires_at": TIME,
            "lease_seconds": integer("How long a lease lasts.", 1),
            "telemetry_url": text("To which packets are posted.", most=500),
            "stream_url": {
                "type": ["string", "null"],
                "description": "Of the live stream; null while none is served.",
            },
            "expected_latency_ms": integer(
                "From a post to rows that can be read, 95th percentile."
            ),
            "supported_features": FEATURES,
        }
    ),
    "RenewRequest": record({"fencing_token": FENCING}),
    "Lease": record({"session": SESSION, "fencing_token": FENCING, "lease_expires_at": TIME}),
    "EndRequest": record({"fencing_token": FENCING, "reason": REASON}),
    "Session": record(
        {
            "session": SESSION,
            "tenant": TENANT,
            "subject": SUBJECT,
            "device": DEVICE,
            "experiment": text("What is done in it."),
            "status": {"type": "string", "enum": [status.value for status in SessionStatus]},
            "started_at": TIME,
            "lease_expires_at": TIME,
            "ended_at": {"type": ["string", "null"], "description": "RFC 3339; null while open."},
            "end_reason": text("Empty while open.", most=MAX_REASON, least=0),
            "requirements": ref("Requirements"),
            "streams": listed(
                record({"stream": text("Its name.", most=24), "epoch": integer("Its epoch.")}),
                100_000,
            ),
        }
    ),
    "Sessions": record({"sessions": listed(ref("Session"), 100)}),
    "TelemetryJson": {
        "type": "object",
        "properties": {"packets": listed({"type": "object"}, MAX_POST_PACKETS, 1)},
        "required": ["packets"],
        "additionalProperties": False,
        "description": "Each packet in the canonical JSON of docs/packet.md.",
    },
    "Verdicts": {
        "type": "object",
        "properties": {
            "verdicts": listed(
                record(
                    {
                        "packet": integer("Its place in the post."),
                        "accepted": {"type": "boolean"},
                    },
                    {
                        "reason": {"type": "string", "enum": [code.value for code in Reason]},
                        "detail": text("What would be right.", most=1000),
                    },
                ),
                MAX_POST_PACKETS,
            ),
            "post_interval_ms": integer("How long to wait from one post to the next."),
        },
        "required": ["verdicts", "post_interval_ms"],
    },
}
"""By name; `ref` names another."""
