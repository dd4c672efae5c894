"""What the telemetry function is compared with: functions that do less, served the same way."""

from __future__ import annotations

import asyncio
import functools
import os

import functions_framework.aio
from google.cloud.pubsub_v1 import PublisherClient, types
from starlette.requests import Request
from starlette.responses import Response

from functions.publishing import PublishSettings
from schemas.posts import decode_post

_ANSWER = b'{"verdicts": [{"packet": 0, "accepted": true}], "post_interval_ms": 1000}'


@functions_framework.aio.http
async def bare(request: Request) -> Response:
    """Reads the body and answers."""
    await request.body()
    return _answer(request)


@functools.cache
def _client() -> PublisherClient:
    settings = PublishSettings()
    batches = types.BatchSettings(settings.batch_bytes, settings.linger_s, settings.batch_messages)
    return PublisherClient(batch_settings=batches)


@functions_framework.aio.http
async def published(request: Request) -> Response:
    """Publishes each packet as it came, in the same batches, and waits for Pub/Sub."""
    body = await request.body()
    if body:
        topic = os.environ["NEURAL_ENGINE_TELEMETRY_TOPIC"]
        path = f"projects/{os.environ['NEURAL_ENGINE_PROJECT']}/topics/{topic}"
        futures = [_client().publish(path, packet) for packet in decode_post(body)]
        await asyncio.gather(*map(asyncio.wrap_future, futures))
    return _answer(request)


def _answer(request: Request) -> Response:
    status = 202 if request.method == "POST" else 200  # to who asks whether it serves
    return Response(_ANSWER, status, {"content-type": "application/json"})
