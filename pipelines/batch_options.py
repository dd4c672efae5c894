"""Options of the batch job: parsed, and every one checked, before Beam starts."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from pipelines.bigquery_options import add_address_options, bigquery_address
from pipelines.store_options import (
    add_report_option,
    add_store_options,
    check_no_plaintext_signals,
    store_address,
)
from schemas.errors import SchemaError
from schemas.ids import SUBJECT_WIDTH, TENANT_WIDTH, check_subject_id, check_tenant_id
from transforms.bigquery_address import BigQueryAddress
from transforms.engine.spec import SIGNALS
from transforms.recordings import RecordingSettings
from transforms.recordings.plan import AUTO, ArchiveFence
from transforms.recordings.units import UNITS
from transforms.row_identity import RowIdentity
from transforms.sealed_store import StoreAddress

DEFAULT_TENANT = "local".ljust(TENANT_WIDTH, "0")
DEFAULT_SUBJECT = "subject".ljust(SUBJECT_WIDTH, "0")

_LINE_HZ = {AUTO: 50, "50": 50, "60": 60, "none": None}

FN_API_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""By name: DirectRunner would try to download another runner first."""

EPILOG = """\
Writes below the output folder: features, features_1s, events, sessions, markers and dead_letters
as Parquet, reports/<session>/report.html for each recording, and summary.json. A second run with
the same options leaves the same files; raise --revision when options or code have changed.

With --bigtable-instance, windows and signals are also written there, each second sealed with the
subject's own key; who has the right to the keys reads them back by open_session. On Dataflow no
signal is written in any other way: reports, which show traces, are refused there (--no-reports).

Reads EDF, EDF+, BDF, FIF, BrainVision, GDF, EEGLAB, XDF, Persyst, Nihon Kohden, Neuralynx, ANT,
OpenBCI and Muse text, plain tables, .npy, BIDS datasets of these, and archives of packets. Sealed
packets are opened with the keys that --bigtable-... and --kms-... name, and a higher --revision
takes in what came too late for the stream: readers see the higher one. Files that belong together
are one recording. Texts, tables and pictures beside recordings are passed over, unless named.

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
      subject_from_files: the subject that a dataset names counts; False where one was given.
      reports: whether pages are written, which show traces of the signal.
      store: where windows and signals go, sealed; None: nowhere.
      bigquery: where the tables are loaded, besides the files; None: nowhere.
    """

    patterns: tuple[str, ...]
    output: str
    identity: RowIdentity
    recordings: RecordingSettings
    subject_from_files: bool = True
    reports: bool = True
    store: StoreAddress | None = None
    bigquery: BigQueryAddress | None = None


def parse_batch_options(argv: Sequence[str] | None) -> tuple[BatchSettings, list[str]]:
    """The job's settings, and the options that are Beam's.

    Raises:
      SystemExit: 2, after a message that says what would be right.
    """
    parser = batch_parser()
    known, beam_options = parser.parse_known_args(argv)
    try:
        identity = RowIdentity(
            tenant=check_tenant_id(known.tenant),
            subject=check_subject_id(DEFAULT_SUBJECT if known.subject is None else known.subject),
            session=None,
            revision=known.revision,
        )
        check_no_plaintext_signals(known, known.runner)
        store = store_address(known, known.runner)
        bigquery = bigquery_address(known, known.runner)
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
            line_hz=_LINE_HZ[known.line_hz],
            line_hz_from_file=known.line_hz == AUTO,
            unit=known.unit,
            sampling_rate=known.sampling_rate_hz,
            max_file_bytes=known.max_file_bytes,
            vault=store.vault if store else None,
            owner=None if known.any_tenant else ArchiveFence(known.tenant, known.subject),
        ),
        subject_from_files=known.subject is None,
        reports=known.reports,
        store=store,
        bigquery=bigquery,
    )
    return settings, ["--runner", known.runner, *beam_options]


def _revision(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 0 or more")
    return int(text)


def _rate(text: str) -> Fraction:
    try:
        rate_hz = Fraction(text) if len(text) <= 20 and "e" not in text.lower() else Fraction(0)
    except (ValueError, ZeroDivisionError):
        rate_hz = Fraction(0)
    if not 0 < rate_hz < 1_000_000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no rate; expected hertz, such as 256 or 500/3"
        )
    return rate_hz


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,15})([kMG]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; expected bytes, such as 500M or 2G")
    return int(found[1]) * {"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}[found[2]]


def batch_parser() -> argparse.ArgumentParser:
    """The job's own options; those of Beam are passed on."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.batch",
        description="Recordings to features, artifacts and a report.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an abbreviation could swallow an option of Beam
    )
    _add_job_options(parser.add_argument)
    _add_recording_options(parser.add_argument)
    add_store = parser.add_argument_group("sealed signals and windows").add_argument
    add_store_options(add_store)
    add_report_option(add_store)
    add_tables = parser.add_argument_group("tables in BigQuery, loaded when all is computed")
    add_address_options(add_tables.add_argument)
    return parser


def _add_job_options(add: Callable[..., object]) -> None:
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="PATTERN",
        help="recordings: paths, patterns such as 'recordings/*.edf', folders with all that is"
        " below them, BIDS datasets; local or gs://",
    )
    add("--output", required=True, metavar="FOLDER", help="where to write, local or gs://")
    add("--tenant", default=DEFAULT_TENANT, help=f"{TENANT_WIDTH} of a-z 0-9 (%(default)s)")
    add(
        "--subject",
        help=f"{SUBJECT_WIDTH} of a-z 0-9, for all (by default {DEFAULT_SUBJECT}, and in a BIDS"
        " dataset the subject of each recording)",
    )
    add(
        "--any-tenant",
        action="store_true",
        help="compute archives of whatever tenant and subject they are, as theirs; else those of"
        " others than --tenant and --subject are refused",
    )
    add("--revision", type=_revision, default=0, help="higher for reprocessing (%(default)s)")
    add("--runner", default=FN_API_RUNNER, help="of Beam (FnApiRunner, on this machine)")


def _add_recording_options(add: Callable[..., object]) -> None:
    """What files do not say, or say wrongly."""
    add(
        "--signal",
        choices=(AUTO, *SIGNALS),
        default=AUTO,
        help="kind of all signals; auto goes by channel types and labels, else eeg (%(default)s)",
    )
    add(
        "--line-hz",
        choices=tuple(_LINE_HZ),
        default=AUTO,
        help="mains; auto: what a BIDS dataset says, else 50 (%(default)s)",
    )
    add(
        "--unit",
        choices=UNITS,
        default=None,
        help="what the stored numbers are, where the file labels them wrongly",
    )
    add(
        "--sampling-rate-hz",
        type=_rate,
        metavar="HZ",
        help="of tables and arrays that do not say; never overrules a file",
    )
    add(
        "--max-file-bytes",
        type=_bytes,
        default=1 << 30,
        metavar="SIZE",
        help="larger recordings are refused, where their format has to be read whole: all but EDF,"
        " BDF, FIF, BrainVision and our own archive; such as 500M or 2G (1G)",
    )
