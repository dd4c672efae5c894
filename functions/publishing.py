"""Pub/Sub, published to in batches: bounded memory, and a deadline."""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Mapping

from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud.pubsub_v1 import PublisherClient, types

from schemas.errors import SchemaError

_TRANSIENT = (
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
    exceptions.ServiceUnavailable,
    exceptions.Unknown,
)


@dataclasses.dataclass(frozen=True)
class PublishSettings:
    """How messages are batched, how many may wait, and how long for.

    Args:
      linger_s: a message waits this long for others to share its request.
      batch_bytes: a batch of so many is sent at once.
      unacknowledged_messages, unacknowledged_bytes: beyond which nothing more is taken.
      attempt_s: of one request.
      deadline_s: after which a message counts as not published; it may be later all the same.
    """

    linger_s: float = 0.01
    batch_bytes: int = 64 * 1024
    batch_messages: int = 1000
    unacknowledged_messages: int = 10_000
    unacknowledged_bytes: int = 64 << 20
    attempt_s: float = 5.0
    deadline_s: float = 8.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not found > 0:
                raise SchemaError(field.name, found, "a number above 0")


class Publisher:
    """Messages to one topic, by Google's client. Safe between threads; never blocks.

    Not to be made before a server forks its workers: gRPC does not survive that.
    """

    def __init__(self, topic: str, settings: PublishSettings | None = None):
        self.settings = settings = settings or PublishSettings()
        self._topic = topic
        self._client = PublisherClient(
            batch_settings=types.BatchSettings(
                max_bytes=settings.batch_bytes,
                max_latency=settings.linger_s,
                max_messages=settings.batch_messages,
            ),
            publisher_options=types.PublisherOptions(
                flow_control=types.PublishFlowControl(
                    message_limit=settings.unacknowledged_messages,
                    byte_limit=settings.unacknowledged_bytes,
                    limit_exceeded_behavior=types.LimitExceededBehavior.ERROR,
                ),
                retry=Retry(
                    predicate=is_transient,
                    initial=0.1,
                    maximum=1.0,
                    multiplier=2.0,
                    timeout=settings.deadline_s,
                ),
                timeout=settings.attempt_s,
            ),
        )

    def publish(self, data: bytes, attributes: Mapping[str, str]) -> concurrent.futures.Future[str]:
        """Takes a message; it is published only once the future has its id.

        Returns:
          A future of Pub/Sub's id of the message, or of what went wrong: too much is waiting,
          the message is too large, no answer within the deadline, or a refusal.
        """
        try:
            published: concurrent.futures.Future[str] = self._client.publish(
                self._topic, data, **attributes
            )
        # AssertionError: the client's, of a batch that failed before it was put away.
        except (ValueError, RuntimeError, AssertionError) as error:
            published = concurrent.futures.Future()
            published.set_exception(error)
        return published

    def close(self) -> None:
        """Sends what waits; nothing can be published any more."""
        self._client.stop()


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    return isinstance(error, _TRANSIENT)
