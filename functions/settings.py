"""What every function is told by its environment."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping

from schemas.errors import SchemaError

PREFIX = "NEURAL_ENGINE_"
EXPECTED_LATENCY_MS = 300
"""What the live path aims at, from a post to its row, 95th percentile: benchmarks measure it."""
_TOPIC = re.compile(r"(projects/[^/\s]+/topics/)?[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_SECURE_OR_LOOPBACK = re.compile(
    r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?"
)
_ALWAYS = ("project", "bigtable_instance")
_URLS = ("operator_jwks_url", "telemetry_url")
_TOPICS = ("telemetry_topic", "device_events_topic")


class SettingsError(SchemaError):
    """An environment that a function cannot serve in: which variable, and what it should hold."""


@dataclasses.dataclass(frozen=True)
class FunctionSettings:
    """Where a function finds its stores and whom it believes; holds nothing secret.

    Each field is read from `NEURAL_ENGINE_` and its name in capitals. Google's clients read
    PUBSUB_EMULATOR_HOST and BIGTABLE_EMULATOR_HOST themselves.

    Args:
      project: of Bigtable, Pub/Sub and Cloud KMS.
      bigtable_app_profile: routes to one cluster and allows single-row transactions, which the
        registry and the keysets rest on; empty for the instance's default.
      kms_loopback_address: of a key service on this machine; empty for Cloud KMS.
      telemetry_topic, device_events_topic: names of topics of the project, or full paths.
      token_audience: what the tokens of devices must be made for, one string.
      operator_issuer, operator_audience, operator_jwks_url: the OpenID provider of operators.
      region: where this function runs and its data stay.
      telemetry_url: to which devices are told to post.
      expected_latency_ms: what devices are told to expect, from a post to rows that can be read.

    Raises:
      SettingsError: a field that cannot be.
    """

    project: str
    bigtable_instance: str
    bigtable_app_profile: str = ""
    kms_location: str = ""
    kms_key_ring: str = ""
    kms_loopback_address: str = ""
    telemetry_topic: str = ""
    device_events_topic: str = ""
    token_audience: str = ""
    operator_issuer: str = ""
    operator_audience: str = ""
    operator_jwks_url: str = ""
    region: str = ""
    telemetry_url: str = ""
    expected_latency_ms: int = EXPECTED_LATENCY_MS

    def __post_init__(self) -> None:
        for field in _ALWAYS:
            if not getattr(self, field):
                raise SettingsError(variable_of(field), "", "a name")
        for field in _TOPICS:
            found = getattr(self, field)
            if found and not _TOPIC.fullmatch(found):
                raise SettingsError(variable_of(field), found, "projects/PROJECT/topics/TOPIC")
        for field in _URLS:
            found = getattr(self, field)
            if found and not _SECURE_OR_LOOPBACK.fullmatch(found):
                raise SettingsError(variable_of(field), found, "an https address")

    @classmethod
    def from_environment(
        cls, *needed: str, environment: Mapping[str, str] | None = None
    ) -> FunctionSettings:
        """The settings of this process.

        Args:
          needed: fields without which this function cannot serve, besides project and instance.

        Raises:
          SettingsError: a variable is missing or cannot be.
        """
        found = os.environ if environment is None else environment
        values = {
            field.name: found.get(variable_of(field.name), "").strip()
            for field in dataclasses.fields(cls)
        }
        missing = [variable_of(name) for name in (*_ALWAYS, *needed) if not values[name]]
        if missing:
            raise SettingsError("environment", f"without {', '.join(missing)}", "all of them set")
        latency = values.pop("expected_latency_ms") or str(EXPECTED_LATENCY_MS)
        if not latency.isascii() or not latency.isdigit() or len(latency) > 6:
            raise SettingsError(variable_of("expected_latency_ms"), latency[:20], "milliseconds")
        return cls(**values, expected_latency_ms=int(latency))

    def topic_path(self, topic: str) -> str:
        """The full path of a topic that may have been named without its project."""
        return topic if topic.startswith("projects/") else f"projects/{self.project}/topics/{topic}"


def variable_of(field: str) -> str:
    """The environment variable of a field.

    >>> variable_of("telemetry_topic")
    'NEURAL_ENGINE_TELEMETRY_TOPIC'
    """
    return PREFIX + field.upper()
