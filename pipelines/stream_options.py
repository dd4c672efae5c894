"""Options of the stream job: parsed, and every one checked, before Beam starts."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable, Sequence

from pipelines.bigquery_options import add_bigquery_options, bigquery_settings
from pipelines.store_options import add_store_options, is_dataflow, store_address
from schemas.errors import SchemaError
from schemas.traces import EXPORTERS, NOWHERE
from transforms.live.settings import FollowSettings, SettingsError
from transforms.sealed_store import StoreAddress
from transforms.write_archive import ArchiveSettings
from transforms.write_bigquery import BigQuerySettings

BUNDLE_RUNNER = "BundleBasedDirectRunner"
"""The one runner of this machine that reads Pub/Sub; FnApiRunner reads nothing and says nothing."""
STATE_CACHE_MB = 512

_LINE_HZ = {"50": 50, "60": 60, "none": None}
_FOLLOW = FollowSettings()
_NAME = r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}"

EPILOG = """\
Reads sealed packets from Pub/Sub, brings each stream's into order, computes its 50 ms windows, and
writes them, the samples, all tables and the archive of packets. It runs until it is drained. What
cannot be used is kept below --dead-letters with the reason; `python -m pipelines.replay` publishes
it again once the reason is mended. docs/stream.md shows the chain on one screen.

The job is exactly-once on purpose: state that is advanced twice by a packet would count it as a
duplicate. Sinks are made so that what is written again changes nothing that readers see.

Options of Beam and its runners are passed on, such as --runner DataflowRunner --project ...
--region ... --temp_location gs://... --service_account_email ...; with --dry_run=True the job is
translated for Dataflow and not started. With BundleBasedDirectRunner, the default, it reads from
the emulator that PUBSUB_EMULATOR_HOST names, drops repeated deliveries by itself, and stops at
Ctrl-C; that runner acknowledges before it has worked, so it is for trying out only.

The exit code is 0 if the job was started or ended as it should, 2 for options that are refused.
"""


@dataclasses.dataclass(frozen=True)
class StreamSettings:
    """What the job needs to know.

    Attributes:
      subscription: to packets, `projects/<project>/subscriptions/<name>`.
      device_events: the subscription to changes of the registry; None: they are not read.
      archive, dead_letters: folders, local or gs://.
      feedback_topic: None: no window is published.
      traces: where spans of posts that ask for it go.
    """

    subscription: str
    archive: str
    dead_letters: str
    store: StoreAddress
    tables: BigQuerySettings
    follow: FollowSettings
    archive_settings: ArchiveSettings = dataclasses.field(default_factory=ArchiveSettings)
    device_events: str | None = None
    feedback_topic: str | None = None
    traces: str = NOWHERE


def parse_stream_options(argv: Sequence[str] | None) -> tuple[StreamSettings, list[str]]:
    """The job's settings, and the options that are Beam's.

    Raises:
      SystemExit: 2, after a message that says what would be right.
    """
    parser = stream_parser()
    known, beam_options = parser.parse_known_args(argv)
    for option in beam_options[:1]:
        if not option.startswith("--"):
            parser.error(f"{option!r} belongs to no option")
    try:
        settings = _settings(known)
    except SchemaError as error:
        parser.error(f"--{error}")
    except SettingsError as error:
        parser.error(str(error))
    return settings, [*_beam_options(known), *beam_options]


def _settings(known: argparse.Namespace) -> StreamSettings:
    _check_path("subscription", known.subscription, "subscriptions")
    _check_path("device-events-subscription", known.device_events_subscription, "subscriptions")
    _check_path("feedback-topic", known.feedback_topic, "topics")
    for name in ("archive", "dead_letters", "table_files"):
        _check_folder(name.replace("_", "-"), getattr(known, name), known.runner)
    if not 1 <= known.archive_seconds <= 3600:
        raise SchemaError("archive-seconds", known.archive_seconds, "1 to 3600")
    store = store_address(known, known.runner)
    if store is None:
        expected = "an instance, with --bigtable-project and --kms-location"
        raise SchemaError("bigtable-instance", None, expected)
    follow = FollowSettings(
        reorder_ms=known.reorder_ms,
        silence_s=known.silence_seconds,
        release_s=known.release_seconds,
        line_hz=_LINE_HZ[known.line_hz],
        feedback=known.feedback_topic is not None,
    )
    return StreamSettings(
        subscription=known.subscription,
        archive=known.archive,
        dead_letters=known.dead_letters,
        store=store,
        tables=_tables(known),
        follow=follow,
        archive_settings=ArchiveSettings(every_s=known.archive_seconds),
        device_events=known.device_events_subscription,
        feedback_topic=known.feedback_topic,
        traces=known.traces,
    )


def _tables(known: argparse.Namespace) -> BigQuerySettings:
    try:
        return bigquery_settings(known, known.table_files, known.runner)
    except SchemaError as error:
        if error.field != "folder":
            raise
        raise SchemaError("table-files", error.found, error.expected) from None


def _beam_options(known: argparse.Namespace) -> list[str]:
    options = ["--runner", known.runner, "--streaming"]
    return [*options, f"--max_cache_memory_usage_mb={known.state_cache_mb}"]


def _check_path(option: str, found: str | None, kind: str) -> None:
    if found is not None and not re.fullmatch(rf"projects/[a-z0-9.:-]+/{kind}/{_NAME}", found):
        raise SchemaError(option, found, f"projects/PROJECT/{kind}/NAME")


def _check_folder(option: str, found: str | None, runner: str) -> None:
    if found and is_dataflow(runner) and "://" not in found:
        raise SchemaError(option, found, "gs://BUCKET/FOLDER: a worker's disk goes with the worker")


def stream_parser() -> argparse.ArgumentParser:
    """The job's own options; those of Beam are passed on."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.stream",
        description="Sealed packets from Pub/Sub to 50 ms windows, tables and the archive.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an abbreviation could swallow an option of Beam
    )
    _add_job_options(parser.add_argument)
    _add_follow_options(parser.add_argument_group("streams").add_argument)
    add_store_options(parser.add_argument_group("sealed signals and windows").add_argument)
    add_tables = parser.add_argument_group("tables").add_argument
    add_tables(
        "--table-files",
        metavar="FOLDER",
        default="",
        help="for tables as Parquet files, and for what load jobs load: local or gs://",
    )
    add_bigquery_options(add_tables)
    return parser


def _add_job_options(add: Callable[..., object]) -> None:
    add(
        "--subscription",
        required=True,
        metavar="PATH",
        help="to sealed packets: projects/PROJECT/subscriptions/NAME",
    )
    add(
        "--device-events-subscription",
        metavar="PATH",
        help="to changes of the registry, for the tables devices and sessions (not read)",
    )
    _add_folder_options(add)
    add(
        "--feedback-topic",
        metavar="PATH",
        help="where each window is published, sealed: projects/PROJECT/topics/NAME (nowhere)",
    )
    add(
        "--state-cache-mb",
        type=int,
        default=STATE_CACHE_MB,
        metavar="MB",
        help="state kept in the memory of each worker process; without it every packet would read"
        " its stream's state from the service (%(default)s)",
    )
    add(
        "--traces",
        choices=(NOWHERE, *EXPORTERS),
        default=NOWHERE,
        help="where spans of posts go whose traceparent is sampled; its exporter has to be"
        " installed (%(default)s)",
    )
    add("--runner", default=BUNDLE_RUNNER, help="of Beam (%(default)s, on this machine)")


def _add_folder_options(add: Callable[..., object]) -> None:
    add(
        "--archive",
        required=True,
        metavar="FOLDER",
        help="where accepted packets are kept, sealed as they came; local or gs://. The batch job"
        " reads it",
    )
    add(
        "--archive-seconds",
        type=int,
        default=60,
        metavar="SECONDS",
        help="after which the packets of an epoch become a file; they are readable by the batch job"
        " after at most twice that (%(default)s)",
    )
    add(
        "--dead-letters",
        required=True,
        metavar="FOLDER",
        help="where refused messages are kept, as they came; local or gs://",
    )


def _add_follow_options(add: Callable[..., object]) -> None:
    add(
        "--reorder-ms",
        type=int,
        default=_FOLLOW.reorder_ms,
        metavar="MS",
        help="of event time: so long an early packet waits for those in front of it; what comes"
        " later is archived, counted, and taken in by the batch job (%(default)s)",
    )
    add(
        "--silence-seconds",
        type=float,
        default=_FOLLOW.silence_s,
        metavar="SECONDS",
        help="without a packet, after which nothing is waited for (%(default)s)",
    )
    add(
        "--release-seconds",
        type=float,
        default=_FOLLOW.release_s,
        metavar="SECONDS",
        help="without a packet, after which an epoch ends and its state is released (%(default)s)",
    )
    add(
        "--line-hz",
        choices=tuple(_LINE_HZ),
        default=str(_FOLLOW.line_hz),
        help="mains, notched out of all streams (%(default)s)",
    )
