"""`python -m local.live`: the whole system on this machine, for a minute, and what it showed."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from local.live.cloud import missing
from local.live.instead import run_batch_instead
from local.live.report import render_live_report, summary_text
from local.live.run import run_live
from local.live.settings import parse_live_options
from local.processes import ProcessError

PAGE = "report.html"
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs, reports; 0 if everything holds, 1 if not or if it was interrupted."""
    settings = parse_live_options(argv)
    if absent := missing():
        return run_batch_instead(absent, settings.recording)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.ERROR)
    # Asked to end in any way, it stops what it started first.
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {line}", file=sys.stderr, flush=True)

    try:
        result = run_live(settings, tell)
    except KeyboardInterrupt:
        print("Interrupted; everything that was started is stopped.", file=sys.stderr)
        return _INTERRUPTED
    except ProcessError as error:
        print(f"live: {error}", file=sys.stderr)
        return 1
    page = settings.output / PAGE
    page.write_text(render_live_report(result), "utf-8")
    print(summary_text(result, str(page)))
    return 1 if result.problems else 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
