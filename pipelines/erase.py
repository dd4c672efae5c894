"""Erasing subjects: asked for, carried on until it is final, and looked at.

python -m pipelines.erase request --tenant clinic01 --subjects-file ids.txt --operator jo ...
python -m pipelines.erase run     --tenant clinic01 --output reports/ ...
python -m pipelines.erase status  --tenant clinic01 ...
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.key_options import FN_API_RUNNER, add_copy_options, add_key_options, custody_of
from pipelines.rewrap import RewrapSettings, newest_versions, run_and_read
from schemas.errors import SchemaError
from schemas.ids import check_subject_id
from security.custody import Custody, CustodySettings, utc_now
from security.erasure_status import ErasureState, ErasureStatus
from security.errors import SealError
from security.shredding import Verified

EPILOG = """\
request  records who asks and deletes the keysets: from then on no worker loads them.
run      gives all deletions a new version of the tenant's KMS key, rewraps the survivors, and
         schedules the destruction of the older versions: of several erasures at once. It goes as
         far as it may now and says what it waits for; run it daily. A run after a crash, or at
         the same time as another, does no harm.
status   tells what an erasure waits for and until when. Pending means that a copy may open.

The exit code is 0 if all went as far as it may now, 1 if not, 2 for options that are refused.
Erased is what was sealed with the subject's keyset; rows in the clear are deleted elsewhere.
"""

Clock = Callable[[], datetime.datetime]


def carry_on(
    settings: CustodySettings,
    tenant: str,
    output: str,
    options: PipelineOptions,
    clock: Clock = utc_now,
) -> tuple[list[ErasureStatus], list[str]]:
    """Takes all erasures of a tenant as far as they may go now.

    Returns:
      Where each of them is; and what has to be seen to by a person, or waited for.

    Raises:
      SealError: the next run goes on from what was done.
    """
    with Custody(settings, clock) as custody:
        shredder = custody.shredder
        told = (
            [f"{n:,} erased keysets were there and are deleted."]
            if (n := shredder.sweep(tenant))
            else []
        )
        if shredder.rotate(tenant) is None or shredder.is_waiting(tenant):
            return shredder.conclude(tenant), told
        primaries = newest_versions(custody, tenant)
        rewrap = RewrapSettings(settings, tenant, primaries, output)
        began = clock()  # ours, and before: a worker's clock may be ahead
        report = run_and_read(rewrap, options)
        told.append(report.text())
        settles_at = shredder.settles_at(tenant)
        if settles_at is not None and began < settles_at:
            told.append(
                f"Workers may wrap with the old version until {settles_at:%Y-%m-%d %H:%M} UTC;"
                " run again then."
            )
        verified = Verified(began, report.oldest_of_subjects, report.n_subjects)
        doomed = shredder.destroy(tenant, verified)
        if doomed:
            told.append(f"KMS versions {doomed} are destroyed, or wait for it.")
        return shredder.conclude(tenant), told


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, does one of the three, and tells what came of it; returns the exit code."""
    parser = _parser()
    known, beam_options = parser.parse_known_args(argv)
    settings = custody_of(parser, known)
    if beam_options and known.command != "run":
        parser.error(f"{beam_options[0]!r} is no option of {known.command}")
    try:
        if known.command == "request":
            return _request(settings, known, _subjects(parser, known))
        if known.command == "status":
            return _status(settings, known)
        options = PipelineOptions(["--runner", known.runner, *beam_options])
        statuses, told = carry_on(settings, known.tenant, known.output, options)
    except SealError as error:
        print(f"Not finished: {error}", file=sys.stderr)
        return 1
    print("\n".join([*told, *map(status_text, statuses)]))
    return 0


def _request(settings: CustodySettings, known: argparse.Namespace, subjects: list[str]) -> int:
    with Custody(settings) as custody:
        for number, subject in enumerate(subjects, start=1):
            record = custody.shredder.request(known.tenant, subject, known.operator)
            print(f"{number} of {len(subjects)}: keyset deleted, erasure {record.subject} pending")
    print("Old copies open until the KMS version is destroyed: continue with `erase run`.")
    return 0


def _status(settings: CustodySettings, known: argparse.Namespace) -> int:
    with Custody(settings) as custody:
        if known.subject:
            found = custody.shredder.status(known.tenant, known.subject)
            statuses = [] if found is None else [found]
        else:
            statuses = custody.shredder.statuses(known.tenant)
    if known.json:
        print(json.dumps([status.to_json() for status in statuses], indent=2))
    else:
        print("\n".join(map(status_text, statuses)) or "No erasure was asked for.")
    return 0


def status_text(status: ErasureStatus) -> str:
    """For a terminal: the state, then each condition with its day."""
    final = status.final_from
    if status.state is ErasureState.FINAL:
        first = f"{status.subject}: final since {_day(final)}"
    elif final is None:
        first = f"{status.subject}: pending, the day is not known yet"
    else:
        first = f"{status.subject}: pending, final on {_day(final)} if nothing is taken back"
    lines = [
        f"  {'met' if c.met else 'open'} {_day(c.ends_at):>16}  {c.name.replace('_', ' ')}"
        + (f" ({c.detail})" if c.detail else "")
        for c in status.conditions
    ]
    return "\n".join([first, *lines])


def _day(time: datetime.datetime | None) -> str:
    return "?" if time is None else f"{time.astimezone(datetime.UTC):%Y-%m-%d %H:%M}"


def _subjects(parser: argparse.ArgumentParser, known: argparse.Namespace) -> list[str]:
    """Ids of a file, which unlike options other users of the machine cannot see."""
    try:
        lines = Path(known.subjects_file).read_text().split()
        subjects = [check_subject_id(line) for line in dict.fromkeys(lines)]
    except (OSError, SchemaError) as error:
        parser.error(str(error))
    if not subjects:
        parser.error(f"{known.subjects_file} names no subject")
    return subjects


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.erase",
        description="Erases subjects by destroying every key that opens their data.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    request = commands.add_parser("request", allow_abbrev=False)
    request.add_argument("--subjects-file", required=True, metavar="PATH", help="an id a line")
    request.add_argument("--operator", required=True, metavar="ID", help="who asks; kept keyed")
    run = commands.add_parser("run", allow_abbrev=False)
    run.add_argument("--output", required=True, metavar="FOLDER", help="of rewrap.json")
    run.add_argument("--runner", default=FN_API_RUNNER, help="of Beam (FnApiRunner)")
    status = commands.add_parser("status", allow_abbrev=False)
    status.add_argument("--subject", type=check_subject_id, help="of this one only")
    status.add_argument("--json", action="store_true", help="for other programs")
    for command in (request, run, status):
        add_key_options(command.add_argument)
    for command in (run, status):
        add_copy_options(command.add_argument)
    return parser


if __name__ == "__main__":
    sys.exit(main())
