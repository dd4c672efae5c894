"""The batch job: recordings in; features, events and a report for each out.

python -m pipelines.batch --input 'recordings/*.edf' --output out/
"""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import uuid
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions
from apache_beam.runners.runner import PipelineResult

from pipelines.batch_options import BatchSettings, parse_batch_options
from pipelines.batch_summary import summary_text
from pipelines.launched import launched_text
from transforms.batch_records import DeadLetter
from transforms.compute_windows import ComputeWindows
from transforms.describe_sessions import describe_session, list_streams
from transforms.load_tables import LoadSettings, LoadWrittenFiles
from transforms.open_recordings import OpenRecordings
from transforms.render_reports import RenderReports
from transforms.summarise_job import SUMMARY_NAME, SummariseJob
from transforms.table_part import TABLES
from transforms.write_tables import WriteTables
from transforms.write_windows import WriteSealedRows


@dataclasses.dataclass(frozen=True)
class BatchEdges:
    """Where the job reads from and writes to.

    Attributes:
      patterns: a source of file patterns (str).
      tables: a sink of TablePart that returns the paths of its files.
      summary: a sink of (outcomes, dead letters).
      reports: a sink of StreamOutcome; None: no pages.
      sealed: a sink of RowToSeal with `refused` (DeadLetter) as an output; None: no rows.
      loads: a sink of the files' paths that returns what it refuses (DeadLetter); None: files only.
    """

    patterns: beam.PTransform
    tables: beam.PTransform
    summary: beam.PTransform
    reports: beam.PTransform | None = None
    sealed: beam.PTransform | None = None
    loads: beam.PTransform | None = None


def build(root: beam.Pipeline, edges: BatchEdges, settings: BatchSettings) -> None:
    """Patterns in; tables, reports and a summary out."""
    files = (
        root
        | "ReadPatterns" >> edges.patterns
        | "OpenRecordings"
        >> OpenRecordings(
            settings.identity,
            settings.recordings,
            subject_from_files=settings.subject_from_files,
            leave_out=_own_output(settings.output),
        )
    )
    described = files["opened"] | "DescribeSessions" >> beam.FlatMap(describe_session)
    computed = (
        files["opened"]
        | "ListStreams" >> beam.FlatMap(list_streams)
        | "SpreadStreams" >> beam.Reshuffle()
        | "ComputeWindows" >> ComputeWindows(with_rows=edges.sealed is not None)
    )
    refused = [files["rejected"], computed.rejected]
    if edges.sealed is not None:
        refused.append((computed.rows | "WriteSealedRows" >> edges.sealed).refused)
    letters = refused | "JoinLetters" >> beam.Flatten()
    # Each written where it arises: parts are large, and joined they might be stored in between.
    written = [
        computed.parts | "WriteWindows" >> edges.tables,
        described | "WriteSessions" >> edges.tables,
        letters | "ToRows" >> beam.Map(DeadLetter.part) | "WriteLetters" >> edges.tables,
    ]
    if edges.loads is not None:
        not_loaded = written | "JoinFiles" >> beam.Flatten() | "LoadTables" >> edges.loads
        rows = not_loaded | "NotLoadedToRows" >> beam.Map(DeadLetter.part)
        _ = rows | "WriteNotLoaded" >> edges.tables
    if edges.reports is not None:
        _ = computed.outcomes | "WriteReports" >> edges.reports
    _ = (computed.outcomes, letters) | "Summarise" >> edges.summary


def _own_output(folder: str) -> tuple[str, ...]:
    """What the job writes: a second run over a folder that holds it finds the same recordings."""
    names = (*TABLES, "reports", SUMMARY_NAME)
    return tuple(FileSystems.join(folder, name) for name in names)


def file_edges(settings: BatchSettings) -> BatchEdges:
    """Files in, files out; and sealed rows, where a store is named."""
    return BatchEdges(
        patterns=beam.Create(list(settings.patterns), reshuffle=False),
        tables=WriteTables(settings.output),
        summary=SummariseJob(settings.output, has_reports=settings.reports),
        reports=RenderReports(settings.output) if settings.reports else None,
        sealed=WriteSealedRows(settings.store) if settings.store else None,
        loads=_loads(settings),
    )


def _loads(settings: BatchSettings) -> beam.PTransform | None:
    if settings.bigquery is None:
        return None
    # Another run may have other rows under the same names, and is to be loaded too.
    load = LoadSettings(settings.output, run=uuid.uuid4().hex)
    return LoadWrittenFiles(settings.bigquery, load)


def run(settings: BatchSettings, options: PipelineOptions) -> PipelineResult:
    """Builds the job and hands it to its runner; does not wait."""
    # The code is in an importable package: the main module need not be sent to the workers.
    options.view_as(SetupOptions).save_main_session = False
    pipeline = beam.Pipeline(options=options)
    build(pipeline, file_edges(settings), settings)
    return pipeline.run()


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, runs, waits, and tells what came out; returns the exit code."""
    settings, beam_options = parse_batch_options(argv)
    _log_to_stderr()
    options = PipelineOptions(beam_options)
    result = run(settings, options)
    if text := launched_text(options):
        print(text)
        return 0
    result.wait_until_finish()
    with FileSystems.open(
        FileSystems.join(settings.output, SUMMARY_NAME),
        compression_type=CompressionTypes.UNCOMPRESSED,
    ) as file:
        summary = json.loads(file.read())
    print(summary_text(summary, settings, result))
    return 0 if summary["streams"] else 1


def _log_to_stderr() -> None:
    """Our progress, and the warnings of others."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    for package in ("transforms", "pipelines"):
        logging.getLogger(package).setLevel(logging.INFO)


if __name__ == "__main__":
    sys.exit(main())
