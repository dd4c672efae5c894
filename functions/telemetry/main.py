"""The telemetry function: POST /v1/telemetry, GET /healthz."""

from __future__ import annotations

import asyncio
import functools

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.logs import log_json
from functions.telemetry.door import Door
from functions.telemetry.front import answer
from functions.telemetry.opening import open_door

log_json()


@functools.cache  # made on first use, after the server forked: gRPC does not survive a fork
def _door() -> asyncio.Future[Door]:
    return asyncio.ensure_future(open_door())


@functions_framework.aio.http
async def telemetry(request: Request) -> Response:
    """Packets in, verdicts out; docs/api.md says what is answered when."""
    return await answer(request, _door())
