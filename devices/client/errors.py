"""What the client refuses, and what the other side said."""

from __future__ import annotations


class ClientError(ValueError):
    """Something that the caller has to mend: what it was, and what would be right."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)  # all of them, or it cannot be unpickled
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


class StoreFullError(ClientError):
    """There is no room for a packet; nothing of it was stored."""


class FolderInUseError(ClientError):
    """Another process works in the device's folder."""


class UnreachableError(Exception):
    """No answer: whether the server has acted is not known."""


class RequestRefusedError(Exception):
    """An answer other than success, as the problem details (RFC 9457) say it."""

    def __init__(self, status: int, kind: str, detail: str):
        super().__init__(status, kind, detail)
        self.status, self.kind, self.detail = status, kind, detail

    def __str__(self) -> str:
        return f"{self.status} {self.kind}: {self.detail}"
