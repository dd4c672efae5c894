"""The tables of schemas/tables.py, and the grid's worked example, as Markdown."""

from __future__ import annotations

import dataclasses
import inspect
import re

import numpy as np

from docs.markdown import code, table
from schemas.columns import Column, Mode
from schemas.event_kinds import ARRIVAL_KINDS, STREAM_KINDS, WARNING_KINDS
from schemas.table_definition import INGESTED_AT, Table
from schemas.tables import all_tables
from transforms.engine import FEATURES, SignalEngine, StreamSpec
from transforms.recordings.errors import Reason
from transforms.row_identity import RowIdentity

_HEAD = ("column", "type", "mode", "description")
_SHARED = (
    *(field.name for field in dataclasses.fields(RowIdentity)),
    "start_time",
    "start_ns",
    INGESTED_AT.name,
)
"""Columns that are described once."""

_CATEGORIES = (("stream", STREAM_KINDS), ("arrival", ARRIVAL_KINDS), ("warning", WARNING_KINDS))


def tables() -> dict[str, Table]:
    """Every table by name, with the engine's features as columns."""
    return all_tables([(feature.name, feature.description) for feature in FEATURES])


def all_columns() -> str:
    """The columns of every row once, then a section a table with its own."""
    every = tables().values()
    first, *_ = every
    rows = [row for column in first.columns if column.name in _SHARED for row in _rows(column)]
    shared = f"### Columns of every table\n\n{table(_HEAD, rows)}"
    return "\n\n".join([shared, *(_section(one) for one in every)])


def event_kinds() -> str:
    """Kinds of events besides the flags."""
    rows = [
        (category, code(kind), text)
        for category, kinds in _CATEGORIES
        for kind, text in kinds.items()
    ]
    return table(("category", "kind", "meaning"), rows)


def refusal_reasons() -> str:
    """Reason codes of dead letters; their meaning stands as comments beside them."""
    meaning = dict(re.findall(r"^    (\w+) = .*?# (.*)$", inspect.getsource(Reason), re.MULTILINE))
    rows = [(code(reason.value), meaning[reason.name]) for reason in Reason]
    return table(("reason", "meaning"), rows)


def grid_example() -> str:
    """The first windows of a stream at 250 Hz, from the engine itself."""
    spec = StreamSpec("eeg", 250, ["Cz"], start_ns=0)
    windows = SignalEngine(spec).push(0, np.zeros((50, 1)))
    rows, first = [], 0
    for index, start_ns, n in zip(
        windows.index.tolist(), windows.start_ns.tolist(), windows.n_samples.tolist(), strict=True
    ):
        start_ms = start_ns // 1_000_000
        samples = f"{first} to {first + n - 1}"
        rows.append((str(index), f"{start_ms} to {start_ms + 50} ms", samples, str(n)))
        first += n
    return table(("window", "holds the times", "samples", "`n_samples`"), rows)


def _section(one: Table) -> str:
    shared = [column for column in one.columns if column.name in _SHARED]
    nullable = [code(c.name) for c in shared if c.mode is Mode.NULLABLE and c is not INGESTED_AT]
    absent = [code(name) for name in _SHARED if name not in {c.name for c in shared}]
    told = [
        one.description,
        f"Partitioned by the day of `{one.partition_column}`, clustered by"
        f" {' and '.join(map(code, one.clustering))}.",
        f"{', '.join(nullable)} may be NULL." if nullable else "",
        f"Without {' and '.join(absent)}." if absent else "",
    ]
    rows = [row for column in one.columns if column.name not in _SHARED for row in _rows(column)]
    return f"### {code(one.name)}\n\n{' '.join(filter(None, told))}\n\n{table(_HEAD, rows)}"


def _rows(column: Column, prefix: str = "") -> list[tuple[str, str, str, str]]:
    own = (
        code(prefix + column.name),
        column.type.name,
        column.mode.value,
        column.description,
    )
    features = {feature.name for feature in FEATURES}
    inner = [field for field in column.fields if field.name not in features]
    rows = [own, *(row for field in inner for row in _rows(field, f"{column.name}."))]
    if len(inner) < len(column.fields):
        told = f"One column for each of the {len(features)} features: see [features](features.md)."
        rows.append((f"`{column.name}.`*feature*", "FLOAT64", "NULLABLE", told))
    return rows
