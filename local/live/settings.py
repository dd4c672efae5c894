"""What a live run is told: who posts what, for how long, and where its report goes."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from schemas.ids import SUBJECT_WIDTH, TENANT_WIDTH

TENANT = "local".ljust(TENANT_WIDTH, "0")
MAX_DEVICES = 32
"""Beam's runner for tests takes some 150 messages a second, and a device sends four."""

_EPILOG = """\
Starts emulators of Pub/Sub, Bigtable and BigQuery, a key service and an identity provider, serves
the functions, starts the streaming job, enrols the devices and lets them post, with packets lost,
repeated and out of order; stops everything at the end. Where an emulator is missing, it names the
command that installs it, and runs the batch job over a simulated recording instead.

The exit code is 0 if every sample is accounted for and the batch job over the run's archive gives
the stream's windows again; 1 if not; 2 for options that are refused.
"""


@dataclasses.dataclass(frozen=True)
class LiveSettings:
    """A run.

    Args:
      recording: replayed by every device; None: each simulates a subject of its own.
      seconds: of signal, which is how long the devices post.
      output: a folder for the report, the archive and the logs; what a run before left there is
        removed.
      seed: of the simulated subjects, and of what is lost and repeated.
    """

    recording: Path | None = None
    seconds: float = 60.0
    n_devices: int = 8
    output: Path = Path("out/live")
    seed: int = 1

    @property
    def subjects(self) -> tuple[str, ...]:
        """One a device."""
        return tuple(
            f"subject{number:0{SUBJECT_WIDTH - 7}d}" for number in range(1, self.n_devices + 1)
        )


def parse_live_options(argv: Sequence[str] | None) -> LiveSettings:
    """The settings of a command line.

    Raises:
      SystemExit: 2, after a message that says what would be right.
    """
    parser = argparse.ArgumentParser(
        prog="python -m local.live",
        description="The whole system on one machine, live.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = LiveSettings()
    parser.add_argument(
        "--recording",
        type=Path,
        metavar="PATH",
        help="a recording that the devices replay, again from its start where it ends",
    )
    parser.add_argument(
        "--seconds", type=float, default=default.seconds, help="of signal (%(default)g)"
    )
    parser.add_argument(
        "--devices", type=int, default=default.n_devices, help=f"1 to {MAX_DEVICES} (%(default)s)"
    )
    parser.add_argument(
        "--output", type=Path, default=default.output, metavar="FOLDER", help="(%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="(%(default)s)")
    known = parser.parse_args(argv)
    if not 1 <= known.devices <= MAX_DEVICES:
        parser.error(f"--devices is {known.devices}; expected 1 to {MAX_DEVICES}")
    if not 2 <= known.seconds <= 3600:
        parser.error(f"--seconds is {known.seconds:g}; expected 2 to 3600")
    if known.recording is not None and not known.recording.exists():
        parser.error(f"--recording is '{known.recording}'; expected the path of a recording")
    return LiveSettings(known.recording, known.seconds, known.devices, known.output, known.seed)
