from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.ids import (
    SUBJECT_WIDTH,
    TENANT_WIDTH,
    check_device_id,
    check_session_id,
    check_subject_id,
    check_tenant_id,
    session_id_of_file,
    suggest_id,
)

CONTENT = hashlib.sha256(b"recording").digest()


def test_ids_of_the_right_width_and_alphabet_are_taken_unchanged():
    assert check_tenant_id("clinic01") == "clinic01"
    assert check_subject_id("a" * 16) == "a" * 16
    assert check_device_id("0123456789abcdef") == "0123456789abcdef"


@pytest.mark.parametrize(
    "tenant", ["", "clinic", "clinic012", "Clinic01", "clinic-1", "klini\u00e41"]
)
def test_any_other_tenant_is_refused_with_one_that_would_be_right(tenant):
    with pytest.raises(SchemaError) as refused:
        check_tenant_id(tenant)
    assert refused.value.field == "tenant"
    suggestion = suggest_id(tenant, TENANT_WIDTH)
    assert repr(suggestion) in str(refused.value)
    assert check_tenant_id(suggestion) == suggestion


@given(st.text(max_size=40), st.sampled_from([TENANT_WIDTH, SUBJECT_WIDTH]))
def test_every_suggestion_would_be_taken(wish, width):
    suggestion = suggest_id(wish, width)
    check = check_tenant_id if width == TENANT_WIDTH else check_subject_id
    assert check(suggestion) == suggestion


def test_a_suggestion_keeps_numbers_apart():
    assert suggest_id("S1", 8) == "s0000001"
    assert suggest_id("S11", 8) == "s0000011"


def test_a_session_follows_from_owner_and_content():
    session = session_id_of_file("clinic01", "a" * 16, CONTENT)
    assert check_session_id(session) == session
    assert session == session_id_of_file("clinic01", "a" * 16, CONTENT)
    others = {
        session_id_of_file("clinic02", "a" * 16, CONTENT),
        session_id_of_file("clinic01", "b" * 16, CONTENT),
        session_id_of_file("clinic01", "a" * 16, hashlib.sha256(b"other").digest()),
    }
    assert len(others | {session}) == 4


def test_a_session_of_an_unchecked_owner_is_refused():
    with pytest.raises(SchemaError, match="tenant"):
        session_id_of_file("clinic", "a" * 16, CONTENT)
    with pytest.raises(SchemaError, match="content_sha256"):
        session_id_of_file("clinic01", "a" * 16, b"short")


@pytest.mark.parametrize("session", ["", "0" * 31, "0" * 33, "g" * 32, "A" * 32])
def test_other_session_ids_are_refused(session):
    with pytest.raises(SchemaError, match="session"):
        check_session_id(session)
