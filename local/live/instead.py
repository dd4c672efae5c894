"""What runs where an emulator is missing: the batch job, which needs none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from devices import simulate
from local.emulators import EmulatorError
from pipelines import batch


def run_batch_instead(missing: Sequence[EmulatorError], recording: Path | None) -> int:
    """Says what is missing and what would bring it; returns the exit code of the batch job."""
    for error in missing:
        print(f"Not live: {error}", file=sys.stderr)
    print("So the batch job runs instead.", file=sys.stderr)
    if recording is None:
        folder = Path("out/recordings")
        simulate.main(["--output", str(folder), "--seed", "1"])
        recording = folder / "simulated-seed1.edf"
    return batch.main(["--input", str(recording), "--output", "out/"])
