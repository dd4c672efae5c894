"""Changes of the registry as rows of `devices` and `sessions`."""

from __future__ import annotations

import json
from typing import Any

from schemas.registry_events import RegistryEvent, RegistryEventKind
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part

_STATUS = {
    RegistryEventKind.SESSION_OPENED: "open",
    RegistryEventKind.SESSION_ENDED: "ended",
    RegistryEventKind.SESSION_EXPIRED: "expired",
}


def registry_part(event: RegistryEvent) -> TablePart:
    """The row that a change makes; the same change, told again, makes the same row."""
    return _session_part(event) if event.kind.is_of_session else _device_part(event)


def _session_part(event: RegistryEvent) -> TablePart:
    record = event.record
    identity = RowIdentity(event.tenant, event.subject, event.session)
    row = {
        "start_ns": record["started_ns"],
        "end_ns": record.get("ended_ns") or None,
        "device": event.device,
        "experiment": record.get("experiment"),
        "status": _STATUS[event.kind],
        "reason": record.get("end_reason") or None,
        "metadata": _json(record.get("requirements")),
        "as_of_ns": event.time_ns,
        "channels": [],
    }
    columns = {name: [value] for name, value in row.items()}
    return make_part("sessions", f"registry/{event.event_id}.parquet", identity, 1, columns)


def _device_part(event: RegistryEvent) -> TablePart:
    record = event.record
    row = {
        "device": event.device,
        "start_ns": event.time_ns,
        "as_of_ns": event.time_ns,
        "status": record.get("status") or "active",
        "change": event.kind.value,
        **{name: record.get(name) for name in ("model", "serial", "firmware", "hardware")},
        "capabilities": _json(record.get("capabilities")),
    }
    columns = {name: [value] for name, value in row.items()}
    of_no_subject = RowIdentity(event.tenant, "", None)  # the table has no such columns
    return make_part("devices", f"registry/{event.event_id}.parquet", of_no_subject, 1, columns)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True)
