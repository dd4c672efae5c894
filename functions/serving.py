"""What a function is made of when it is first called: its registry, its callers, its topics."""

from __future__ import annotations

from functions.callers import Callers
from functions.device_events import Announcer
from functions.publishing import Publisher
from functions.registry.registry import Registry, connect
from functions.settings import FunctionSettings
from security.operators import OperatorSettings, OperatorVerifier


def open_registry(settings: FunctionSettings) -> Registry:
    """The registry of the settings' project and instance."""
    profile = settings.bigtable_app_profile or None
    return Registry(connect(settings.project, settings.bigtable_instance, profile))


def open_callers(settings: FunctionSettings, registry: Registry) -> Callers:
    """Whom the settings believe; no operators where they name no provider."""
    verifier = None
    if settings.operator_issuer:
        verifier = OperatorVerifier(
            OperatorSettings(
                issuer=settings.operator_issuer,
                audience=settings.operator_audience,
                keys_url=settings.operator_jwks_url,
            )
        )
    return Callers(registry, settings.token_audience, verifier)


def open_announcer(settings: FunctionSettings) -> Announcer:
    """To the topics of the settings; no ends of streams where they name no telemetry topic."""
    events = Publisher(settings.topic_path(settings.device_events_topic))
    if not settings.telemetry_topic:
        return Announcer(events)
    return Announcer(events, Publisher(settings.topic_path(settings.telemetry_topic)))
