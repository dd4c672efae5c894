"""Ids of tenants, subjects, devices and sessions.

Fixed widths and one alphabet: an id needs no escaping in a row key, a path or an SQL string, no
id is the prefix of another, and an authorised view can fence a tenant by its row-key prefix.
"""

from __future__ import annotations

import hashlib
import re
import string

from schemas.errors import SchemaError

TENANT_WIDTH = 8
SUBJECT_WIDTH = 16
DEVICE_WIDTH = 16
SESSION_WIDTH = 32  # 128 bits as lower-case hexadecimal

ALPHABET = string.ascii_lowercase + string.digits
_HEXADECIMAL = "0123456789abcdef"


def check_tenant_id(tenant: str) -> str:
    """The id unchanged, or `SchemaError` with one that would be right."""
    return _check("tenant", tenant, TENANT_WIDTH)


def check_subject_id(subject: str) -> str:
    """The id unchanged, or `SchemaError` with one that would be right."""
    return _check("subject", subject, SUBJECT_WIDTH)


def check_device_id(device: str) -> str:
    """The id unchanged, or `SchemaError` with one that would be right."""
    return _check("device", device, DEVICE_WIDTH)


def check_session_id(session: str) -> str:
    """The id unchanged, or `SchemaError`."""
    if len(session) != SESSION_WIDTH or set(session) - set(_HEXADECIMAL):
        raise SchemaError("session", session, f"{SESSION_WIDTH} characters out of 0-9a-f")
    return session


def session_id_of_file(tenant: str, subject: str, content_sha256: bytes) -> str:
    """The session of a recorded file: the same file gives the same id, on every machine.

    Args:
      content_sha256: SHA-256 of the file's bytes, 32 bytes. The file's name does not count: a
        renamed copy is the same session.

    Returns:
      128 bits as 32 hexadecimal digits. Another tenant or subject gives an unrelated id.
    """
    if len(content_sha256) != 32:
        raise SchemaError("content_sha256", content_sha256, "32 bytes")
    owner = f"{check_tenant_id(tenant)}{check_subject_id(subject)}"  # fixed widths: unambiguous
    return hashlib.sha256(owner.encode() + content_sha256).hexdigest()[:SESSION_WIDTH]


def _check(field: str, found: str, width: int) -> str:
    if len(found) == width and not set(found) - set(ALPHABET):
        return found
    expected = f"{width} characters out of a-z and 0-9, for example {suggest_id(found, width)!r}"
    raise SchemaError(field, found, expected)


def subject_id_of_label(label: str) -> str:
    """The id of a person whom a dataset calls `label`: readable where the label fits.

    Labels of which too little would be left get an id that no other label gets.

    >>> subject_id_of_label("sub-01")
    'sub0000000000001'
    >>> subject_id_of_label("sub-NDARINV003RTV85")
    'subndarib602b00f'
    """
    plain = "".join(character for character in label.lower() if character in ALPHABET)
    if len(plain) <= SUBJECT_WIDTH and plain == label.lower().replace("-", "", 1):
        return suggest_id(label, SUBJECT_WIDTH)
    half = SUBJECT_WIDTH // 2
    return suggest_id(plain[:half], half) + hashlib.sha256(label.encode()).hexdigest()[:half]


def suggest_id(wish: str, width: int) -> str:
    """A valid id that resembles `wish`: its letters and digits, cut or filled with zeros.

    >>> suggest_id("Sub-01", 16)
    'sub0000000000001'
    >>> suggest_id("University Hospital", 8)
    'universi'
    """
    plain = "".join(character for character in wish.lower() if character in ALPHABET)
    if len(plain) >= width:
        return plain[:width]
    stem, number = re.fullmatch(r"(.*?)([0-9]*)", plain).groups()  # type: ignore[union-attr]
    return stem + number.rjust(width - len(stem), "0")
