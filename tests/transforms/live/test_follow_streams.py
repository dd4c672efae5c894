"""The step on real runners, pinned by name: what is bounded, and what time does."""

from __future__ import annotations

import collections
import functools
import itertools
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.test_stream import TestStream
from apache_beam.testing.util import assert_that
from apache_beam.transforms.window import TimestampedValue

from schemas.envelope import Envelope
from tests.transforms.live.followed import (
    comparable,
    follow,
    made_packets,
)
from tests.transforms.live.memory_job import Job
from transforms.live import FollowSettings, FollowStreams
from transforms.second_rows import Part

PACKETS = made_packets(1500, every=62)
WHOLE = follow(PACKETS)
TAGS = ("rows", "tables", "archive", "refused", "feedback")

_SEEN: dict[str, dict[str, list[Any]]] = {}
"""What each pipeline of a test handed on, by tag: these runners work in our process."""


_TICKS = itertools.count(0, 3_000_000_000)


def ticking() -> int:
    """A clock that begins where a TestStream's does and moves on whenever it is read."""
    return next(_TICKS)


def seen(name: str, results: Any) -> None:
    _SEEN[name] = {tag: [] for tag in TAGS}
    for tag in TAGS:
        _ = results[tag] | f"Keep-{tag}" >> beam.Map(functools.partial(_keep, name, tag))


def _keep(name: str, tag: str, element: Any) -> None:
    _SEEN[name][tag].append(element)


def keyed(envelopes: list[Envelope]) -> list[tuple[str, bytes]]:
    return [(envelope.stream_key, envelope.to_bytes()) for envelope in envelopes]


@pytest.fixture
def envelopes(store):
    job = Job(store)
    return [job.seal(packet) for packet in PACKETS], job.end()


def test_bounded_input_is_finished_at_its_end(envelopes, address):
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        seen(
            "bounded",
            pipeline
            | beam.Create(keyed([*envelopes[0][:9], envelopes[0][4], *envelopes[0][9:]]))
            | FollowStreams(address.vault, FollowSettings(feedback=True)),
        )
    found = _SEEN["bounded"]
    parts = [part for part in found["tables"] if isinstance(part, Part)]
    for table in ("features", "features_1s", "events", "sessions"):
        assert comparable(parts, table) == comparable(WHOLE.parts, table)
    assert len(found["archive"]) == len(PACKETS)
    assert all(record.is_sealed for _, record in found["archive"])
    assert len(found["feedback"]) == len(WHOLE.windows[0])
    assert found["refused"] == []


def test_silence_and_the_end_of_a_session_on_a_stream(envelopes, address):
    some, end = envelopes
    events = (
        TestStream()
        .add_elements([TimestampedValue(one, 0) for one in keyed([*some[:3], *some[4:6]])])
        .advance_processing_time(300)
        .add_elements([TimestampedValue(one, 0) for one in keyed([*some[6:12], end])])
        .advance_processing_time(300)  # nothing comes any more: the end takes effect
        .add_elements([TimestampedValue(one, 0) for one in keyed([some[3]])])
        .advance_watermark_to_infinity()
    )
    options = PipelineOptions()
    options.view_as(StandardOptions).streaming = True
    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
        results = pipeline | events | FollowStreams(address.vault, clock_ns=ticking)
        kinds = results["tables"] | "Kinds" >> beam.FlatMap(_kinds)
        assert_that(kinds, _told)


def _kinds(part: Part) -> list[tuple[str, Any]]:
    rows = part.rows.to_pylist()
    if part.table == "stream_accounts":
        return [("account", (row["is_final"], row["samples_late"])) for row in rows]
    if part.table == "events":
        return [("event", row["kind"]) for row in rows if row["category"] != "artifact"]
    return [(part.table, len(rows))]


def _told(found: list[tuple[str, Any]]) -> None:
    told = collections.Counter(found)
    assert told["event", "gap"] == 1, told
    assert told["event", "late"] == 1, told
    assert told["account", (True, 0)] == 1, told
    assert told["account", (True, 62)] == 1, told
    assert told["account", (False, 0)] == 1, told  # by silence
    assert told["sessions", 1] == 1, told
