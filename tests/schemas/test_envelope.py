from __future__ import annotations

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Envelope, EnvelopeKind
from schemas.errors import PacketError

GOOD = Envelope(
    kind=EnvelopeKind.SAMPLES,
    tenant="clinic01",
    subject="subject000000001",
    session="0123456789abcdef" * 2,
    stream="eeg0",
    epoch=2,
    sequence=7,
    event_time_ms=1_700_000_000_123,
    received_ns=1_700_000_000_456_000_000,
    delivery="f" * 32,
    sealed=b"sealed bytes",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


def test_attributes_and_back_is_the_same_envelope():
    assert Envelope.from_attributes(GOOD.attributes(), GOOD.sealed) == GOOD


def test_pubsubs_time_is_kept_beside_the_attributes():
    found = Envelope.from_attributes(GOOD.attributes(), GOOD.sealed, published_ns=5)
    assert found == dataclasses.replace(GOOD, published_ns=5)


@pytest.mark.parametrize("kind", EnvelopeKind)
def test_bytes_and_back_is_the_same_envelope(kind):
    sealed = b"" if kind is EnvelopeKind.END else b"s"
    envelope = dataclasses.replace(GOOD, kind=kind, sealed=sealed)
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


def test_attributes_fit_what_pubsub_takes():
    attributes = GOOD.attributes()
    assert len(attributes) <= 100
    assert all(len(value.encode()) <= 1024 for value in attributes.values())


def test_nothing_sealed_is_in_the_repr():
    assert "sealed" not in repr(GOOD)


@pytest.mark.parametrize("missing", ["tenant", "sequence", "kind", "delivery"])
def test_a_missing_attribute_is_named(missing):
    attributes = GOOD.attributes()
    del attributes[missing]
    with pytest.raises(PacketError, match=missing):
        Envelope.from_attributes(attributes, GOOD.sealed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "Clinic"),
        ("subject", "s"),
        ("session", "x" * 32),
        ("stream", "EEG 0"),
        ("epoch", -1),
        ("sequence", 2**63),
        ("event_time_ms", 2**62),
        ("received_ns", -1),
        ("delivery", "f"),
        ("traceparent", "x"),
        ("kind", 9),
        ("sealed", b""),
    ],
)
def test_what_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(PacketError, match=field):
        dataclasses.replace(GOOD, **{field: value})


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_our_refusal(wire):
    with contextlib.suppress(PacketError):
        Envelope.from_bytes(wire)


@given(st.dictionaries(st.sampled_from(sorted(GOOD.attributes())), st.text(max_size=40)))
def test_any_attributes_are_an_envelope_or_our_refusal(changed):
    with contextlib.suppress(PacketError):
        Envelope.from_attributes(GOOD.attributes() | changed, b"s")
