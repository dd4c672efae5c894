"""What the sessions API shows of a session."""

from __future__ import annotations

from typing import Any

from functions.settings import FunctionSettings
from functions.times import SECOND_NS, rfc3339
from schemas.registrations import LEASE_SECONDS, Session

SUPPORTED_FEATURES = ("events", "gzip", "json", "store_and_forward")
"""What any device may rely on here, in the words of capabilities."""


def session_view(session: Session) -> dict[str, Any]:
    """Of the schema `Session`: no fencing token, which is its opener's alone."""
    return {
        "session": session.session,
        "tenant": session.tenant,
        "subject": session.subject,
        "device": session.device,
        "experiment": session.experiment,
        "status": session.status.value,
        "started_at": rfc3339(session.started_ns),
        "lease_expires_at": rfc3339(session.lease_until_ns),
        "ended_at": rfc3339(session.ended_ns) if session.ended_ns else None,
        "end_reason": session.end_reason,
        "requirements": session.requirements.to_json(),
        "streams": [{"stream": stream, "epoch": epoch} for stream, epoch in session.streams],
    }


def opened_view(session: Session, settings: FunctionSettings) -> dict[str, Any]:
    """Of the schema `OpenedSession`; the same whenever the opening is repeated."""
    return {
        "session": session.session,
        "fencing_token": session.fencing_token,
        "lease_expires_at": rfc3339(session.started_ns + LEASE_SECONDS * SECOND_NS),
        "lease_seconds": LEASE_SECONDS,
        "telemetry_url": settings.telemetry_url,
        "stream_url": None,
        "expected_latency_ms": settings.expected_latency_ms,
        "supported_features": list(SUPPORTED_FEATURES),
    }


def lease_view(session: Session) -> dict[str, Any]:
    """Of the schema `Lease`."""
    return {
        "session": session.session,
        "fencing_token": session.fencing_token,
        "lease_expires_at": rfc3339(session.lease_until_ns),
    }
