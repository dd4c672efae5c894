"""What a job did, in one small file, whatever runner did it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import PCollection
from apache_beam.transforms.combiners import ToList

from transforms.batch_records import DeadLetter, StreamOutcome
from transforms.render_reports import report_name
from transforms.write_tables import write_whole

SUMMARY_NAME = "summary.json"

Line = tuple[str, dict[str, Any]]


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class SummariseJob(beam.PTransform):
    """(outcomes, dead letters) to `<folder>/summary.json`; returns its path (str).

    It tells of this job only, and without a clock: a second run writes the same.
    """

    folder: str
    has_reports: bool = True

    def expand(
        self,
        results: tuple[PCollection[StreamOutcome], PCollection[DeadLetter]],
    ) -> PCollection[str]:
        """Lines of both, collected and written at once."""
        outcomes, letters = results
        lines = (
            outcomes | "DescribeOutcome" >> beam.Map(stream_line, has_report=self.has_reports),
            letters | "DescribeLetter" >> beam.Map(letter_line),
        )
        return (
            lines
            | "JoinLines" >> beam.Flatten()
            | "CollectLines" >> ToList()  # an empty list for an empty job
            | "WriteSummary" >> beam.Map(self._write).with_output_types(str)
        )

    def _write(self, lines: Iterable[Line]) -> str:
        path = FileSystems.join(self.folder, SUMMARY_NAME)
        write_whole(path, summary_json(lines).encode())
        return path


def stream_line(outcome: StreamOutcome, has_report: bool = True) -> Line:
    """An epoch's line; where its report is, if it has one, is said from the folder on."""
    identity = outcome.identity
    return "streams", {
        "path": outcome.path,
        "session": identity.session,
        "stream": identity.stream,
        "epoch": identity.epoch,
        "n_channels": outcome.n_channels,
        "sampling_rate_hz": outcome.sampling_rate_hz,
        "n_samples": outcome.n_samples,
        "n_windows": outcome.n_windows,
        "flagged": outcome.flagged,
        "any_flagged": outcome.any_flagged,
        "notices": [[n.kind, n.channel, n.detail] for n in outcome.notices],
        "report": report_name(str(identity.session), identity.revision) if has_report else None,
    }


def letter_line(letter: DeadLetter) -> Line:
    """A dead letter's line."""
    return "dead_letters", {
        "path": letter.path,
        "stage": letter.stage,
        "reason": letter.reason,
        "message": letter.message,
    }


def summary_json(lines: Iterable[Line]) -> str:
    """All lines in a fixed order, whatever order they came in."""
    summary: dict[str, list[dict[str, Any]]] = {"streams": [], "dead_letters": []}
    for kind, line in lines:
        summary[kind].append(line)
    for kind in summary:
        summary[kind].sort(key=_order)
    return json.dumps(summary, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _order(line: dict[str, Any]) -> tuple[str, str, int, str]:
    """By file, stream and epoch; the rest only so that equals cannot swap."""
    rest = json.dumps(line, sort_keys=True)
    return line["path"], line.get("stream") or "", line.get("epoch") or 0, rest
