"""The topics and subscriptions of Pub/Sub, each once: local set-up and Terraform make the same."""

from __future__ import annotations

import dataclasses

HOUR_S, DAY_S = 3600, 86400


@dataclasses.dataclass(frozen=True)
class Subscription:
    """Who reads a topic, and what Pub/Sub does for it.

    No subscription is ordered: the job that reads telemetry brings packets into order itself, and
    an ordering key would bind a stream to 1 MB/s. None expires.

    Args:
      ack_deadline_s: after which a message that nobody acknowledged comes again; 10 to 600.
      retention_s: how long a message waits that nobody acknowledges; 600 to 31 days.
      dead_letter_topic: where a message goes that was delivered `max_delivery_attempts` times in
        vain; empty: it stays. A job that writes its own dead letters must have none: Dataflow
        takes a message back for reasons of its own, and those count as attempts.
      min_backoff_s, max_backoff_s: before it comes again.
    """

    name: str
    ack_deadline_s: int
    retention_s: int
    dead_letter_topic: str = ""
    max_delivery_attempts: int = 0
    min_backoff_s: int = 1
    max_backoff_s: int = 60


@dataclasses.dataclass(frozen=True)
class Topic:
    """What is published under one name.

    Args:
      retention_s: how long Pub/Sub keeps messages that were acknowledged too, so that a
        subscription can be wound back; 0: not at all.
    """

    name: str
    description: str
    retention_s: int
    subscriptions: tuple[Subscription, ...]


TELEMETRY = Topic(
    name="telemetry",
    description="Accepted packets, sealed; and the ends of sessions. Attributes: an Envelope's.",
    retention_s=DAY_S,  # a job that loses its state begins again where it still knew it
    subscriptions=(Subscription("telemetry-stream", ack_deadline_s=60, retention_s=7 * DAY_S),),
)
DEVICE_EVENTS = Topic(
    name="device-events",
    description="Changes of the registry: devices, keys, sessions.",
    retention_s=DAY_S,
    subscriptions=(Subscription("device-events-stream", ack_deadline_s=60, retention_s=7 * DAY_S),),
)
FEEDBACK = Topic(
    name="feedback",
    description="Newest windows for who answers the subject, sealed; off unless the job is told.",
    retention_s=0,
    # What is old is of no use to a subject: Pub/Sub keeps it for the least time it can.
    subscriptions=(Subscription("feedback-gateway", ack_deadline_s=10, retention_s=600),),
)

TOPICS = (TELEMETRY, DEVICE_EVENTS, FEEDBACK)
