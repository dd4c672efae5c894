from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.registry_rows import (
    claim_row,
    decode_content,
    device_row,
    device_sessions_prefix,
    encode_content,
    idempotency_row,
    index_row,
    nonce_row,
    operator_id,
    operator_row,
    session_of_index_row,
    session_row,
    stream_column,
    stream_of_column,
    subject_sessions_prefix,
)

TENANT, SUBJECT, DEVICE, SESSION = "clinic01", "s" * 16, "d" * 16, "0" * 32
PREFIXES = st.sampled_from(
    [subject_sessions_prefix(TENANT, SUBJECT), device_sessions_prefix(TENANT, DEVICE)]
)


@given(PREFIXES, st.integers(0, 2**62), st.integers(0, 2**62))
def test_an_index_is_newest_first(prefix, one_ns, other_ns):
    rows = sorted(index_row(prefix, time_ns, SESSION) for time_ns in {one_ns, other_ns})
    assert rows == [
        index_row(prefix, time_ns, SESSION) for time_ns in sorted({one_ns, other_ns}, reverse=True)
    ]
    assert {session_of_index_row(row) for row in rows} == {SESSION}


@given(st.from_regex(r"[a-z0-9]{1,24}", fullmatch=True), st.integers(0, 999_999))
def test_a_stream_and_its_epoch_go_through_a_column(stream, epoch):
    assert stream_of_column(stream_column(stream, epoch)) == (stream, epoch)


def test_rows_of_all_kinds_differ_whatever_is_in_them():
    rows = [
        device_row(DEVICE),
        session_row(SESSION),
        claim_row("x"),
        nonce_row("x"),
        idempotency_row(DEVICE, "x"),
        operator_row(TENANT, operator_id("x", "x")),
        index_row(subject_sessions_prefix(TENANT, SUBJECT), 0, SESSION),
        index_row(device_sessions_prefix(TENANT, DEVICE), 0, SESSION),
    ]
    assert len({row.partition(b"#")[0] for row in rows}) == len(rows)


def test_what_is_secret_is_not_in_its_row():
    secret = "claim-of-somebody"
    for row in (claim_row(secret), nonce_row(secret), idempotency_row(DEVICE, secret)):
        assert secret.encode() not in row
    assert claim_row(secret).partition(b"#")[2] != nonce_row(secret).partition(b"#")[2]


def test_operators_of_two_providers_are_two():
    assert operator_id("https://a", "b") != operator_id("https://", "ab")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (device_row, "d" * 15 + "#"),
        (session_row, "0" * 31 + "\n"),
        (lambda operator: operator_row(TENANT, operator), "a" * 63 + "#"),
        (lambda subject: subject_sessions_prefix(TENANT, subject), "#" * 16),
        (lambda stream: stream_column(stream, 0), "eeg#0"),
    ],
)
def test_no_row_key_can_be_broken_out_of(row, wrong):
    with pytest.raises(SchemaError):
        row(wrong)


def test_content_of_a_newer_form_is_refused():
    assert decode_content(encode_content({"a": 1})) == {"a": 1}
    with pytest.raises(SchemaError):
        decode_content(b'{"schema": 2, "a": 1}')
