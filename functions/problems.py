"""Problem details (RFC 9457): what every function answers when it refuses or cannot."""

from __future__ import annotations

import http
import json
import math
from typing import Any

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:neural-engine:problem:"
MAX_DETAIL = 400  # characters: what a caller sent may be echoed, but not at its full length


class ProblemError(Exception):
    """A request that is not served: the status, a stable code, and what would be right.

    Args:
      status: of HTTP, 400 to 599.
      code: stable, kebab-case; the end of `type`.
      detail: says what was found and what is expected; never a secret.
      field: of the body, a header or a parameter, where one is to blame.
      retry_after_s: when to come back; whole seconds are sent, rounded up.
      more: further members of the answer, for instance verdicts.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str = "",
        retry_after_s: float | None = None,
        more: dict[str, Any] | None = None,
    ):
        super().__init__(status, code, detail)
        self.status, self.code, self.detail, self.field = status, code, detail, field
        self.retry_after_s, self.more = retry_after_s, more or {}

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"

    def to_json(self) -> bytes:
        """The body of the answer.

        >>> ProblemError(413, "body-too-large", "9 bytes; expected at most 8").to_json().decode()
        ... # doctest: +NORMALIZE_WHITESPACE
        '{"type": "urn:neural-engine:problem:body-too-large", "title": "Body too large",
          "status": 413, "detail": "9 bytes; expected at most 8"}'
        """
        members = {
            "type": TYPE_PREFIX + self.code,
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail[:MAX_DETAIL],
        }
        if self.field:
            members["field"] = self.field
        return json.dumps(members | self.more).encode()

    def headers(self) -> dict[str, str]:
        """Of the answer; 401 names the scheme, as HTTP asks."""
        found = {"content-type": CONTENT_TYPE, "cache-control": "no-store"}
        if self.retry_after_s is not None:
            found["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))
        if self.status == http.HTTPStatus.UNAUTHORIZED:
            found["www-authenticate"] = "Bearer"
        return found
