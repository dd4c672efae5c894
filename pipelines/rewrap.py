"""The rewrap job: every keyset of a tenant onto the newest version of the KMS key that wraps it.

python -m pipelines.rewrap --tenant clinic01 --kms-project ... --output reports/
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions
from apache_beam.runners.runner import PipelineResult

from pipelines.key_options import FN_API_RUNNER, add_key_options, custody_of
from pipelines.launched import launched_text
from schemas.errors import SchemaError
from security.custody import Custody, CustodySettings
from security.errors import KeyUnusableError, SealError
from security.keyset_ages import RotationRule
from security.keyset_scan import tenant_ranges
from transforms.renew_keysets import FindVersions, RenewKeysets
from transforms.report_renewal import RENEWAL_REPORT, RenewalReport, ReportRenewal

EPILOG = """\
Every keyset is unwrapped and, unless the newest version wrapped it already, wrapped again: at
most two calls of Cloud KMS for each. Then all rows are read once more. A second run goes on where
the first one stopped, and changes nothing where all is done.

Writes rewrap.json below the output folder: how many were rewrapped, were new already, are erased,
failed and why, and what wraps the keysets now.

The exit code is 0 if every keyset is wrapped by the newest version, 1 if not, 2 for options that
are refused. Options of Beam and its runners are passed on.
"""


@dataclasses.dataclass(frozen=True)
class RewrapSettings:
    """What the job needs to know.

    Attributes:
      primaries: names of the tenant's KMS keys, each with the version that is to encrypt.
      output: the folder of the report, local or gs://.
    """

    custody: CustodySettings
    tenant: str
    primaries: dict[str, int]
    output: str


@dataclasses.dataclass(frozen=True)
class RewrapEdges:
    """Where the job reads from and writes to.

    Attributes:
      ranges: a source of ranges of row keys.
      report: a sink of (values of Renewal, KeysetLetters, FoundVersions).
    """

    ranges: beam.PTransform
    report: beam.PTransform


def build(root: beam.Pipeline, edges: RewrapEdges, settings: RewrapSettings) -> None:
    """Ranges of rows in; renewed keysets, and a report of what is there then."""
    custody, tenant = settings.custody, settings.tenant
    ranges = root | "ListRanges" >> edges.ranges | "SpreadRanges" >> beam.Reshuffle()
    renewed = ranges | "RenewKeysets" >> RenewKeysets(custody, tenant, settings.primaries)
    finished = (
        renewed["done"],
        renewed["rejected"] | "TakeReason" >> beam.Map(lambda letter: letter.reason),
    ) | "JoinFinished" >> beam.Flatten()
    found = ranges | "FindVersions" >> FindVersions(custody, tenant, finished)
    _ = (renewed["done"], renewed["rejected"], found) | "Report" >> edges.report


def run(settings: RewrapSettings, options: PipelineOptions) -> PipelineResult:
    """Builds the job and hands it to its runner; does not wait."""
    options.view_as(SetupOptions).save_main_session = False
    pipeline = beam.Pipeline(options=options)
    edges = RewrapEdges(
        ranges=beam.Create(tenant_ranges(settings.tenant), reshuffle=False),
        report=ReportRenewal(settings.output, settings.primaries),
    )
    build(pipeline, edges, settings)
    return pipeline.run()


def run_and_read(settings: RewrapSettings, options: PipelineOptions) -> RenewalReport:
    """Runs the job to its end; what it reports."""
    run(settings, options).wait_until_finish()
    with FileSystems.open(FileSystems.join(settings.output, RENEWAL_REPORT)) as file:
        return RenewalReport.from_json(json.loads(file.read()))


def newest_versions(custody: Custody, tenant: str) -> dict[str, int]:
    """The version that encrypts of each of a tenant's keys; keys that it lacks are left out."""
    names = custody.settings.vault.key_names
    primaries = {}
    for key_name in (names.subjects(tenant), names.columns(tenant), names.pseudonyms(tenant)):
        try:
            primaries[key_name] = custody.versions.primary(key_name).number
        except KeyUnusableError:
            logging.getLogger(__name__).warning("%s has no version that encrypts", key_name)
    return primaries


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, runs, waits, and tells what was done; returns the exit code."""
    parser = rewrap_parser()
    known, beam_options = parser.parse_known_args(argv)
    custody_settings = custody_of(parser, known, _rule(parser, known))
    options = PipelineOptions(["--runner", known.runner, *beam_options])
    try:
        with Custody(custody_settings) as custody:
            if known.new_version:
                _rotate(custody, known.tenant)
            primaries = newest_versions(custody, known.tenant)
        settings = RewrapSettings(custody_settings, known.tenant, primaries, known.output)
        if text := launched_text(options):
            run(settings, options)
            print(text)
            return 0
        report = run_and_read(settings, options)
    except SealError as error:
        print(f"Not finished: {error}", file=sys.stderr)
        return 1
    print(report.text())
    return 0 if report.is_complete else 1


def _rotate(custody: Custody, tenant: str) -> None:
    """A new version of the key of subjects' keysets, which encrypts from now on."""
    key_name = custody.settings.vault.key_names.subjects(tenant)
    custody.versions.raise_primary(key_name, custody.versions.add(key_name))


def _rule(parser: argparse.ArgumentParser, known: argparse.Namespace) -> RotationRule | None:
    days, messages = known.rotate_after_days, known.rotate_after_messages
    if days is None and messages is None:
        return None
    defaults = RotationRule()
    try:
        return RotationRule(
            defaults.after_days if days is None else days,
            defaults.after_messages if messages is None else messages,
        )
    except SchemaError as error:
        parser.error(str(error))


def rewrap_parser() -> argparse.ArgumentParser:
    """The job's own options; those of Beam are passed on."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.rewrap",
        description="A tenant's keysets onto the newest version of its KMS keys.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an abbreviation could swallow an option of Beam
    )
    add = parser.add_argument
    add_key_options(add)
    add("--output", required=True, metavar="FOLDER", help="of the report, local or gs://")
    add("--new-version", action="store_true", help="make a new version of the KMS key first")
    add(
        "--rotate-after-days",
        type=float,
        metavar="DAYS",
        help="give subjects' keysets a new primary key if theirs is older",
    )
    add("--rotate-after-messages", type=int, metavar="N", help="or has sealed as many messages")
    add("--runner", default=FN_API_RUNNER, help="of Beam (FnApiRunner, on this machine)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
