"""The enrolment function: claims, nonces, devices and their keys under /v1."""

from __future__ import annotations

import functools

import flask
import functions_framework

from functions.enrolment.desk import EnrolmentDesk
from functions.logs import log_json
from functions.routing import Api
from functions.serving import open_announcer, open_callers, open_registry
from functions.settings import FunctionSettings

log_json()


@functools.cache  # made on first use, after the server forked: importing this touches no cloud
def _api() -> Api:
    settings = FunctionSettings.from_environment(
        "device_events_topic",
        "token_audience",
        "operator_issuer",
        "operator_audience",
        "operator_jwks_url",
    )
    registry = open_registry(settings)
    callers = open_callers(settings, registry)
    desk = EnrolmentDesk(registry, callers, open_announcer(settings), settings.token_audience)
    return Api("enrolment", desk.handlers())


@functions_framework.http
def enrolment(request: flask.Request) -> flask.Response:
    """docs/api.md says what is answered when."""
    return _api().answer(request)
