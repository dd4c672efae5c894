"""The views that are more than a table, and what tables weigh, as Markdown."""

from __future__ import annotations

from docs.markdown import code, table
from transforms.deploy_bigquery import VIEWS
from transforms.table_part import TABLES

MB_AN_HOUR = {"features_log": 91.1, "features_1s": 5.2, "events": 0.03}
"""Megabytes of an hour, 8 channels at 250 Hz: tests/schemas/test_logical_bytes.py measures them."""


def research_views() -> str:
    """Name and description of the views that no table has."""
    rows = [(code(v.name), v.description) for v in VIEWS.values() if v.name not in TABLES]
    return table(("view", "description"), rows)


def bytes_an_hour() -> str:
    """What each table takes."""
    rows = [(code(name), f"{megabytes:g} MB") for name, megabytes in MB_AN_HOUR.items()]
    return table(("table", "an hour of a device"), rows)
