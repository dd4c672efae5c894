"""Simulated devices that post through the real client over a bad network.

python -m devices.fleet --folder fleet/ --claims claims.txt --enrolment-url https://... --seconds 60
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import logging
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from devices.client.client import DeviceClient
from devices.client.credentials import CREDENTIALS
from devices.client.durable_files import write_json
from devices.client.enrolment import Hardware, Servers, enrol
from devices.client.errors import ClientError, RequestRefusedError, UnreachableError
from devices.client.settings import ClientSettings
from devices.fleet_account import PlaceBook, place_fields, stream_counts
from devices.fleet_network import FaultyNetwork, NetworkFaults
from devices.replay_play import Awaiter, Pace, play
from devices.replay_source import RecordingSource, SimulatedSource, Source
from devices.simulator import SettingsError, simulate
from devices.simulator.presets import preset
from schemas.capabilities import Capabilities, StreamCapability
from schemas.ids import SUBJECT_WIDTH, suggest_id
from transforms.recordings import RecordingError

DEVICE = Hardware(
    model="simulator",
    serial="0",
    firmware="1",
    hardware="none",
    capabilities=Capabilities(
        tuple(
            StreamCapability(signal, 1024, 50_000)
            for signal in ("eeg", "ecog", "lfp", "spikes", "emg", "ecg", "acc")
        ),
        ("store_and_forward",),
    ),
)


@dataclasses.dataclass(frozen=True)
class FleetSettings:
    """What the devices of a fleet do.

    Args:
      seconds: of signal that each plays.
      is_live: at the pace of real devices; else as fast as the door takes it.
      recording: a file that every device replays, from its start again where it ends; None: each
        simulates a subject of its own.
      seed: of the first device; the others have the next ones.
      drain_s: how long what waits at the end may take.
      begin_s: within which live devices begin one after the other, as people do: not all post
        at one moment.
    """

    seconds: float = 60.0
    is_live: bool = True
    recording: str | None = None
    seed: int = 1
    faults: NetworkFaults = dataclasses.field(default_factory=NetworkFaults)
    client: ClientSettings = dataclasses.field(default_factory=ClientSettings)
    experiment: str = "simulation"
    drain_s: float = 120.0
    begin_s: float = 2.0


def run_fleet(
    folders: Sequence[pathlib.Path],
    subjects: Sequence[str],
    settings: FleetSettings,
    awaiter: Awaiter | None = None,
) -> list[dict[str, Any]]:
    """Lets enrolled devices play side by side; an account each, in their order.

    Args:
      folders: of enrolled devices.
      subjects: one a device.
      awaiter: ended, it ends all of them early.

    Raises:
      ClientError, RequestRefusedError, UnreachableError: of the first device that could not play.
      RecordingError, SettingsError: there is nothing to play.
    """
    # All sources before any device plays: making one takes as long as a post.
    sources = [_source(settings, number) for number in range(len(folders))]
    late = [settings.begin_s * number / len(folders) for number in range(len(folders))]
    awaiter = awaiter or Awaiter()
    with concurrent.futures.ThreadPoolExecutor(max(len(folders), 1)) as threads:
        running = [
            threads.submit(_run_device, folder, subject, source, number, settings, awaiter, late_s)
            for number, (folder, subject, source, late_s) in enumerate(
                zip(folders, subjects, sources, late, strict=True)
            )
        ]
        return [one.result() for one in running]


def _run_device(
    folder: pathlib.Path,
    subject: str,
    source: Source,
    number: int,
    settings: FleetSettings,
    awaiter: Awaiter,
    late_s: float,
) -> dict[str, Any]:
    if settings.is_live:
        awaiter.wait_until(awaiter.now_s() + late_s)
    book = PlaceBook()
    network = FaultyNetwork(settings.faults, settings.seed + number)
    device = DeviceClient.open(
        folder,
        subject=subject,
        experiment=settings.experiment,
        streams=source.formats,
        settings=settings.client,
        observer=book,
        adapter=network,
    )
    pace = Pace(settings.is_live, settings.seconds, settings.client.packet_s)
    try:
        made = play(device, source, pace, awaiter)
    finally:
        is_sent = device.close(drain_s=settings.drain_s)
    return {
        "device": device.device,
        "subject": subject,
        "session": device.session.session,
        "seed": settings.seed + number,
        "all_sent": is_sent,
        "streams": stream_counts(made, device.account, source.formats),
        "reasons": device.account.reasons(),
        "posts": dict(network.counts),
        "accepted": [place_fields(place) for place in book.accepted()],
    }


def _source(settings: FleetSettings, number: int) -> Source:
    if settings.recording is not None:
        return RecordingSource(settings.recording)
    made = preset("eeg", "motor-imagery", seed=settings.seed + number, duration_s=settings.seconds)
    return SimulatedSource(simulate(made))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a fleet; 0, 1 where a device still has something to send, 2 where it cannot run."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.ERROR)
    try:
        folders = list(_enrolled(options))
        subjects = [
            suggest_id(f"subject{number}", SUBJECT_WIDTH) for number in range(1, len(folders) + 1)
        ]
        accounts = run_fleet(folders, subjects, _settings(options))
    except (
        ClientError,
        RequestRefusedError,
        UnreachableError,
        RecordingError,
        SettingsError,
        OSError,
    ) as error:
        print(f"fleet: {error}", file=sys.stderr)
        return 2
    if options.account is not None:
        write_json(options.account, accounts)
    for one in accounts:
        print(json.dumps({name: one[name] for name in one if name != "accepted"}))
    return 0 if all(one["all_sent"] for one in accounts) else 1


def _enrolled(options: argparse.Namespace) -> Iterator[pathlib.Path]:
    claims = iter(options.claims.read_text().split() if options.claims else ())
    for number in range(1, options.devices + 1):
        folder = options.folder / f"device-{number:02d}"
        if not (folder / CREDENTIALS).exists():
            claim = next(claims, None)
            if claim is None or not options.enrolment_url:
                expected = "an enrolled device, or --claims and --enrolment-url"
                raise ClientError("folder", str(folder), expected)
            hardware = dataclasses.replace(DEVICE, serial=f"{number}")
            enrol(folder, Servers(options.enrolment_url, options.sessions_url), claim, hardware)
        yield folder


def _settings(options: argparse.Namespace) -> FleetSettings:
    return FleetSettings(
        seconds=options.seconds,
        is_live=not options.fast,
        recording=options.recording,
        seed=options.seed,
        faults=NetworkFaults(options.loss, options.duplicates, options.reorder),
        client=ClientSettings(post_interval_s=options.post_interval_ms / 1000),
        drain_s=options.drain_s,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devices.fleet",
        description="Let simulated devices post through the real client over a bad network, and "
        "print an account of every sample, one line of JSON a device.",
    )
    add, path = parser.add_argument, pathlib.Path
    add("--folder", type=path, required=True, help="state of the devices; kept between runs")
    add("--devices", type=int, default=8, help="how many (%(default)s)")
    add("--seconds", type=float, default=60.0, help="of signal (%(default)s)")
    add("--recording", help="a file that every device replays; default: simulated subjects")
    add("--fast", action="store_true", help="as fast as the door takes it, ending now")
    add("--seed", type=int, default=1, help="of the first device (%(default)s)")
    add("--loss", type=float, default=0.0, help="share of posts lost, or their answers")
    add("--duplicates", type=float, default=0.0, help="share of posts that arrive twice")
    add("--reorder", type=float, default=0.0, help="share of posts that arrive after the next")
    add("--post-interval-ms", type=float, default=1000.0, help="between posts (%(default)s)")
    add("--drain-s", type=float, default=120.0, help="for what waits at the end (%(default)s)")
    add("--account", type=path, help="a file for the accounts with the places of all packets")
    add("--claims", type=path, help="claims of devices that are not enrolled yet, one a line")
    add("--enrolment-url", default="", help="of the server that enrols")
    add("--sessions-url", default="", help="of the server of sessions, if it is another")
    return parser


if __name__ == "__main__":
    sys.exit(main())
