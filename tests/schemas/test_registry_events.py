from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.registry_events import (
    MAX_EVENT_BYTES,
    RegistryEvent,
    RegistryEventKind,
    event_id_of,
)

EVENT = RegistryEvent(
    event_id="0" * 32,
    kind=RegistryEventKind.SESSION_OPENED,
    time_ns=1_700_000_000_123_456_789,
    tenant="clinic01",
    device="device0000000001",
    session="0" * 32,
    subject="subject000000001",
    record={"status": "open"},
)


def test_a_change_goes_through_bytes_to_the_nanosecond():
    assert RegistryEvent.from_bytes(EVENT.to_bytes()) == EVENT


def test_ids_of_changes_differ_and_repeat():
    ids = [event_id_of(kind, *of) for kind in RegistryEventKind for of in [("a",), ("a", "b")]]
    assert len(set(ids)) == len(ids)
    assert ids == [event_id_of(k, *of) for k in RegistryEventKind for of in [("a",), ("a", "b")]]


FIELDS = json.loads(EVENT.to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"kind": "session-lost"},
        {"tenant": "Clinic-1"},
        {"tenant": 8},
        {"session": ""},
        {"time_ns": 1.5},
        {"time_ns": True},
        {"record": []},
        {"more": 1},
    ],
)
def test_what_cannot_be_is_refused(change):
    with pytest.raises(SchemaError):
        RegistryEvent.from_bytes(json.dumps(FIELDS | change).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_our_error(data):
    with pytest.raises(SchemaError):
        RegistryEvent.from_bytes(data)


@pytest.mark.parametrize("data", [b"[" * 50_000, b" " * (MAX_EVENT_BYTES + 1), b"null", b"7"])
def test_bombs_are_our_error(data):
    with pytest.raises(SchemaError):
        RegistryEvent.from_bytes(data)
