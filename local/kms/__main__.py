"""`python -m local.kms --directory keys`: a key service until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from local.kms.server import LocalKms


def main(argv: Sequence[str] | None = None) -> None:
    """Serves, prints the address on one line, and stops on SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="local.kms", description="Cloud KMS on this machine.")
    parser.add_argument("--directory", type=Path, required=True, help="where keys are kept")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    options = parser.parse_args(argv)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with LocalKms(options.directory, port=options.port) as kms:
        print(kms.address, flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
