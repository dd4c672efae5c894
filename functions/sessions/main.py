"""The sessions function: opened, renewed, ended and read under /api/v1/bci-sessions."""

from __future__ import annotations

import functools

import flask
import functions_framework

from functions.logs import log_json
from functions.routing import Api
from functions.serving import open_announcer, open_callers, open_registry
from functions.sessions.desk import SessionDesk
from functions.settings import FunctionSettings

log_json()


@functools.cache  # made on first use, after the server forked: importing this touches no cloud
def _api() -> Api:
    settings = FunctionSettings.from_environment(
        "telemetry_topic", "device_events_topic", "token_audience", "telemetry_url"
    )
    registry = open_registry(settings)
    callers = open_callers(settings, registry)
    desk = SessionDesk(registry, callers, open_announcer(settings), settings)
    return Api("sessions", desk.handlers())


@functions_framework.http
def sessions(request: flask.Request) -> flask.Response:
    """docs/api.md says what is answered when."""
    return _api().answer(request)
