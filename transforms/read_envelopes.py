"""Pub/Sub messages to envelopes, as Beam steps."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import DoOutputsTuple, PBegin, PCollection, TaggedOutput

from schemas.envelope import DELIVERY_ATTRIBUTE, EVENT_TIME_ATTRIBUTE, Envelope
from schemas.errors import PacketError
from schemas.letters import Letter

STAGE = "ParseEnvelopes"
NOT_AN_ENVELOPE = "not_an_envelope"
_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ReadTelemetry(beam.PTransform):
    """Messages (PubsubMessage) of a subscription, stamped with the times of their packets.

    Args:
      subscription: `projects/<project>/subscriptions/<name>`.
      with_delivery_ids: a message that Pub/Sub delivers twice is dropped by the runner. Not on
        BundleBasedDirectRunner, which refuses it; the follower of the stream drops it there.
    """

    subscription: str
    with_delivery_ids: bool = True

    def expand(self, root: PBegin) -> PCollection[PubsubMessage]:
        """The watermark follows from event times, so a backlog is worked as live data is."""
        return root | "ReadFromPubSub" >> ReadFromPubSub(
            subscription=self.subscription,
            id_label=DELIVERY_ATTRIBUTE if self.with_delivery_ids else None,
            with_attributes=True,
            timestamp_attribute=EVENT_TIME_ATTRIBUTE,
        )


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ParseEnvelopes(beam.PTransform):
    """PubsubMessage to `envelopes` (Envelope); what is none goes to `refused` (Letter)."""

    def expand(self, messages: PCollection[PubsubMessage]) -> DoOutputsTuple:
        """Nothing is opened here."""
        parse = beam.ParDo(_parse).with_output_types(Envelope)
        return messages | "Parse" >> parse.with_outputs("refused", main="envelopes")


def _parse(message: PubsubMessage) -> Iterator[Any]:
    parsed = parse_message(message)
    if isinstance(parsed, Letter):
        yield TaggedOutput("refused", parsed)
        return
    Metrics.counter(STAGE, f"envelopes-{parsed.kind.name}").inc()
    Metrics.counter(STAGE, "bytes").inc(len(parsed.sealed))
    if parsed.published_ns and parsed.received_ns:
        waited_ms = max(0, parsed.published_ns - parsed.received_ns) // 1_000_000
        Metrics.distribution(STAGE, "received-to-published-ms").update(waited_ms)
    yield parsed


def parse_message(message: PubsubMessage) -> Envelope | Letter:
    """The envelope of a message, or the letter of one that has none."""
    attributes, data = dict(message.attributes or {}), message.data or b""
    published_ns = nanoseconds(message.publish_time)
    try:
        return Envelope.from_attributes(attributes, data, published_ns=published_ns)
    except PacketError as error:
        return Letter(attributes, data, published_ns, STAGE, NOT_AN_ENVELOPE, str(error)[:600])


def key_by_stream(envelope: Envelope) -> tuple[str, bytes]:
    """An envelope's bytes under its stream's key."""
    return envelope.stream_key, envelope.to_bytes()


def nanoseconds(time: datetime.datetime | None) -> int:
    """Since 1970, in integers: a float would lose the last digits; 0 where there is no time."""
    if time is None:
        return 0
    return (time - _1970) // datetime.timedelta(microseconds=1) * 1000
