"""Publishers are bounded, and never claim what is not so."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from google.api_core.exceptions import NotFound, RetryError
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.publisher.exceptions import FlowControlLimitError, MessageTooLargeError
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.loop_publishing import LoopPublisher, NotPublishedError
from functions.pressure import PublishPressure
from functions.publishing import Publisher, PublishSettings
from schemas.errors import SchemaError
from tests.security.vaults import Timer
from tests.tcp_proxy import tcp_proxy


@pytest.fixture
def topic(pubsub):
    path = f"projects/p-{uuid.uuid4().hex[:8]}/topics/telemetry"
    with PublisherClient() as client:
        client.create_topic(name=path)
    return path


@pytest.fixture
def make():
    made = []

    def make(topic, **settings):
        made.append(Publisher(topic, PublishSettings(**settings)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def in_loop(test, topic, **settings):
    """Runs a test with a publisher in an event loop of its own."""

    async def main():
        publisher = LoopPublisher(topic, PublishSettings(**settings))
        await test(publisher)
        await publisher.close()

    asyncio.run(main())


async def all_of(futures):
    return await asyncio.wait_for(asyncio.gather(*futures), 10)


def test_a_message_has_its_id_once_it_is_published(topic, make):
    publisher = make(topic)
    futures = [publisher.publish(b"x", {"a": "b"}) for _ in range(100)]
    assert len({future.result(10) for future in futures}) == 100


def test_beyond_its_bound_nothing_is_taken(topic, make):
    publisher = make(topic, linger_s=0.3, unacknowledged_messages=10)
    futures = [publisher.publish(b"x", {}) for _ in range(10)]
    with pytest.raises(FlowControlLimitError):
        publisher.publish(b"x", {}).result(10)
    assert all(future.result(10) for future in futures)


def test_a_refusal_is_an_answer_too(pubsub, make):
    with pytest.raises(NotFound):
        make("projects/p/topics/none").publish(b"x", {}).result(10)


def test_a_message_that_no_topic_takes_is_refused_alone(topic, make):
    publisher = make(topic)
    with pytest.raises(MessageTooLargeError):
        publisher.publish(bytes(11 << 20), {}).result(10)
    assert publisher.publish(b"x", {}).result(10)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(SchemaError, match="linger_s"):
        PublishSettings(linger_s=0)


@pytest.mark.parametrize("limits", [{}, {"batch_bytes": 40}, {"batch_messages": 3}])
def test_in_a_loop_every_message_has_an_id_however_they_are_batched(topic, limits):
    async def test(publisher):
        futures = [publisher.publish(b"x" * (i % 50), {"a": str(i)}) for i in range(100)]
        assert len(set(await all_of(futures))) == 100
        assert not publisher.pressure.is_failing
        assert publisher.pressure.now < 0.1

    in_loop(test, topic, **limits)


def test_in_a_loop_a_full_batch_does_not_linger(topic):
    async def test(publisher):
        await all_of([publisher.publish(b"x", {}) for _ in range(10)])

    in_loop(test, topic, linger_s=3600, batch_messages=10)


def test_in_a_loop_what_is_too_much_or_too_large_is_refused_alone(topic):
    async def test(publisher):
        large = publisher.publish(bytes(9 << 20), {})
        futures = [publisher.publish(b"x", {}) for _ in range(10)]
        assert publisher.pressure.is_full
        many = publisher.publish(b"x", {})
        for refused in (large, many):
            with pytest.raises(NotPublishedError):
                await refused
        await all_of(futures)
        await all_of([publisher.publish(b"x", {})])
        assert not publisher.pressure.is_full

    in_loop(test, topic, linger_s=0.3, unacknowledged_messages=10)


def test_in_a_loop_a_refusal_is_an_answer_and_counts_as_failing(pubsub):
    async def test(publisher):
        with pytest.raises(NotPublishedError) as caught:
            await publisher.publish(b"x", {})
        assert isinstance(caught.value.__cause__, NotFound)
        assert publisher.pressure.is_failing

    in_loop(test, "projects/p/topics/none")


def test_in_a_loop_an_outage_ends_at_the_deadline(topic, pubsub, monkeypatch):
    async def test(publisher):
        await all_of([publisher.publish(b"x", {})])
        proxy.go_away()
        with pytest.raises(NotPublishedError) as caught:
            await asyncio.wait_for(publisher.publish(b"x", {}), 5)
        assert isinstance(caught.value.__cause__, RetryError)
        assert publisher.pressure.now >= 0.5

    with tcp_proxy(pubsub) as proxy:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", proxy.address)
        in_loop(test, topic, attempt_s=0.3, deadline_s=0.6)


def test_the_peak_counts_for_a_while():
    timer = Timer()
    gauge = PublishPressure(10, 1000, timer)
    for _ in range(10):
        gauge.take(1)
    for _ in range(10):
        gauge.answered(1, acknowledged=True)
    assert gauge.now == 1
    assert not gauge.is_full
    timer.now = 5.0
    assert gauge.now == 0.5
    gauge.take(750)  # bytes press as messages do
    assert gauge.now == 0.75


def test_a_failure_counts_until_a_message_is_acknowledged_or_a_while_has_passed():
    timer = Timer()
    gauge = PublishPressure(10, 1000, timer)
    for acknowledged, seconds in ((True, 0.0), (False, 10.0)):
        gauge.take(1)
        gauge.answered(1, acknowledged=False)
        assert gauge.is_failing
        assert gauge.now == 0.5
        if acknowledged:
            gauge.take(1)
            gauge.answered(1, acknowledged=True)
        timer.now += seconds
        assert not gauge.is_failing


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 5)), max_size=20))
def test_a_gauge_comes_back_to_nothing(steps):
    timer = Timer()
    gauge = PublishPressure(10, 1000, timer)
    for size, seconds in steps:
        timer.now += seconds
        gauge.take(size)
    for size, _ in steps:
        gauge.answered(size, acknowledged=True)
    timer.now += 1000
    assert gauge.now < 1e-9
