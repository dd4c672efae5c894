from __future__ import annotations

import pytest

from functions.settings import FunctionSettings, SettingsError, variable_of

LEAST = {"NEURAL_ENGINE_PROJECT": "p", "NEURAL_ENGINE_BIGTABLE_INSTANCE": "i"}


def settings(**more):
    environment = LEAST | {variable_of(name): value for name, value in more.items()}
    return FunctionSettings.from_environment(environment=environment)


def test_topics_are_named_with_or_without_their_project():
    found = settings(telemetry_topic="telemetry")
    assert found.topic_path(found.telemetry_topic) == "projects/p/topics/telemetry"
    assert found.topic_path("projects/q/topics/t") == "projects/q/topics/t"


def test_every_variable_that_is_missing_is_named_at_once():
    with pytest.raises(SettingsError) as refusal:
        FunctionSettings.from_environment("telemetry_topic", environment={})
    for name in ("PROJECT", "BIGTABLE_INSTANCE", "TELEMETRY_TOPIC"):
        assert f"NEURAL_ENGINE_{name}" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operator_jwks_url", "http://id.example.org/keys"),
        ("operator_jwks_url", "http://127.0.0.1.example.org/keys"),
        ("operator_jwks_url", "file:///etc/passwd"),
        ("telemetry_url", "http://example.org"),
        ("telemetry_topic", "a topic"),
        ("expected_latency_ms", "soon"),
    ],
)
def test_a_variable_that_cannot_be_is_named(name, value):
    with pytest.raises(SettingsError) as refusal:
        settings(**{name: value})
    assert refusal.value.field == variable_of(name)


def test_plain_http_is_for_this_machine_alone():
    assert settings(operator_jwks_url="http://127.0.0.1:80/keys").operator_jwks_url
