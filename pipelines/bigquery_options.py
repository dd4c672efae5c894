"""Options of BigQuery: where the tables are, and by which way each is written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from pipelines.store_options import is_dataflow
from schemas.errors import SchemaError
from transforms.bigquery_address import (
    LOG_DATASET,
    LOOPBACK_VARIABLE,
    STORAGE_LOOPBACK_VARIABLE,
    BigQueryAddress,
)
from transforms.write_bigquery import BigQuerySettings, WriteMethod

_LOADS_A_DAY = 1_500  # of a table, by BigQuery's quota
_SHORTEST_PERIOD_S = 60
_METHODS = tuple(method.value for method in WriteMethod)


def add_bigquery_options(add: Callable[..., object]) -> None:
    """All of them; without --bigquery-project tables are Parquet files only."""
    add_address_options(add)
    add(
        "--bigquery-rows",
        metavar="METHOD",
        choices=_METHODS,
        help="how features_1s, events and the small tables are written: storage_write (within a"
        " second), streaming_inserts (the same by the older API, which drops most repeats),"
        " load_jobs (every few minutes, free of charge), files (Parquet, no BigQuery) or none (by"
        " default storage_write; files without --bigquery-project)",
    )
    add(
        "--bigquery-features",
        metavar="METHOD",
        choices=_METHODS,
        help="the same for features_log, a row a window (by default load_jobs; files without"
        " --bigquery-project)",
    )
    add(
        "--bigquery-load-seconds",
        metavar="SECONDS",
        type=int,
        default=300,
        help="between two load jobs of a table (%(default)s); BigQuery takes"
        f" {_LOADS_A_DAY:,} a table and day",
    )


def add_address_options(add: Callable[..., object]) -> None:
    """Where the tables are."""
    add("--bigquery-project", metavar="PROJECT", help="of the dataset below")
    add(
        "--bigquery-dataset",
        metavar="DATASET",
        default=LOG_DATASET,
        help="that holds the tables, made by Terraform (%(default)s)",
    )
    for name, variable, what in (
        ("--bigquery-loopback-address", LOOPBACK_VARIABLE, "an emulator on this machine"),
        ("--bigquery-storage-loopback-address", STORAGE_LOOPBACK_VARIABLE, "its Storage API"),
    ):
        add(
            name,
            metavar="HOST:PORT",
            default=os.environ.get(variable, "").removeprefix("http://"),
            help=f"of {what}, in the place of BigQuery (by default what {variable} says)",
        )


def bigquery_settings(known: argparse.Namespace, folder: str, runner: str) -> BigQuerySettings:
    """Where tables go.

    Args:
      folder: for files, and for what load jobs will load.

    Raises:
      SchemaError: options that do not belong together, or cannot be right.
    """
    address = bigquery_address(known, runner)
    default = (WriteMethod.STORAGE_WRITE, WriteMethod.LOAD_JOBS) if address else ("files", "files")
    rows = WriteMethod(known.bigquery_rows or default[0])
    logs = WriteMethod(known.bigquery_features or default[1])
    if known.bigquery_load_seconds < _SHORTEST_PERIOD_S and not known.bigquery_loopback_address:
        expected = f"{_SHORTEST_PERIOD_S} or more: {_LOADS_A_DAY:,} load jobs a table and day"
        raise SchemaError("bigquery-load-seconds", known.bigquery_load_seconds, expected)
    if is_dataflow(runner) and WriteMethod.LOAD_JOBS in (rows, logs) and "://" not in folder:
        raise SchemaError("folder", folder, "one in gs://, from which BigQuery can load")
    return BigQuerySettings(address, rows, logs, folder, known.bigquery_load_seconds)


def bigquery_address(known: argparse.Namespace, runner: str) -> BigQueryAddress | None:
    """Where the tables are, or None without --bigquery-project.

    Raises:
      SchemaError: an emulator that the runner's workers do not reach.
    """
    if not known.bigquery_project:
        return None
    if known.bigquery_loopback_address and is_dataflow(runner):
        expected = "none: workers of Dataflow reach no emulator on this machine"
        raise SchemaError("bigquery-loopback-address", known.bigquery_loopback_address, expected)
    return BigQueryAddress(
        known.bigquery_project,
        log_dataset=known.bigquery_dataset,
        loopback_address=known.bigquery_loopback_address,
        storage_loopback_address=known.bigquery_storage_loopback_address,
    )
