"""Pub/Sub on this machine: Google's emulator, in memory, and topics made in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.protobuf.duration_pb2 import Duration
from google.pubsub_v1.types import pubsub

from local.emulators import Emulator, EmulatorKind, environment
from schemas.pubsub_topics import TOPICS, Subscription, Topic

PUBSUB = EmulatorKind(
    name="pubsub",
    program="lib/cloud-pubsub-emulator-*-all.jar",
    arguments=("--host=127.0.0.1", "--port={port}"),
    ready=r"Server started, listening on \d+",
    install="gcloud components install pubsub-emulator, or apt-get install "
    "google-cloud-cli-pubsub-emulator from Google's package source",
    runner=("java", "-Xmx512m", "-jar"),
    runner_install="apt-get install default-jre-headless",
)
ADDRESS_VARIABLE = "PUBSUB_EMULATOR_HOST"  # read by Google's clients


@contextlib.contextmanager
def pubsub_emulator() -> Iterator[str]:
    """A running emulator, to which Google's clients in this process connect meanwhile.

    Yields:
      Its address, for the environment of other processes.
    """
    with Emulator(PUBSUB) as emulator, environment(**{ADDRESS_VARIABLE: emulator.address}):
        yield emulator.address


def create_topics(project: str, topics: Sequence[Topic] = TOPICS) -> None:
    """Makes topics and their subscriptions as Terraform does in the cloud.

    Args:
      topics: none of which may exist yet; dead-letter topics are made with them.
    """
    publisher = PublisherClient()
    with publisher, SubscriberClient() as subscriber:
        for topic in topics:
            publisher.create_topic(request=_topic_request(project, topic))
        for topic in topics:
            for subscription in topic.subscriptions:
                if subscription.dead_letter_topic:
                    publisher.create_topic(
                        request=pubsub.Topic(
                            name=topic_path(project, subscription.dead_letter_topic)
                        )
                    )
                request = _subscription_request(project, topic, subscription)
                subscriber.create_subscription(request=request)


def topic_path(project: str, topic: str) -> str:
    """The full name of a topic.

    >>> topic_path("local", "telemetry")
    'projects/local/topics/telemetry'
    """
    return f"projects/{project}/topics/{topic}"


def subscription_path(project: str, subscription: str) -> str:
    """The full name of a subscription."""
    return f"projects/{project}/subscriptions/{subscription}"


def _topic_request(project: str, topic: Topic) -> pubsub.Topic:
    request = pubsub.Topic(name=topic_path(project, topic.name))
    if topic.retention_s:
        request.message_retention_duration = Duration(seconds=topic.retention_s)
    return request


def _subscription_request(
    project: str, topic: Topic, subscription: Subscription
) -> pubsub.Subscription:
    request = pubsub.Subscription(
        name=subscription_path(project, subscription.name),
        topic=topic_path(project, topic.name),
        ack_deadline_seconds=subscription.ack_deadline_s,
        message_retention_duration=Duration(seconds=subscription.retention_s),
        expiration_policy=pubsub.ExpirationPolicy(),  # without a time to live: never
        enable_message_ordering=False,
        retry_policy=pubsub.RetryPolicy(
            minimum_backoff=Duration(seconds=subscription.min_backoff_s),
            maximum_backoff=Duration(seconds=subscription.max_backoff_s),
        ),
    )
    if subscription.dead_letter_topic:
        request.dead_letter_policy = pubsub.DeadLetterPolicy(
            dead_letter_topic=topic_path(project, subscription.dead_letter_topic),
            max_delivery_attempts=subscription.max_delivery_attempts,
        )
    return request
