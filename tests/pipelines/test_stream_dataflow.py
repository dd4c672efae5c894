"""The job as Dataflow would get it: translated without credentials or network."""

from __future__ import annotations

from typing import Any

import pytest
from apache_beam.options.pipeline_options import (
    DebugOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.portability.api import beam_runner_api_pb2

from pipelines.stream import run
from pipelines.stream_options import parse_stream_options
from tests.emulators import without_emulators

OPTIONS = [
    "--subscription=projects/test-project/subscriptions/telemetry-stream",
    "--device-events-subscription=projects/test-project/subscriptions/device-events-stream",
    "--feedback-topic=projects/test-project/topics/feedback",
    *("--archive=gs://archive", "--dead-letters=gs://dead-letters", "--table-files=gs://files"),
    *("--bigtable-project=test-project", "--bigtable-instance=neural"),
    *("--bigquery-project=test-project", "--kms-location=europe-west3"),
    *("--runner=DataflowRunner", "--project=test-project", "--region=us-central1"),
    *("--job_name=stream", "--temp_location=gs://bucket/temp"),
    *("--staging_location=gs://bucket/stage", "--dry_run=True"),
]


@pytest.fixture(scope="module")
def translated():
    with without_emulators():
        settings, beam_options = parse_stream_options(OPTIONS)
        options = PipelineOptions(beam_options)
        (result,) = run(settings, options)
    job: Any = result
    return options, job.job.proto_pipeline


@pytest.fixture(scope="module")
def steps(translated):
    return {t.unique_name: t for t in translated[1].components.transforms.values()}


def test_every_step_has_a_lasting_name(steps):
    top = {name.split("/")[0] for name in steps if name and not name.startswith("ref_")}
    assert top == {
        *("ReadTelemetry", "ParseEnvelopes", "KeyByStream", "FollowStreams", "WriteArchive"),
        *("WriteSealedRows", "TellUnstored", "ToLetters", "ReadRegistry", "ParseRegistry"),
        *("JoinRefused", "WriteRefused", "JoinTables", "WriteTables", "TellRefusedRows"),
        *("KeepRefusedRows", "PublishFeedback"),
    }
    assert {"FollowStreams/Follow", "WriteArchive/WriteFiles", "WriteSealedRows/SealAndWrite"} <= (
        steps.keys()
    )


def test_messages_are_told_apart_and_stamped_by_their_attributes(steps):
    def payload_of(name: str) -> beam_runner_api_pb2.PubSubReadPayload:
        (read,) = [
            t
            for n, t in steps.items()
            if n.startswith(f"{name}/") and t.spec.urn == "beam:transform:pubsub_read:v1"
        ]
        return beam_runner_api_pb2.PubSubReadPayload.FromString(read.spec.payload)

    telemetry, registry = payload_of("ReadTelemetry"), payload_of("ReadRegistry")
    assert telemetry.subscription == OPTIONS[0].partition("=")[2]
    assert (telemetry.id_attribute, telemetry.timestamp_attribute) == ("delivery", "event_time_ms")
    assert telemetry.with_attributes
    assert registry.id_attribute == "event_id"


def test_state_is_of_the_kinds_that_dataflow_keeps(translated, steps):
    kinds = set()
    for step in steps.values():
        if step.spec.urn == "beam:transform:pardo:v1":
            payload = beam_runner_api_pb2.ParDoPayload.FromString(step.spec.payload)
            kinds |= {spec.WhichOneof("spec") for spec in payload.state_specs.values()}
    assert kinds == {"read_modify_write_spec", "bag_spec"}


def test_keys_of_state_are_text(translated, steps):
    components = translated[1].components
    stateful = []
    for name, step in steps.items():
        if step.spec.urn != "beam:transform:pardo:v1":
            continue
        if beam_runner_api_pb2.ParDoPayload.FromString(step.spec.payload).state_specs:
            stateful.append(name)
            (source,) = step.inputs.values()
            coder = components.coders[components.pcollections[source].coder_id]
            key = components.coders[coder.component_coder_ids[0]]
            assert key.spec.urn == "beam:coder:string_utf8:v1", name
    assert {"FollowStreams/Follow/ParDo(FollowFn)", "WriteArchive/WriteFiles"} <= set(stateful)


def test_no_plaintext_crosses_a_shuffle(steps):
    """Rows are not sealed yet: the step that computes them hands them to the one that seals."""
    follow, write = steps["FollowStreams/Follow"], steps["WriteSealedRows/SealAndWrite"]
    assert set(write.inputs.values()) <= set(follow.outputs.values())


def test_the_job_streams_with_a_cache_of_state_and_without_the_main_module(translated):
    options, _ = translated
    assert options.view_as(StandardOptions).streaming
    assert not options.view_as(SetupOptions).save_main_session
    assert options.view_as(WorkerOptions).max_cache_memory_usage_mb == 512
    services = options.view_as(DebugOptions).experiments or []
    assert "streaming_mode_at_least_once" not in services
