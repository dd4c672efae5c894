"""A piece of a table on its way to storage: rows, and the name of the file they become."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.coders import Coder
from apache_beam.coders.typecoders import registry

from schemas.table_definition import Table
from schemas.tables import all_tables
from transforms.engine import FEATURES
from transforms.row_identity import RowIdentity

TABLES: dict[str, Table] = all_tables([(f.name, f.description) for f in FEATURES])
"""Every table, with the engine's features as columns."""

ARROW_SCHEMAS: dict[str, pa.Schema] = {name: t.arrow_schema() for name, t in TABLES.items()}


@dataclasses.dataclass(frozen=True)
class TablePart:
    """Rows of one table.

    Attributes:
      table: its name, a key of `TABLES`.
      name: of the file below the table's folder; the same input gives the same name.
      rows: in the table's Arrow schema.
    """

    table: str
    name: str
    rows: pa.Table

    @property
    def n_rows(self) -> int:
        """Rows."""
        return int(self.rows.num_rows)

    def __post_init__(self) -> None:
        assert self.rows.schema.equals(ARROW_SCHEMAS[self.table]), self.table

    def named_by_content(self) -> TablePart:
        """For parts that nothing else tells apart: two of one name would be one file."""
        digest = hashlib.blake2b(TablePartCoder().encode(self), digest_size=6).hexdigest()
        name = f"{self.name.removesuffix('.parquet')}-{digest}.parquet"
        return dataclasses.replace(self, name=name)


def part_name(identity: RowIdentity, part: int) -> str:
    """`<session>/<stream>-e<epoch>-r<revision>-<part>.parquet`; `session-...` without a stream."""
    stream = "session" if identity.stream is None else f"{identity.stream}-e{identity.epoch:04d}"
    return f"{identity.session}/{stream}-r{identity.revision}-{part:05d}.parquet"


def make_part(
    table: str, name: str, identity: RowIdentity, n_rows: int, columns: Mapping[str, Any]
) -> TablePart:
    """Rows out of columns: numpy or Arrow arrays, or lists, each of `n_rows` values.

    The identity's columns are added, and `start_time` is made from `start_ns`. Nullable columns
    that are not given are NULL.

    Raises:
      KeyError: a column that may not be NULL is not given.
    """
    return TablePart(
        table, name, columns_table(table, n_rows, {**identity.columns(n_rows), **columns})
    )


def columns_table(table: str, n_rows: int, columns: Mapping[str, Any]) -> pa.Table:
    """As `make_part`, where the identity's columns are among the others."""
    schema, given = ARROW_SCHEMAS[table], dict(columns)
    if "start_ns" in given:
        start_us = np.asarray(given["start_ns"], np.int64) // 1000  # rounded down before 1970 too
        given["start_time"] = pa.array(start_us).cast(pa.timestamp("us", tz="UTC"))
    arrays = []
    for field in schema:
        if field.nullable and field.name not in given:
            given[field.name] = pa.nulls(n_rows, field.type)
        column = given[field.name]
        arrays.append(column if isinstance(column, pa.Array) else pa.array(column, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


class TablePartCoder(Coder):
    """Arrow's own format, should a runner put a part between two workers."""

    def encode(self, value: TablePart) -> bytes:
        """The part as an Arrow stream whose metadata names it."""
        named = value.rows.replace_schema_metadata({"table": value.table, "name": value.name})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, named.schema) as writer:
            writer.write_table(named)
        return bytes(sink.getvalue())

    def decode(self, encoded: bytes) -> TablePart:
        """The part of `encode`."""
        rows = pa.ipc.open_stream(encoded).read_all()
        table, name = (rows.schema.metadata[key].decode() for key in (b"table", b"name"))
        return TablePart(table, name, rows.replace_schema_metadata(None))

    def estimate_size(self, value: TablePart) -> int:
        """Bytes, without encoding: Beam asks for it to count bytes, for parts of many megabytes."""
        return int(value.rows.nbytes)

    def is_deterministic(self) -> bool:
        """The same rows give the same bytes."""
        return True


registry.register_coder(TablePart, TablePartCoder)
