from __future__ import annotations

import json
import re

import pyarrow as pa
import pytest

from schemas.columns import Column, Mode, Type
from schemas.tables import all_tables

TABLES = all_tables([("alpha_power", "Power of 8 to 13 Hz."), ("rms", "Root mean square.")])
BIGQUERY_NAME = re.compile(r"[a-z_][a-z0-9_]{0,299}")
BIGQUERY_OF_ARROW = {
    pa.string(): "STRING",
    pa.int64(): "INT64",
    pa.float64(): "FLOAT64",
    pa.bool_(): "BOOL",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
}
IDENTITY = [
    "tenant",
    "subject",
    "session",
    "stream",
    "epoch",
    "revision",
    "code_version",
    "parameter_version",
]


@pytest.fixture(params=sorted(TABLES))
def table(request):
    return TABLES[request.param]


def assert_same(arrow: pa.Field, bigquery: dict) -> None:
    assert arrow.name == bigquery["name"]
    arrow_type = arrow.type
    if bigquery["mode"] == "REPEATED":
        assert pa.types.is_list(arrow_type)
        assert not arrow_type.value_field.nullable
        assert not arrow.nullable
        arrow_type = arrow_type.value_type
    else:
        assert arrow.nullable == (bigquery["mode"] == "NULLABLE")
    if bigquery["type"] == "RECORD":
        for inner, field in zip(list(arrow_type), bigquery["fields"], strict=True):
            assert_same(inner, field)
    else:
        assert BIGQUERY_OF_ARROW[arrow_type] == bigquery["type"]


def all_fields(fields: list[dict]) -> list[dict]:
    return [f for field in fields for f in [field, *all_fields(field.get("fields", []))]]


def test_parquet_and_bigquery_have_the_same_columns(table):
    stored = [f for f in table.bigquery_schema() if "defaultValueExpression" not in f]
    for arrow, bigquery in zip(table.arrow_schema(), stored, strict=True):
        assert_same(arrow, bigquery)


def test_only_the_time_of_ingestion_is_left_to_bigquery(table):
    absent = [f for f in table.bigquery_schema() if "defaultValueExpression" in f]
    assert [f["name"] for f in absent] == ["ingested_at"]
    assert absent[0]["mode"] == "NULLABLE"


def test_every_row_says_whose_it_is_and_what_made_it(table):
    whose = ["tenant", "device", "revision", "code_version"]  # a device is of no subject
    expected = whose if table.name == "devices" else IDENTITY
    assert table.arrow_schema().names[: len(expected)] == expected


def test_every_table_has_a_key_of_its_own_columns(table):
    columns = {f["name"] for f in table.bigquery_schema()}
    assert table.key[0] == "tenant"
    assert set(table.key) | set(table.newest) <= columns


def test_a_filter_on_time_reaches_the_partitions_below_the_view(table):
    by_state = {"sessions", "devices", "dead_letters"}  # few rows, and newest of all times
    assert (table.partition_column in table.key) == (table.name not in by_state)


def test_the_log_of_features_has_a_name_of_its_own():
    physical = {name: table.table_id for name, table in TABLES.items() if table.table_id != name}
    assert physical == {"features": "features_log"}


def test_every_column_is_named_and_described_for_bigquery(table):
    for field in all_fields(table.bigquery_schema()):
        assert BIGQUERY_NAME.fullmatch(field["name"])
        assert field["description"].endswith(".")
        assert len(field["description"]) <= 1024  # BigQuery's limit
    json.dumps(table.bigquery_table())


def test_tables_are_partitioned_by_day_and_clustered_by_tenant_first(table):
    fields = {f["name"]: f for f in table.bigquery_schema()}
    made = table.bigquery_table()
    assert fields[made["timePartitioning"]["field"]]["type"] == "TIMESTAMP"
    assert made["timePartitioning"]["type"] == "DAY"
    others = {"devices": ["device"], "sessions": ["subject", "device", "session"]}
    assert made["clustering"]["fields"] == ["tenant", *others.get(table.name, ["session"])]
    assert set(made["clustering"]["fields"]) <= set(fields)


def test_features_are_nullable_columns_of_each_channel():
    channels = {f["name"]: f for f in TABLES["features"].bigquery_schema()}["channels"]
    assert channels["mode"] == "REPEATED"
    features = {f["name"]: f for f in channels["fields"]}
    assert features["alpha_power"]["mode"] == "NULLABLE"
    assert features["alpha_power"]["type"] == "FLOAT64"
    assert features["alpha_power"]["description"] == "Power of 8 to 13 Hz."


def test_a_repeated_column_holds_no_null():
    column = Column("names", Type.STRING, "Names.", Mode.REPEATED)
    assert column.arrow_field().type == pa.list_(pa.field("element", pa.string(), nullable=False))
