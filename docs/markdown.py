"""Markdown that reads well as text too."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; `|` inside a cell is escaped."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(_cell(cell) for cell in cells) + " |" for cells in lines)


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
