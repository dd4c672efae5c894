"""Changes of the registry as rows, and what is none as a letter."""

from __future__ import annotations

import json

import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage

from schemas.errors import SchemaError
from schemas.registry_events import RegistryEvent, RegistryEventKind
from transforms.read_registry_events import NOT_A_CHANGE, _parse, part_of

T0_NS = 1_780_000_000_000_000_000
SESSION = RegistryEvent(
    event_id="1" * 32,
    kind=RegistryEventKind.SESSION_ENDED,
    time_ns=T0_NS + 5,
    tenant="clinic01",
    device="cyton00000000001",
    session="0" * 32,
    subject="subject000000001",
    record={
        "experiment": "rest",
        "status": "ended",
        "started_ns": T0_NS,
        "ended_ns": T0_NS + 5,
        "end_reason": "done",
        "requirements": {"streams": []},
    },
)
DEVICE = RegistryEvent(
    event_id="2" * 32,
    kind=RegistryEventKind.DEVICE_ENROLLED,
    time_ns=T0_NS,
    tenant="clinic01",
    device="cyton00000000001",
    record={
        "status": "active",
        **dict.fromkeys(("model", "serial", "firmware", "hardware"), "x"),
        "capabilities": {"streams": [{"signal": "eeg"}]},
    },
)


def row_of(event: RegistryEvent) -> tuple[str, dict]:
    part = part_of(RegistryEvent.from_bytes(event.to_bytes()))
    (row,) = part.rows.to_pylist()
    return part.table, row


def test_a_session_that_ended_is_a_row_without_a_stream():
    table, row = row_of(SESSION)
    assert (table, row["status"], row["stream"]) == ("sessions", "ended", None)
    assert (row["start_ns"], row["end_ns"], row["as_of_ns"]) == (T0_NS, T0_NS + 5, T0_NS + 5)
    assert (row["subject"], row["device"]) == (SESSION.subject, SESSION.device)
    assert (row["experiment"], row["reason"]) == ("rest", "done")
    assert json.loads(row["metadata"]) == {"streams": []}


def test_a_device_is_a_row_without_a_subject():
    table, row = row_of(DEVICE)
    assert (table, row["status"], row["change"]) == ("devices", "active", "device-enrolled")
    assert "subject" not in row
    assert json.loads(row["capabilities"]) == DEVICE.record["capabilities"]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"schema": 1}', SESSION.to_bytes()[:-2]])
def test_what_is_no_change_is_kept_as_it_came(data):
    (found,) = _parse(PubsubMessage(data, {"event_id": "1" * 32}))
    assert found.tag == "refused"
    assert (found.value.data, found.value.reason) == (data, NOT_A_CHANGE)


def test_a_record_without_its_fields_is_refused():
    event = RegistryEvent(**{**SESSION.__dict__, "record": {"status": "ended"}})
    with pytest.raises(SchemaError, match="session-ended"):
        part_of(event)
