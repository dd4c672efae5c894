"""Logs as Cloud Logging reads them: one JSON object a line, and nothing that names a person.

What is logged is chosen field by field. Of an exception its type and where it was raised are
written, never its message, which may quote what was posted.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

_SEVERITIES = {logging.DEBUG: "DEBUG", logging.INFO: "INFO", logging.WARNING: "WARNING"}
_SAME_PLACE = 3  # frames told of an exception


class JsonFormatter(logging.Formatter):
    """A record as one line; `extra={"fields": {...}}` are members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        members: dict[str, Any] = {
            "severity": _SEVERITIES.get(record.levelno, "ERROR"),
            "logger": record.name,
            "message": record.getMessage(),
        }
        members |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            members["exception"] = where_raised(record.exc_info[1])
        return json.dumps(members, default=str)


def where_raised(error: BaseException) -> str:
    """An exception's type and the frames that it came from, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-_SAME_PLACE:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__} at {' > '.join(places)}"


def log_json(level: int = logging.INFO) -> None:
    """Makes every logger of this process write such lines to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
