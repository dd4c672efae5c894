"""The tables and JSON files of a BIDS dataset, as far as they make sense."""

from __future__ import annotations

import json
import os
from typing import Any

Row = dict[str, str]
"""Column to value; "n/a" is the empty string."""

MAX_SIDECAR_BYTES = 64 << 20


def read_tsv(path: str) -> tuple[Row, ...]:
    """Rows of a table whose first line names the columns.

    Raises:
      ValueError: too large, or no such table.
    """
    lines = [line for line in _read(path).splitlines() if line.strip()]
    if not lines:
        return ()
    columns = [column.strip() for column in lines[0].split("\t")]
    rows = []
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        rows.append(
            {
                column: "" if cell.lower() == "n/a" else cell
                for column, cell in zip(columns, cells, strict=False)
            }
        )
    return tuple(rows)


def read_json(path: str) -> dict[str, Any]:
    """An object.

    Raises:
      ValueError: too large, or none.
    """
    try:
        content = json.loads(_read(path))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("no JSON object")
    return content


def _read(path: str) -> str:
    size = os.path.getsize(path)
    if size > MAX_SIDECAR_BYTES:
        raise ValueError(f"{size} bytes; expected {MAX_SIDECAR_BYTES} at most")
    with open(path, encoding="utf-8-sig") as file:
        return file.read()
