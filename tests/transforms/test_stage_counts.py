"""A row counts at every bound that it kept, and at the endless one in any case."""

from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from schemas.metrics import BOUNDS_MS, STAGES_OF_A_ROW
from transforms.stage_counts import STAGE, StageCounts

MS = 1_000_000
WAITS_MS = (0, 1, 1.5, 100, 100.001, 250, 1000, 5000, -3)


def tell(times):
    counts = StageCounts()
    for one in times:
        counts.add(one)
    counts.tell()
    counts.tell()  # told once
    return times


@pytest.fixture(scope="module")
def counters() -> dict[str, int]:
    """Of rows that were windowed at 1 s and written so many ms later; nothing else is known."""
    known = dict.fromkeys(("device_ns", "received_ns", "published_ns"), 0)
    times = [
        {**known, "windowed_ns": 1000 * MS, "written_ns": 1000 * MS + round(wait * MS)}
        for wait in WAITS_MS
    ]
    pipeline = beam.Pipeline(runner=FnApiRunner())
    _ = pipeline | beam.Create([times]) | beam.Map(tell)
    result = pipeline.run()
    found = result.metrics().query(MetricsFilter().with_namespace(STAGE))["counters"]
    return {one.key.metric.name: one.committed for one in found}


@pytest.mark.parametrize("bound", BOUNDS_MS)
def test_a_bound_counts_all_that_kept_it(counters, bound):
    kept = sum(wait <= bound for wait in WAITS_MS)
    assert counters[f"windowed-to-written-ms-le-{bound}"] == kept


def test_the_last_counts_all(counters):
    assert counters["windowed-to-written-ms-le-inf"] == len(WAITS_MS)


def test_a_stage_of_which_a_time_is_not_known_does_not_count(counters):
    others = set(STAGES_OF_A_ROW) - {"windowed-to-written"}
    assert not [name for name in counters if name.startswith(tuple(others))]
