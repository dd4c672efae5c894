"""One post that asks to be traced is one trace: the door, the stream's step, the row."""

from __future__ import annotations

import asyncio
import time

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import Request

from functions.telemetry.front import answer
from functions.telemetry.opening import open_door
from local.kms.server import LocalKms
from schemas.packet_wire import encode_packet
from schemas.posts import BINARY_TYPE, encode_post
from schemas.traces import Span, collect_with
from tests.functions.telemetry.worlds import World
from tests.pipelines.stream_runs import message_of, run_stream, settings_in
from transforms.sealed_store import StoreAddress

TRACE, SENDER = "7" * 32, "b" * 16


@pytest.fixture(scope="module")
def world(bigtable, pubsub, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as kms:
        made = World(kms)
        yield made
        made.close()


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    collect_with(SimpleSpanProcessor(exporter), "test")
    yield exporter
    collect_with(None, "")


def post(device, packets, traceparent: str) -> int:
    """Through the door, in this process: its spans are seen here."""
    body = encode_post(map(encode_packet, packets))
    headers = {
        "authorization": f"Bearer {device.token()}",
        "content-type": BINARY_TYPE,
        "traceparent": traceparent,
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/telemetry",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "query_string": b"",
    }

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def posted() -> int:
        opened = asyncio.ensure_future(open_door())
        return (await answer(Request(scope, receive), opened)).status_code

    return asyncio.run(posted())


def follow(world, envelopes, folder) -> None:
    address = StoreAddress(world.project, world.instance, world.vault_settings)
    run_stream(settings_in(folder, address), [message_of(one) for one in envelopes])


@pytest.mark.parametrize("flags", ["01", "00"])
def test_a_post_is_one_trace_from_the_door_to_the_row_if_it_asks_for_it(
    world, spans, monkeypatch, tmp_path, flags
):
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    device = world.add_device()
    sent = [device.packet(0), device.packet(1)]
    assert post(device, sent, f"00-{TRACE}-{SENDER}-{flags}") == 202
    envelopes = world.pull(device, 2)
    assert {one.traceparent[3:35] for one in envelopes} == {TRACE}
    follow(world, envelopes, tmp_path)
    found = spans.get_finished_spans()
    if flags == "00":
        assert found == ()
        return
    assert {f"{span.context.trace_id:032x}" for span in found} == {TRACE}
    named = {span.name: span for span in found}
    assert named.keys() == {"take a post", "follow the stream", "write the row"}
    door = named["take a post"]
    assert f"{door.parent.span_id:016x}" == SENDER
    for name in ("follow the stream", "write the row"):
        assert named[name].parent.span_id == door.context.span_id
    assert door.start_time < named["follow the stream"].start_time
    assert named["follow the stream"].start_time < named["write the row"].end_time
    assert not any(span.attributes for span in found)  # nothing that could name anybody


def test_a_post_that_fails_is_seen_as_such(spans):
    context = f"00-{TRACE}-{SENDER}-01"
    with pytest.raises(ValueError, match="posted"), Span("take a post", context):
        raise ValueError("what was posted")
    (span,) = spans.get_finished_spans()
    assert span.attributes == {"error.type": "ValueError"}


def test_where_nobody_collects_spans_a_span_costs_next_to_nothing():
    began = time.perf_counter()
    for _ in range(10_000):
        with Span("take a post", f"00-{TRACE}-{SENDER}-01") as inside:
            assert inside[3:35] == TRACE
    assert time.perf_counter() - began < 0.5  # 50 us each, of a hundred times less
