"""Options of the batch job: parsed, and every one checked, before Beam starts."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from schemas.errors import SchemaError
from schemas.ids import SUBJECT_WIDTH, TENANT_WIDTH, check_subject_id, check_tenant_id
from transforms.engine.spec import SIGNALS
from transforms.recordings import RecordingSettings
from transforms.recordings.plan import AUTO
from transforms.recordings.units import UNIT_UV
from transforms.row_identity import RowIdentity

DEFAULT_TENANT = "local".ljust(TENANT_WIDTH, "0")
DEFAULT_SUBJECT = "subject".ljust(SUBJECT_WIDTH, "0")

FN_API_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""By name: DirectRunner would try to download another runner first."""

EPILOG = """\
Writes below the output folder: features, features_1s, events, sessions, markers and dead_letters
as Parquet, reports/<session>/report.html for each recording, and summary.json. A second run with
the same options leaves the same files; raise --revision when options or code have changed.

Files that cannot be used are listed at the end and in dead_letters, with the reason; the others
go on. The exit code is 0 if at least one recording was computed, 1 if none was, 2 for options
that are refused.

Options of Beam and its runners are passed on, such as --runner DataflowRunner --project ...
"""


@dataclasses.dataclass(frozen=True)
class BatchSettings:
    """What the job needs to know.

    Attributes:
      patterns: of the recordings, local or gs://.
      output: the folder to write to, local or gs://.
    """

    patterns: tuple[str, ...]
    output: str
    identity: RowIdentity
    recordings: RecordingSettings


def parse_batch_options(argv: Sequence[str] | None) -> tuple[BatchSettings, list[str]]:
    """The job's settings, and the options that are Beam's.

    Raises:
      SystemExit: 2, after a message that says what would be right.
    """
    parser = _parser()
    known, beam_options = parser.parse_known_args(argv)
    try:
        identity = RowIdentity(
            tenant=check_tenant_id(known.tenant),
            subject=check_subject_id(known.subject),
            session=None,
            revision=known.revision,
        )
    except SchemaError as error:
        parser.error(f"--{error}")
    for option in beam_options:
        if not option.startswith("--") and beam_options.index(option) == 0:
            parser.error(f"{option!r} belongs to no option; name files with --input")
    settings = BatchSettings(
        patterns=tuple(known.input),
        output=known.output,
        identity=identity,
        recordings=RecordingSettings(
            signal=known.signal,
            line_hz=None if known.line_hz == "none" else int(known.line_hz),
            unit=known.unit,
        ),
    )
    return settings, ["--runner", known.runner, *beam_options]


def _revision(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 0 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.batch",
        description="Recordings (EDF, EDF+, BDF, FIF) to features, artifacts and a report.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an abbreviation could swallow an option of Beam
    )
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="PATTERN",
        help="recordings: paths, folders or patterns such as 'recordings/*.edf' or gs://...",
    )
    add("--output", required=True, metavar="FOLDER", help="where to write, local or gs://")
    add("--tenant", default=DEFAULT_TENANT, help=f"{TENANT_WIDTH} of a-z 0-9 (%(default)s)")
    add("--subject", default=DEFAULT_SUBJECT, help=f"{SUBJECT_WIDTH} of a-z 0-9 (%(default)s)")
    add(
        "--signal",
        choices=(AUTO, *SIGNALS),
        default=AUTO,
        help="kind of all signals; auto goes by channel types and labels, else eeg (%(default)s)",
    )
    add("--line-hz", choices=("50", "60", "none"), default="50", help="mains (%(default)s)")
    add(
        "--unit",
        choices=tuple(UNIT_UV),
        default=None,
        help="what the stored numbers are, where the file labels them wrongly",
    )
    add("--revision", type=_revision, default=0, help="higher for reprocessing (%(default)s)")
    add("--runner", default=FN_API_RUNNER, help="of Beam (FnApiRunner, on this machine)")
    return parser
