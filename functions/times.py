"""Nanoseconds since 1970 as the API writes times."""

from __future__ import annotations

import datetime

SECOND_NS = 1_000_000_000


def rfc3339(time_ns: int) -> str:
    """To the millisecond, rounded down, UTC.

    >>> rfc3339(1_700_000_000_123_456_789)
    '2023-11-14T22:13:20.123Z'
    """
    whole_s, rest_ns = divmod(time_ns, SECOND_NS)
    whole = datetime.datetime.fromtimestamp(whole_s, datetime.UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{rest_ns // 1_000_000:03d}Z"
