"""Rows of the registry's table: devices, sessions, claims and what may be used once."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from schemas.bigtable_tables import BigtableTable
from schemas.errors import SchemaError
from schemas.ids import check_device_id, check_session_id, check_subject_id, check_tenant_id
from schemas.packet import MAX_EPOCH, check_count, check_stream

ROW_FAMILY = "row"
STREAM_FAMILY = "stream"
INDEX_FAMILY = "index"
ONCE_FAMILY = "once"
ONCE_DAYS = 7
REGISTRY = BigtableTable(
    "registry",
    (ROW_FAMILY, STREAM_FAMILY, INDEX_FAMILY, ONCE_FAMILY),
    deleted_after_days=((ONCE_FAMILY, ONCE_DAYS),),
)
_ONCE = (b"claim#", b"nonce#", b"idempotency#")
OPEN_SESSIONS_PREFIX = b"open#"

CONTENT_COLUMN = b"content"
VERSION_COLUMN = b"version"  # of the row, with a mark of who wrote it: changes are compared on it
STATUS_COLUMN = b"status"  # of a session, to be asked without reading its content

CONTENT_SCHEMA = 1
_OPERATOR = re.compile(r"[0-9a-f]{64}")


def family_of(row_key: bytes) -> str:
    """Where a row's content stands: what is used once is deleted by age."""
    return ONCE_FAMILY if row_key.startswith(_ONCE) else ROW_FAMILY


def open_session_row(session: str) -> bytes:
    """The row that there is while a session's end is still to be told."""
    return OPEN_SESSIONS_PREFIX + check_session_id(session).encode()


def device_row(device: str) -> bytes:
    """Of a device."""
    return f"device#{check_device_id(device)}".encode()


def session_row(session: str) -> bytes:
    """Of a session."""
    return f"session#{check_session_id(session)}".encode()


def claim_row(claim: str) -> bytes:
    """Of a claim, which is not kept: whoever reads the table cannot enrol with it."""
    return f"claim#{_sha256('claim', claim)}".encode()


def nonce_row(nonce: str) -> bytes:
    """Of a nonce, which is not kept either."""
    return f"nonce#{_sha256('nonce', nonce)}".encode()


def idempotency_row(device: str, key: str) -> bytes:
    """Of an opening that a device may repeat: the keys of two devices are never the same."""
    return f"idempotency#{check_device_id(device)}#{_sha256('idempotency', key)}".encode()


def operator_row(tenant: str, operator: str) -> bytes:
    """Of what an operator may do in a tenant."""
    if not _OPERATOR.fullmatch(operator):
        raise SchemaError("operator", operator, "SHA-256 as hexadecimal digits")
    return f"operator#{check_tenant_id(tenant)}#{operator}".encode()


def operator_id(issuer: str, subject: str) -> str:
    """An operator as the registry knows them: SHA-256 of who says so and whom they name."""
    return _sha256("operator", issuer, subject)


def subject_sessions_prefix(tenant: str, subject: str) -> bytes:
    """Of the index rows of a subject's sessions, newest first."""
    return f"of-subject#{check_tenant_id(tenant)}#{check_subject_id(subject)}#".encode()


def device_sessions_prefix(tenant: str, device: str) -> bytes:
    """Of the index rows of a device's sessions, newest first."""
    return f"of-device#{check_tenant_id(tenant)}#{check_device_id(device)}#".encode()


def index_row(prefix: bytes, started_ns: int, session: str) -> bytes:
    """The index row of a session that began at a time."""
    newest_first = 10**19 - 1 - started_ns
    return prefix + f"{newest_first:019d}#{check_session_id(session)}".encode()


def session_of_index_row(row_key: bytes) -> str:
    """Undoes `index_row`."""
    return check_session_id(row_key.decode().rpartition("#")[2])


def stream_column(stream: str, epoch: int) -> bytes:
    """The column of a session's row that says that a stream's epoch was begun.

    >>> stream_column("eeg0", 2)
    b'eeg0#000002'
    """
    check_stream(stream)
    check_count("epoch", epoch, MAX_EPOCH)
    return f"{stream}#{epoch:06d}".encode()


def stream_of_column(qualifier: bytes) -> tuple[str, int]:
    """Undoes `stream_column`."""
    stream, _, epoch = qualifier.decode().rpartition("#")
    return stream, int(epoch)


def encode_content(fields: dict[str, Any]) -> bytes:
    """JSON with the version of its form; the same fields give the same bytes."""
    found = {"schema": CONTENT_SCHEMA, **fields}
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def decode_content(content: bytes) -> dict[str, Any]:
    """Undoes `encode_content`.

    Raises:
      SchemaError: written by code newer than this.
    """
    fields: dict[str, Any] = json.loads(content)
    schema = fields.pop("schema", None)
    if schema != CONTENT_SCHEMA:
        raise SchemaError("schema", schema, f"{CONTENT_SCHEMA}; update this code")
    return fields


def _sha256(*texts: str) -> str:
    """Of texts with their lengths, so that no two lists of them join to the same."""
    joined = b"".join(len(text.encode()).to_bytes(4, "big") + text.encode() for text in texts)
    return hashlib.sha256(joined).hexdigest()
