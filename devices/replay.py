"""Replays a recording as a device, live.

python -m devices.replay --folder device/ --recording S001R01.edf --subject subject000000001
"""

from __future__ import annotations

import argparse
import logging
import pathlib
import sys
from collections.abc import Sequence

from devices.client.client import DeviceClient
from devices.client.errors import ClientError, RequestRefusedError, UnreachableError
from devices.client.places import Outcome
from devices.client.settings import ClientSettings
from devices.replay_play import Pace, play
from devices.replay_source import RecordingSource
from schemas.errors import SchemaError
from transforms.recordings import RecordingError


def main(argv: Sequence[str] | None = None) -> int:
    """Replays; 0, 1 where something still waits to be sent, 2 where it cannot be replayed."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING)
    try:
        source = RecordingSource(options.recording)
        device = DeviceClient.open(
            options.folder,
            subject=options.subject,
            experiment=options.experiment,
            streams=source.formats,
            settings=ClientSettings(post_interval_s=options.post_interval_ms / 1000),
        )
        try:
            made = play(device, source, Pace(not options.fast, options.seconds))
        finally:
            is_sent = device.close()
    except (
        ClientError,
        RequestRefusedError,
        UnreachableError,
        RecordingError,
        SchemaError,
    ) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    account = device.account
    print(f"session: {device.session.session}")
    for stream, count in sorted(made.items()):
        accepted = account.samples(Outcome.ACCEPTED, stream)
        print(f"{stream}: {count} samples, {accepted} accepted")
    return 0 if is_sent else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devices.replay",
        description="Replay a recording as a device: its samples stamped with the present, as the "
        "amplifier's integers where the file has them, its annotations as markers.",
    )
    add = parser.add_argument
    add("--recording", required=True, help="a file of any format that the batch job reads")
    add("--folder", type=pathlib.Path, required=True, help="of an enrolled device")
    add("--subject", required=True, help="16 characters out of a-z and 0-9")
    add("--experiment", default="replay", help="name of the experiment (%(default)s)")
    add("--seconds", type=float, help="from the start again where it ends; default: once")
    add("--fast", action="store_true", help="as fast as the door takes it, ending now")
    add("--post-interval-ms", type=float, default=1000.0, help="between posts (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
