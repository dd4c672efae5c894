from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from docs.view_reference import MB_AN_HOUR
from schemas.logical_bytes import logical_bytes
from transforms.engine import SignalEngine, StreamSpec
from transforms.row_identity import RowIdentity
from transforms.stream_tables import StreamTables
from transforms.table_part import TABLES

INGESTED_AT = 8


@pytest.mark.parametrize(
    ("column", "n_bytes"),
    [
        (pa.array([1, 2, None]), 16),
        (pa.array([0.5, None]), 8),
        (pa.array([True, False]), 2),
        (pa.array(["", "é", None]), 2 + 2 + 2),
        (pa.array([0], pa.timestamp("us", tz="UTC")), 8),
        (pa.array([["a", "bc"], []]), 3 + 4),
        (pa.array([[{"a": 1, "b": "x"}], [{"a": None, "b": "yy"}]]), 8 + 3 + 4),
    ],
)
def test_values_have_the_sizes_that_bigquery_documents(column, n_bytes):
    assert logical_bytes(pa.table({"c": column})) == n_bytes + INGESTED_AT * len(column)


def test_a_slice_weighs_what_is_in_it():
    whole = pa.table({"c": pa.array([["a"], ["bcd", "e"], []])})
    assert logical_bytes(whole.slice(1, 1)) == 5 + 3 + INGESTED_AT


def test_the_pages_say_what_an_hour_of_a_device_weighs():
    assert {name: round(value, 2) for name, value in hour_of_a_device().items()} == pytest.approx(
        MB_AN_HOUR, rel=0.03, abs=0.01
    )


def hour_of_a_device() -> dict[str, float]:
    """Megabytes by table, from three weights of noise with all the engine makes of it."""

    names = ("Fp1", "Fp2", "C3", "Cz", "C4", "O1", "Oz", "O2")
    spec = StreamSpec("eeg", 250, names, start_ns=1_700_000_000_000_000_000, line_hz=50)
    engine = SignalEngine(spec)
    who = RowIdentity(
        "clinic01", "a" * 16, "0" * 32, "eeg0", 0, parameter_version="eeg-1-0123456789"
    )
    tables = StreamTables(spec, who, "noise")
    noise = np.random.default_rng(1).normal(0, 10, (180 * 250, len(names)))
    parts = [*tables.add(0, noise, engine.push(0, noise)), *tables.finish([])]
    weights = {
        name: sum(logical_bytes(part.rows) for part in parts if part.table == name)
        for name in ("features", "features_1s", "events")
    }
    weights["features_1s"] += 180 * 5 * 8  # the times of the stages, which live rows have
    return {TABLES[name].table_id: n_bytes * 20 / 1e6 for name, n_bytes in weights.items()}
