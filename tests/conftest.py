"""What tests of several folders share, once a process."""

from __future__ import annotations

from tests.bigquery_tables import bigquery as bigquery
