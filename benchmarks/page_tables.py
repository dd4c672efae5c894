"""Markdown of tables and numbers."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [" | ".join(head), "---" + " | ---:" * (len(head) - 1)]
    return "\n".join(f"| {line} |" for line in lines + [" | ".join(row) for row in rows])


def number(value: float) -> str:
    """Three digits, or whole where there are more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
