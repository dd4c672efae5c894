"""The stream job: sealed packets from Pub/Sub in; windows, tables and the archive out.

python -m pipelines.stream --subscription projects/p/subscriptions/telemetry-stream \
    --archive gs://archive --dead-letters gs://dead-letters --bigtable-project p ...
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import (
    PipelineOptions,
    SetupOptions,
    StandardOptions,
)
from apache_beam.pvalue import PCollection
from apache_beam.runners.runner import PipelineResult

from pipelines.launched import launched_text
from pipelines.store_options import is_dataflow
from pipelines.stream_options import BUNDLE_RUNNER, StreamSettings, parse_stream_options
from schemas.archive import JUMP_EPOCHS, EpochPlace
from schemas.letters import Letter
from transforms.batch_records import DeadLetter
from transforms.live import FollowStreams, RefusedEnvelope
from transforms.publish_feedback import PublishFeedback
from transforms.read_envelopes import ParseEnvelopes, ReadTelemetry, key_by_stream
from transforms.read_registry_events import ParseRegistryEvents, ReadRegistryEvents
from transforms.table_part import TablePart
from transforms.write_archive import WriteArchive
from transforms.write_bigquery import WriteBigQuery
from transforms.write_refused import WriteRefused
from transforms.write_tables import WriteTables
from transforms.write_windows import WriteSealedRows


@dataclasses.dataclass(frozen=True)
class StreamEdges:
    """Where the job reads from and writes to.

    Attributes:
      telemetry: a source of PubsubMessage: packets.
      sealed: a sink of RowToSeal with outputs `refused` (DeadLetter) and `latencies` (TablePart).
      tables: a sink of TablePart that returns what it refuses (DeadLetter).
      archive: a sink of (EpochPlace, ArchiveRecord).
      refused: a sink of Letter that returns their rows (TablePart).
      refused_rows: a sink of TablePart: rows about what `tables` refused, which cannot take them.
      registry: a source of PubsubMessage: changes of the registry; None: they are not read.
      feedback: a sink of Feedback; None: no window is published.
    """

    telemetry: beam.PTransform
    sealed: beam.PTransform
    tables: beam.PTransform
    archive: beam.PTransform
    refused: beam.PTransform
    refused_rows: beam.PTransform
    registry: beam.PTransform | None = None
    feedback: beam.PTransform | None = None


def build(root: beam.Pipeline, edges: StreamEdges, settings: StreamSettings) -> None:
    """Messages in; rows, tables, files of packets and dead letters out."""
    parsed = root | "ReadTelemetry" >> edges.telemetry | "ParseEnvelopes" >> ParseEnvelopes()
    followed = (
        parsed.envelopes
        | "KeyByStream" >> beam.Map(key_by_stream).with_output_types(tuple[str, bytes])
        | "FollowStreams"
        >> FollowStreams(settings.store.vault, settings.follow, traces=settings.traces)
    )
    _ = followed.archive | "WriteArchive" >> edges.archive
    stored = followed.rows | "WriteSealedRows" >> edges.sealed
    unstored = stored.refused | "TellUnstored" >> beam.Map(
        unstored_part, settings.archive
    ).with_output_types(TablePart)
    refused = [parsed.refused, followed.refused | "ToLetters" >> beam.Map(letter_of)]
    parts = [followed.tables, stored.latencies, unstored]
    if edges.registry is not None:
        changes = root | "ReadRegistry" >> edges.registry | "ParseRegistry" >> ParseRegistryEvents()
        refused.append(changes.refused)
        parts.append(changes.parts)
    write_tables(parts, refused, edges)
    if edges.feedback is not None:
        _ = followed.feedback | "PublishFeedback" >> edges.feedback


def build_registry(root: beam.Pipeline, edges: StreamEdges) -> None:
    """Only the changes of the registry, for a runner that works one source at a time."""
    assert edges.registry is not None
    changes = root | "ReadRegistry" >> edges.registry | "ParseRegistry" >> ParseRegistryEvents()
    write_tables([changes.parts], [changes.refused], edges)


def write_tables(parts: list[PCollection], refused: list[PCollection], edges: StreamEdges) -> None:
    """Rows (TablePart) to their tables; letters (Letter) to files, and their rows to a table."""
    told = refused | "JoinRefused" >> beam.Flatten() | "WriteRefused" >> edges.refused
    _ = (
        [*parts, told]
        | "JoinTables" >> beam.Flatten()
        | "WriteTables" >> edges.tables
        | "TellRefusedRows" >> beam.Map(DeadLetter.part).with_output_types(TablePart)
        | "KeepRefusedRows" >> edges.refused_rows
    )


def letter_of(refused: RefusedEnvelope) -> Letter:
    """What the follower refused, as a dead letter."""
    return Letter.of_envelope(refused.envelope, refused.stage, refused.reason, refused.message)


def unstored_part(letter: DeadLetter, archive: str) -> TablePart:
    """The row about rows that Bigtable refused: the archive has their packets."""
    identity = letter.identity
    place = EpochPlace(
        identity.tenant,
        str(identity.session),
        str(identity.stream),
        int(identity.epoch or 0) % JUMP_EPOCHS,
        identity.subject,
    )
    path = FileSystems.join(archive, *place.folder.split("/"))
    return dataclasses.replace(letter, path=path).part()


def cloud_edges(settings: StreamSettings, runner: str) -> StreamEdges:
    """Pub/Sub in; Bigtable, BigQuery and files out, or the emulators of all of them."""
    with_ids = not _is_bundle_runner(runner)  # it refuses them
    registry = settings.device_events and ReadRegistryEvents(settings.device_events, with_ids)
    feedback = settings.feedback_topic and PublishFeedback(settings.feedback_topic)
    return StreamEdges(
        telemetry=ReadTelemetry(settings.subscription, with_ids),
        sealed=WriteSealedRows(settings.store, traces=settings.traces),
        tables=WriteBigQuery(settings.tables),
        archive=WriteArchive(settings.archive, settings.archive_settings),
        refused=WriteRefused(settings.dead_letters),
        refused_rows=WriteTables(FileSystems.join(settings.dead_letters, "rows")),
        registry=registry or None,
        feedback=feedback or None,
    )


def run(settings: StreamSettings, options: PipelineOptions) -> list[PipelineResult]:
    """Builds the job and hands it to its runner; does not wait.

    Returns:
      One result; on BundleBasedDirectRunner one a source: it works them one at a time, and an
      idle subscription would hold the other one up for half a minute.
    """
    options.view_as(StandardOptions).streaming = True
    # The code is in an importable package: the main module need not be sent to the workers.
    options.view_as(SetupOptions).save_main_session = False
    runner = str(options.view_as(StandardOptions).runner)
    edges = cloud_edges(settings, runner)
    pipelines = []
    if edges.registry is not None and _is_bundle_runner(runner):
        pipelines.append(beam.Pipeline(options=options))
        build_registry(pipelines[0], edges)
        edges = dataclasses.replace(edges, registry=None)
    pipelines.append(beam.Pipeline(options=options))
    build(pipelines[-1], edges, settings)
    return [pipeline.run() for pipeline in pipelines]


def main(argv: Sequence[str] | None = None) -> int:
    """Parses and starts; on this machine, waits until it is interrupted. Returns the exit code."""
    settings, beam_options = parse_stream_options(argv)
    _log_to_stderr()
    options = PipelineOptions(beam_options)
    results: list[Any] = run(settings, options)
    if text := launched_text(options):
        print(text)
        return 0
    if is_dataflow(str(options.view_as(StandardOptions).runner)):
        print(f"Started: job {results[-1].job_id()}. Drain it to stop it without loss.")
        return 0
    try:
        results[-1].wait_until_finish()
    except KeyboardInterrupt:
        for result in results:
            result.cancel()
    return 0


def _is_bundle_runner(runner: str) -> bool:
    return BUNDLE_RUNNER.lower() in runner.lower()


def _log_to_stderr() -> None:
    """Our progress, and the warnings of others."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    for package in ("transforms", "pipelines"):
        logging.getLogger(package).setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
