"""A column once: it becomes a pyarrow field and a BigQuery column."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

import pyarrow as pa


class Type(enum.Enum):
    """Column types, by their BigQuery name; the value is how Parquet stores them."""

    STRING = pa.string()
    INT64 = pa.int64()
    FLOAT64 = pa.float64()
    BOOL = pa.bool_()
    # BigQuery keeps microseconds; where a nanosecond counts, a *_ns INT64 column stands beside.
    TIMESTAMP = pa.timestamp("us", tz="UTC")
    RECORD = None


class Mode(enum.Enum):
    """Whether a column may be NULL, and whether it is an array; by its BigQuery name."""

    REQUIRED = "REQUIRED"
    NULLABLE = "NULLABLE"
    REPEATED = "REPEATED"


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
      fields: the columns of a RECORD; empty for every other type.
      default_expression: SQL by which BigQuery fills the column. Such a column is not in the
        Parquet files.
    """

    name: str
    type: Type
    description: str
    mode: Mode = Mode.REQUIRED
    fields: tuple[Column, ...] = ()
    default_expression: str | None = None

    def arrow_field(self) -> pa.Field:
        """The column in a Parquet file."""
        if self.type is Type.RECORD:
            arrow_type = pa.struct([field.arrow_field() for field in self.fields])
        else:
            arrow_type = self.type.value
        if self.mode is Mode.REPEATED:
            # BigQuery's arrays hold no NULL, so neither do ours.
            arrow_type = pa.list_(pa.field("element", arrow_type, nullable=False))
        return pa.field(self.name, arrow_type, nullable=self.mode is Mode.NULLABLE)

    def bigquery_field(self) -> dict[str, Any]:
        """The column in BigQuery's JSON schema."""
        field: dict[str, Any] = {
            "name": self.name,
            "type": self.type.name,
            "mode": self.mode.value,
            "description": self.description,
        }
        if self.fields:
            field["fields"] = [inner.bigquery_field() for inner in self.fields]
        if self.default_expression:
            field["defaultValueExpression"] = self.default_expression
        return field
