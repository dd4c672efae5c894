"""Pub/Sub from an event loop: the same batches and bounds, without a thread for each batch.

Google's `PublisherClient` starts two threads a batch and copies each message four times, which
costs more than checking and sealing it. Here the generated asynchronous client is called with a
request that was put together once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping

import grpc
from google.api_core.exceptions import GoogleAPIError
from google.api_core.retry import AsyncRetry
from google.auth.exceptions import GoogleAuthError
from google.pubsub_v1 import PublisherAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.types import PublishRequest

from functions.pressure import PublishPressure
from functions.publishing import PublishSettings, is_transient

_EMULATOR = "PUBSUB_EMULATOR_HOST"  # the generated client does not look at it
_LATE_S = 1.0  # an attempt may end so long after the deadline
_MAX_MESSAGE_BYTES = 9_000_000  # Pub/Sub takes requests of 10 MB


class NotPublishedError(Exception):
    """A message that was not published as far as anybody knows; its cause is the client's error.

    Without a cause it was not taken: it is too large, or too much waits already.
    """


class LoopPublisher:
    """Messages to one topic; for one event loop, in which it is made and used.

    Not to be made before a server forks its workers: gRPC does not survive that.

    Attributes:
      pressure: how much waits.
    """

    def __init__(
        self,
        topic: str,
        settings: PublishSettings | None = None,
        timer: Callable[[], float] = time.monotonic,
    ):
        self.settings = settings = settings or PublishSettings()
        self.pressure = PublishPressure(
            settings.unacknowledged_messages, settings.unacknowledged_bytes, timer
        )
        self._topic, self._client = topic, _connect()
        self._retry = AsyncRetry(
            predicate=is_transient,
            initial=0.1,
            maximum=1.0,
            multiplier=2.0,
            timeout=settings.deadline_s,
        )
        self._batch: _Batch | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def publish(self, data: bytes, attributes: Mapping[str, str]) -> asyncio.Future[str]:
        """Takes a message; it is published only once the future has its id.

        Returns:
          A future of Pub/Sub's id of the message, or of `NotPublishedError`; done soon after the
          deadline, whatever happens.
        """
        loop = asyncio.get_running_loop()
        published: asyncio.Future[str] = loop.create_future()
        size = len(data) + sum(map(len, attributes)) + sum(map(len, attributes.values()))
        if self.pressure.is_full or size > _MAX_MESSAGE_BYTES:
            too_large = size > _MAX_MESSAGE_BYTES
            expected = f"at most {_MAX_MESSAGE_BYTES}" if too_large else "less that waits already"
            published.set_exception(NotPublishedError(f"{size} bytes; expected {expected}"))
            return published
        self.pressure.take(size)
        published.add_done_callback(lambda done: self._answered(size, done))
        settings = self.settings
        if self._batch is not None and self._batch.n_bytes + size > settings.batch_bytes:
            self._send()
        if self._batch is None:
            self._batch = _Batch(self._topic)
            self._batch.timer = loop.call_later(settings.linger_s, self._send)
        self._batch.add(data, attributes, size, published)
        if (
            self._batch.n_bytes >= settings.batch_bytes
            or len(self._batch.waiting) >= settings.batch_messages
        ):
            self._send()
        return published

    async def close(self) -> None:
        """Sends what waits, and ends the connection."""
        self._send()
        await asyncio.gather(*self._sending)
        await self._client.transport.close()

    def _send(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        if batch.timer is not None:
            batch.timer.cancel()
        task = asyncio.ensure_future(self._publish(batch))
        self._sending.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._sending.discard)

    async def _publish(self, batch: _Batch) -> None:
        settings = self.settings
        try:
            async with asyncio.timeout(settings.deadline_s + _LATE_S):
                answer = await self._client.publish(
                    request=batch.request, retry=self._retry, timeout=settings.attempt_s
                )
        except (GoogleAPIError, GoogleAuthError, grpc.RpcError, TimeoutError) as error:
            batch.fail(error)
        except BaseException as error:  # a bug, or the end of the loop: nobody may wait for ever
            batch.fail(error)
            raise
        else:
            batch.succeed(list(answer.message_ids))

    def _answered(self, size: int, done: asyncio.Future[str]) -> None:
        acknowledged = not done.cancelled() and done.exception() is None
        self.pressure.answered(size, acknowledged=acknowledged)


class _Batch:
    """One request in the making, and who waits for it."""

    def __init__(self, topic: str):
        self.request = PublishRequest(topic=topic)
        self.n_bytes = 0
        self.waiting: list[asyncio.Future[str]] = []
        self.timer: asyncio.TimerHandle | None = None
        self._messages = PublishRequest.pb(self.request).messages

    def add(
        self, data: bytes, attributes: Mapping[str, str], size: int, waits: asyncio.Future[str]
    ) -> None:
        self._messages.add(data=data, attributes=attributes)
        self.n_bytes += size
        self.waiting.append(waits)

    def succeed(self, message_ids: list[str]) -> None:
        if len(message_ids) != len(self.waiting):
            self.fail(ValueError(f"{len(message_ids)} ids for {len(self.waiting)} messages"))
            return
        for waits, message_id in zip(self.waiting, message_ids, strict=True):
            if not waits.done():
                waits.set_result(message_id)

    def fail(self, cause: BaseException) -> None:
        for waits in self.waiting:
            if not waits.done():
                error = NotPublishedError(type(cause).__name__)
                error.__cause__ = cause
                waits.set_exception(error)


def _connect() -> PublisherAsyncClient:
    emulator = os.environ.get(_EMULATOR)
    if not emulator:
        return PublisherAsyncClient()
    channel = grpc.aio.insecure_channel(emulator)
    return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))
