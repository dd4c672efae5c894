from __future__ import annotations

import os

import grpc
import pytest
from google.api_core.exceptions import AlreadyExists
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local.emulators import Emulator, EmulatorError
from local.pubsub import ADDRESS_VARIABLE, PUBSUB, create_topics, subscription_path, topic_path
from schemas.pubsub_topics import TELEMETRY, TOPICS, Subscription, Topic
from tests.emulators import require_emulator

READER = Subscription(
    "reader",
    ack_deadline_s=10,
    retention_s=600,
    dead_letter_topic="in-vain",
    max_delivery_attempts=5,
)


def test_what_is_published_is_pulled_with_its_attributes(pubsub_project):
    with PublisherClient() as publisher, SubscriberClient() as subscriber:
        topic = topic_path(pubsub_project, TELEMETRY.name)
        publisher.publish(topic, b"sealed", stream="eeg0").result(timeout=10)
        path = subscription_path(pubsub_project, TELEMETRY.subscriptions[0].name)
        (found,) = subscriber.pull(subscription=path, max_messages=10).received_messages
    assert found.message.data == b"sealed"
    assert dict(found.message.attributes) == {"stream": "eeg0"}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_and_subscription_is_made_as_its_definition_says(pubsub_project, topic):
    with PublisherClient() as publisher, SubscriberClient() as subscriber:
        made = publisher.get_topic(topic=topic_path(pubsub_project, topic.name))
        assert made.message_retention_duration.total_seconds() == topic.retention_s
        for subscription in topic.subscriptions:
            path = subscription_path(pubsub_project, subscription.name)
            found = subscriber.get_subscription(subscription=path)
            assert found.topic == made.name
            assert found.ack_deadline_seconds == subscription.ack_deadline_s
            assert found.message_retention_duration.total_seconds() == subscription.retention_s
            backoff = found.retry_policy
            assert backoff.minimum_backoff.total_seconds() == subscription.min_backoff_s
            assert backoff.maximum_backoff.total_seconds() == subscription.max_backoff_s
            assert "ttl" not in found.expiration_policy
            assert not found.enable_message_ordering
            assert not found.dead_letter_policy.dead_letter_topic


def test_a_subscription_with_dead_letters_gets_their_topic(pubsub, request):
    project = f"p-{abs(hash(request.node.name))}"
    create_topics(project, [Topic("changes", "", 0, (READER,))])
    with SubscriberClient() as subscriber:
        path = subscription_path(project, READER.name)
        policy = subscriber.get_subscription(subscription=path).dead_letter_policy
    assert policy.dead_letter_topic == topic_path(project, "in-vain")
    assert policy.max_delivery_attempts == 5


def test_topics_that_exist_already_are_no_silent_success(pubsub_project):
    with pytest.raises(AlreadyExists):
        create_topics(pubsub_project)


def test_clients_find_the_emulator_by_themselves_while_it_runs(pubsub):
    assert os.environ[ADDRESS_VARIABLE] == pubsub


def test_a_stopped_emulator_answers_no_more():
    require_emulator(PUBSUB)
    with Emulator(PUBSUB) as emulator:
        address = emulator.address
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.FutureTimeoutError):
        grpc.channel_ready_future(channel).result(timeout=0.2)


def test_without_java_the_command_that_installs_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmulatorError, match=r"needs java.*apt-get install default-jre"):
        PUBSUB.find()
