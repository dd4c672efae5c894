"""Outcomes of streams to one page a recording, as a Beam step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from transforms.batch_records import StreamOutcome
from transforms.report import render_report
from transforms.write_tables import write_whole

STAGE = "RenderReports"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class RenderReports(beam.PTransform):
    """StreamOutcome to pages `<folder>/reports/<session>/report.html`; returns their paths (str).

    With a revision above 0 the page is `report-r<revision>.html`: the earlier one stays.
    """

    folder: str

    def expand(self, outcomes: PCollection[StreamOutcome]) -> PCollection[str]:
        """Streams by session, one page each."""
        key = beam.Map(_session_and_outcome).with_output_types(tuple[str, StreamOutcome])
        return (
            outcomes
            | "KeyBySession" >> key
            | "GroupBySession" >> beam.GroupByKey()
            | "WritePage" >> beam.Map(self._write).with_output_types(str)
        )

    def _write(self, keyed: tuple[str, Iterable[StreamOutcome]]) -> str:
        session, outcomes = keyed
        streams = in_order(outcomes)
        name = report_name(session, streams[0].identity.revision)
        path = FileSystems.join(self.folder, *name.split("/"))
        page = session_page(streams)
        write_whole(path, page.encode())
        Metrics.counter(STAGE, "pages").inc()
        return path


def report_name(session: str, revision: int) -> str:
    """Where a session's page is, from the output folder on."""
    page = "report.html" if revision == 0 else f"report-r{revision}.html"
    return f"reports/{session}/{page}"


def in_order(outcomes: Iterable[StreamOutcome]) -> list[StreamOutcome]:
    """By stream and epoch: groups arrive in any order."""
    return sorted(outcomes, key=lambda o: (o.identity.stream or "", o.identity.epoch or 0))


def session_page(streams: list[StreamOutcome]) -> str:
    """The page of one session, its streams in order."""
    notes: dict[str, None] = {}  # a file's notices come with each of its streams
    for outcome in streams:
        for notice in outcome.notices:
            where = f"{notice.channel}: " if notice.channel else ""
            notes[f"{where}{notice.kind.replace('_', ' ')}: {notice.detail}."] = None
    return render_report(
        streams[0].path.rsplit("/", 1)[-1],
        [outcome.report for outcome in streams],
        stream_names=[_stream_name(outcome) for outcome in streams],
        code_version=streams[0].identity.code_version,
        notes=list(notes),
    )


def _stream_name(outcome: StreamOutcome) -> str:
    """As in the tables; an epoch after the first says that the stream began anew."""
    again = f" after restart {outcome.identity.epoch}" if outcome.identity.epoch else ""
    return f"{outcome.identity.stream}{again}"


def _session_and_outcome(outcome: StreamOutcome) -> tuple[str, StreamOutcome]:
    return str(outcome.identity.session), outcome
