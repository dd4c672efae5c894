"""Changes of the registry to rows of `devices` and `sessions`, by the steps of the stream job."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage
from apache_beam.options.pipeline_options import PipelineOptions
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.pubsub_v1 import SubscriberClient

from local.live.cloud import PROJECT
from local.pubsub import subscription_path
from pipelines.batch_options import FN_API_RUNNER
from schemas.pubsub_topics import DEVICE_EVENTS
from transforms.bigquery_address import BigQueryAddress
from transforms.read_registry_events import ParseRegistryEvents
from transforms.write_bigquery import BigQuerySettings, WriteBigQuery, WriteMethod

_PULLED, _WAIT_S = 500, 2.0


def write_registry_changes(address: BigQueryAddress) -> int:
    """Writes what waits in the subscription; returns how many changes that were."""
    (subscription,) = DEVICE_EVENTS.subscriptions
    messages = _pull(subscription_path(PROJECT, subscription.name))
    settings = BigQuerySettings(address, logs=WriteMethod.NONE)
    with beam.Pipeline(FN_API_RUNNER, options=PipelineOptions([])) as root:
        changes = (
            root
            | "CreateChanges" >> beam.Create(messages).with_output_types(PubsubMessage)
            | "ParseRegistry" >> ParseRegistryEvents()
        )
        _ = changes.parts | "WriteTables" >> WriteBigQuery(settings)
    return len(messages)


def _pull(subscription: str) -> list[PubsubMessage]:
    """Everything that waits."""
    found: list[PubsubMessage] = []
    with SubscriberClient() as subscriber:
        while True:
            try:
                pulled = subscriber.pull(
                    subscription=subscription, max_messages=_PULLED, timeout=_WAIT_S, retry=None
                ).received_messages
            except DeadlineExceeded:
                return found
            if not pulled:
                return found
            subscriber.acknowledge(
                subscription=subscription, ack_ids=[one.ack_id for one in pulled]
            )
            found += [
                PubsubMessage(
                    one.message.data,
                    dict(one.message.attributes),
                    publish_time=one.message.publish_time,
                )
                for one in pulled
            ]
