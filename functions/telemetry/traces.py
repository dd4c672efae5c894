"""The W3C trace context of a post: taken over where it is valid, else begun."""

from __future__ import annotations

import re
import secrets

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent_of(header: str | None) -> str:
    """The header if it is a valid `traceparent`, else a new one that is not sampled.

    >>> traceparent_of("00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01'
    >>> traceparent_of("00-" + "0" * 32 + "-" + "b" * 16 + "-01")[-3:]
    '-00'
    """
    if header is not None and _VALID.fullmatch(header):
        return header
    while True:
        random = secrets.token_hex(24)
        made = f"00-{random[:32]}-{random[32:]}-00"
        if _VALID.fullmatch(made):  # all zeros are not valid
            return made


def trace_id(traceparent: str) -> str:
    """The 32 hexadecimal digits that all of a trace's spans share."""
    return traceparent[3:35]
