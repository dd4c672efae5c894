"""The sweep, started by a message every few minutes; what the message says does not matter."""

from __future__ import annotations

import dataclasses
import functools
import logging

import cloudevents.http
import functions_framework

from functions.device_events import Announcer
from functions.logs import log_json
from functions.registry.registry import Registry
from functions.serving import open_announcer, open_registry
from functions.sessions.sweep import sweep_sessions
from functions.settings import FunctionSettings

log_json()
_LOG = logging.getLogger(__name__)


@functools.cache  # made on first use, after the server forked: importing this touches no cloud
def _desk() -> tuple[Registry, Announcer]:
    settings = FunctionSettings.from_environment("telemetry_topic", "device_events_topic")
    return open_registry(settings), open_announcer(settings)


@functions_framework.cloud_event
def sweep(event: cloudevents.http.CloudEvent) -> None:
    """Runs one sweep; raises what kept it from its end, so that the message comes again."""
    swept = sweep_sessions(*_desk())
    _LOG.info("swept the sessions", extra={"fields": dataclasses.asdict(swept)})
