"""What a boundary refuses, and why."""

from __future__ import annotations


class SchemaError(ValueError):
    """A value that may not cross a boundary: what it was, and what would be right."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)  # all of them, or it cannot be unpickled
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


class PacketError(SchemaError):
    """A packet that cannot exist, or bytes that are none."""


class ArchiveError(SchemaError):
    """A file that is no part of an archive, or a record that may not be stored in one."""


class CellError(SchemaError):
    """A cell's content that is none, or numbers that no cell can hold."""
