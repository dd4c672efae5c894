"""Views that researchers read: every table with each row once, and questions asked often.

The SQL of the latter, and of what is more than each row once, is in sql/: a file is a view, its
comment the description. `${log}` and `${research}` are the datasets, with their project.
"""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from schemas.columns import Mode
from schemas.table_definition import Table

_SQL = Path(__file__).parent / "sql"
_QUESTIONS = (
    "session_list",
    "daily_statistics",
    "sample_accounts",
    "quality_alerts",
    "latency_waterfall",
)
"""In this order: a view needs those that it reads."""

_ONCE = " Each row once, from its highest revision."


@dataclasses.dataclass(frozen=True)
class View:
    """One view.

    Attributes:
      sql: with `${log}` and `${research}` for the datasets.
    """

    name: str
    description: str
    sql: str

    def query(self, log: str, research: str) -> str:
        """The SQL for two datasets, each `project.dataset`."""
        return string.Template(self.sql).substitute(log=log, research=research)

    def bigquery_table(self, log: str, research: str) -> dict[str, Any]:
        """What BigQuery's `tables.insert` needs besides the reference of the view."""
        query = self.query(log, research)
        return {
            "description": self.description,
            "view": {"query": query, "useLegacySql": False},
        }


def all_views(tables: Iterable[Table]) -> dict[str, View]:
    """Every view by name: those of the tables first, each in front of those that read it."""
    views = [_view_of(table) for table in tables]
    views += [_view_in_file(name) for name in _QUESTIONS]
    return {view.name: view for view in views}


def _view_of(table: Table) -> View:
    if (_SQL / f"{table.name}.sql").exists():
        return _view_in_file(table.name)
    arrays = {column.name for column in table.columns if column.mode is Mode.REPEATED}
    key = [f"TO_JSON_STRING({name})" if name in arrays else name for name in table.key]
    newest = [f"{name} DESC" for name in ("revision", *table.newest)]
    newest.append("ingested_at ASC" if table.first_counts else "ingested_at DESC")
    sql = (
        f"SELECT *\nFROM `${{log}}.{table.table_id}`\nWHERE TRUE\n"
        f"QUALIFY ROW_NUMBER() OVER (\n  PARTITION BY {', '.join(key)}\n"
        f"  ORDER BY {', '.join(newest)}) = 1\n"
    )
    return View(table.name, table.description + _ONCE, sql)


def _view_in_file(name: str) -> View:
    lines = (_SQL / f"{name}.sql").read_text().splitlines()
    comment = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    sql = "\n".join(line for line in lines if not line.startswith("-- "))
    return View(name, " ".join(comment), sql + "\n")
