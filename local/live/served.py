"""The three functions, served side by side and told where everything is."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from functions.registry.registry import Registry, connect
from functions.settings import variable_of
from local.functions import FunctionSource, ServedFunction
from local.live.cloud import INSTANCE, LOCATION, PROJECT, Cloud
from schemas.pubsub_topics import DEVICE_EVENTS, TELEMETRY
from schemas.registrations import Role
from schemas.registry_rows import operator_id

AUDIENCE = "neural-engine-local"
"""What devices make their tokens for."""
TELEMETRY_FUNCTION = FunctionSource("functions/telemetry/main.py", "telemetry", asgi=True)
ENROLMENT_FUNCTION = FunctionSource("functions/enrolment/main.py", "enrolment")
SESSIONS_FUNCTION = FunctionSource("functions/sessions/main.py", "sessions")

_OPERATOR, _EMAIL = "operator-1", "operator@example.org"


@dataclasses.dataclass(frozen=True)
class Served:
    """Where the API is.

    Attributes:
      telemetry: for tests that end it in the middle of its work.
    """

    enrolment_url: str
    sessions_url: str
    telemetry_url: str
    telemetry: ServedFunction


@contextlib.contextmanager
def served_functions(
    cloud: Cloud, logs: Path, more: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Serves them until the end of the block.

    Args:
      logs: a folder for what each says.
      more: variables besides those that say where everything is.

    Raises:
      ProcessError: one ends instead, or does not answer.
    """
    variables = {**function_variables(cloud), **(more or {})}
    with contextlib.ExitStack() as stack:
        telemetry = _begin(stack, TELEMETRY_FUNCTION, variables, logs)
        variables[variable_of("telemetry_url")] = f"{telemetry.url}/v1/telemetry"
        enrolment = _begin(stack, ENROLMENT_FUNCTION, variables, logs)
        sessions = _begin(stack, SESSIONS_FUNCTION, variables, logs)
        for function in (telemetry, enrolment, sessions):
            function.wait_until_ready()
        yield Served(enrolment.url, sessions.url, telemetry.url, telemetry)


def function_variables(cloud: Cloud) -> dict[str, str]:
    """The environment that Terraform gives the functions in the cloud."""
    settings = {
        "project": PROJECT,
        "bigtable_instance": INSTANCE,
        "kms_location": LOCATION,
        "kms_key_ring": cloud.key_names.key_ring,
        "kms_loopback_address": cloud.kms.address,
        "telemetry_topic": TELEMETRY.name,
        "device_events_topic": DEVICE_EVENTS.name,
        "token_audience": AUDIENCE,
        "operator_issuer": cloud.oidc.issuer,
        "operator_audience": cloud.oidc.audience,
        "operator_jwks_url": cloud.oidc.jwks_url,
        "region": LOCATION,
    }
    return {**cloud.variables, **{variable_of(name): value for name, value in settings.items()}}


def operator_token(cloud: Cloud, tenant: str) -> str:
    """The ID token of an operator who may enrol devices in the tenant."""
    registry = Registry(connect(PROJECT, INSTANCE))
    registry.grant(tenant, operator_id(cloud.oidc.issuer, _OPERATOR), Role.OPERATOR)
    return cloud.oidc.issue(_OPERATOR, _EMAIL)


def _begin(
    stack: contextlib.ExitStack, source: FunctionSource, variables: Mapping[str, str], logs: Path
) -> ServedFunction:
    function = ServedFunction(source, variables, log=logs / f"{source.name}.txt")
    stack.callback(function.stop)
    function.begin()
    return function
