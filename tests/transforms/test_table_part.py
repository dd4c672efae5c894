from __future__ import annotations

import pyarrow as pa
import pytest
from apache_beam.coders.typecoders import registry

from tests.transforms.made_windows import made_windows
from transforms.engine import StreamSpec
from transforms.row_identity import RowIdentity
from transforms.table_part import TABLES, TablePart, TablePartCoder, make_part, part_name
from transforms.window_rows import features_part

WHO = RowIdentity("clinic01", "a" * 16, "0" * 32, "eeg0", 2, 3, parameter_version="eeg-1-0")
SPEC = StreamSpec("eeg", 100, ("A", "B"))


@pytest.fixture
def part():
    return features_part(made_windows(SPEC, range(50)), SPEC, WHO, "a/b.parquet")


def test_a_part_survives_the_way_to_another_worker(part):
    coder = registry.get_coder(TablePart)
    assert isinstance(coder, TablePartCoder)
    arrived = coder.decode(coder.encode(part))
    assert (arrived.table, arrived.name) == ("features", "a/b.parquet")
    assert arrived.rows.equals(part.rows)
    assert arrived.rows.schema.equals(part.rows.schema, check_metadata=True)
    assert coder.encode(arrived) == coder.encode(part)


def test_its_size_is_known_without_encoding(part):
    coder = TablePartCoder()
    assert coder.estimate_size(part) == pytest.approx(len(coder.encode(part)), rel=0.5)


def test_rows_of_another_schema_are_a_bug(part):
    with pytest.raises(AssertionError, match="events"):
        TablePart("events", "name", part.rows)


def test_names_tell_stream_epoch_revision_and_part():
    assert part_name(WHO, 7) == "0" * 32 + "/eeg0-e0002-r3-00007.parquet"
    whole_session = RowIdentity("clinic01", "a" * 16, "0" * 32)
    assert part_name(whole_session, 0) == "0" * 32 + "/session-r0-00000.parquet"


def test_times_before_1970_are_rounded_down():
    row = {"duration_ns": [0], "description": ["x"], "channels": [[]], "start_ns": [-1]}
    made = make_part("markers", "name", WHO, 1, row)
    assert made.rows["start_time"].cast(pa.int64()).to_pylist() == [-1]


def test_every_table_has_the_engines_version_of_its_columns():
    assert set(TABLES) == {
        "features",
        "features_1s",
        "events",
        "sessions",
        "markers",
        "devices",
        "device_health",
        "clock_fits",
        "stream_accounts",
        "latencies",
        "dead_letters",
    }


def test_a_nullable_column_that_is_not_given_is_null_and_any_other_is_a_bug():
    times = {"start_ns": [5], "received_ns": [7]}
    made = make_part("latencies", "name", WHO, 1, times)
    assert made.rows["received_ns"].to_pylist() == [7]
    assert made.rows["written_ns"].to_pylist() == [None]
    with pytest.raises(KeyError, match="start_time"):
        make_part("latencies", "name", WHO, 1, {})
