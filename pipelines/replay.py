"""Dead letters back to Pub/Sub, once what they were refused for is mended.

python -m pipelines.replay --dead-letters gs://dead-letters --topic projects/p/topics/telemetry
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Mapping, Sequence

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import LimitExceededBehavior, PublisherOptions, PublishFlowControl

from schemas.errors import SchemaError
from schemas.ids import check_tenant_id
from schemas.letters import NOBODY
from transforms.replay_letters import (
    Acknowledgement,
    LetterFilter,
    Publish,
    ReplayReport,
    replay_letters,
)

EPILOG = """\
Without filters, all letters are published, as they were and under a new delivery id. The stream
job knows the packets that it has: nothing is computed or stored twice. A file is moved to
replayed/ below the folder after Pub/Sub has acknowledged all of its letters; what is refused again
becomes a new dead letter.

Letters of different steps belong to different topics: changes of the registry (--stage
ParseRegistryEvents) to device-events, all others to telemetry.

The exit code is 0 if all was done, 1 if Pub/Sub did not acknowledge, or a file is damaged; 2 for
options that are refused.
"""

_TOPIC = "projects/PROJECT/topics/NAME"
_HOUR = "%Y-%m-%dT%H"
_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_HELD_BYTES = 32 << 20  # published and not acknowledged; then the next one waits


def replay_parser() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.replay",
        description="Dead letters of the stream job, published again.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--dead-letters", required=True, metavar="FOLDER", help="of the stream job; local or gs://")
    add("--topic", required=True, metavar="PATH", help=f"to publish to: {_TOPIC}")
    add("--tenant", help="only letters of this one; `unknown`: of messages that were no envelope")
    add("--stage", help="only what this step refused, such as FollowStreams")
    add("--reason", help="only what was refused for this reason, such as not_opened")
    add("--since", type=_hour, metavar="HOUR", help="only what came then or later: 2026-01-31T09")
    add("--until", type=_hour, metavar="HOUR", help="only what came then or earlier (UTC, too)")
    add("--dry-run", action="store_true", help="count the letters; publish and move nothing")
    add(
        "--timeout-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="within which Pub/Sub has to acknowledge the letters of a file (%(default)s)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, publishes, and tells what was done; returns the exit code."""
    parser = replay_parser()
    known = parser.parse_args(argv)
    try:
        if known.tenant not in (None, NOBODY):
            check_tenant_id(known.tenant)
        if not known.topic.startswith("projects/") or "/topics/" not in known.topic:
            raise SchemaError("topic", known.topic, _TOPIC)
    except SchemaError as error:
        parser.error(f"--{error}")
    chosen = LetterFilter(known.tenant, known.stage, known.reason, known.since, known.until)
    publish = None if known.dry_run else _publisher(known.topic)
    report = replay_letters(known.dead_letters, chosen, publish, timeout_s=known.timeout_seconds)
    print(report_text(report, is_dry=known.dry_run))
    return 1 if report.failed or report.damaged else 0


def report_text(report: ReplayReport, *, is_dry: bool) -> str:
    """How many letters, by step and reason, and what went wrong."""
    verb = "would be published" if is_dry else "published"
    total = sum(report.letters.values())
    lines = [f"{total} letters of {report.files} files {verb}."]
    for (stage, reason), count in sorted(report.letters.items()):
        lines.append(f"  {stage} {reason}: {count}")
    lines += [f"Damaged, left where it is: {path}" for path in report.damaged]
    if report.failed:
        lines.append(f"Stopped, nothing of this file was moved: {report.failed}")
    return "\n".join(lines)


def _publisher(topic: str) -> Publish:
    flow = PublishFlowControl(
        byte_limit=_HELD_BYTES, limit_exceeded_behavior=LimitExceededBehavior.BLOCK
    )
    client = PublisherClient(publisher_options=PublisherOptions(flow_control=flow))

    def publish(data: bytes, attributes: Mapping[str, str]) -> Acknowledgement:
        return client.publish(topic, data, **attributes)

    return publish


def _hour(text: str) -> int:
    try:
        hour = datetime.datetime.strptime(text, _HOUR).replace(tzinfo=datetime.UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no hour; expected such as 2026-01-31T09"
        ) from None
    return (hour - _1970) // datetime.timedelta(hours=1)


if __name__ == "__main__":
    sys.exit(main())
