"""Newest windows to a topic, still sealed, for who answers the subject; off by default."""

from __future__ import annotations

import dataclasses

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, WriteToPubSub
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from transforms.live.feedback import Feedback

STAGE = "PublishFeedback"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class PublishFeedback(beam.PTransform):
    """Feedback to messages of a topic; at least once: readers drop repetitions.

    Args:
      topic: `projects/<project>/topics/<name>`.
    """

    topic: str

    def expand(self, feedback: PCollection[Feedback]) -> PCollection[None]:
        """As they are: what they hold was sealed where it was computed."""
        message = beam.Map(message_of).with_output_types(PubsubMessage)
        publish = WriteToPubSub(self.topic, with_attributes=True)
        return feedback | "ToMessages" >> message | "Publish" >> publish


def message_of(feedback: Feedback) -> PubsubMessage:
    """A window's message."""
    Metrics.counter(STAGE, "messages").inc()
    Metrics.counter(STAGE, "bytes").inc(len(feedback.sealed))
    return PubsubMessage(feedback.sealed, dict(feedback.attributes))
