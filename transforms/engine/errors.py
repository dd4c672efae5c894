"""What the engine refuses, and why."""

from __future__ import annotations


class EngineError(ValueError):
    """Something the engine was given is not usable: what it was, and what would be right."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)  # all of them, or it cannot be unpickled
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


class SpecError(EngineError):
    """A stream that cannot exist: refused before any sample is seen."""


class SamplesError(EngineError):
    """A push that cannot be taken. The engine is left exactly as it was before the push."""


class JumpError(SamplesError):
    """Samples more than an hour ahead of the stream: a new epoch, not a gap."""


class SnapshotError(EngineError):
    """Bytes that are no snapshot of this stream under these parameters."""
