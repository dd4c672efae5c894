"""`python -m benchmarks.page_load report.html`: how long a browser takes to load a page.

Needs chromium. The page is opened from the disk in a frame, with an empty profile each time, and
the clock of the frame's parent is read when it has loaded and its layout is known.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 5
FRAME = """<!doctype html><title>-</title><script>
const started = performance.now();
function loaded(frame) {
  frame.contentDocument.body.getBoundingClientRect();
  document.title = "loaded " + Math.round(performance.now() - started);
}
</script><iframe src="PAGE" width="1200" height="900" onload="loaded(this)"></iframe>
"""
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--timeout=10000",
)


def load_ms(page: Path, browser: str = "chromium") -> int:
    """Milliseconds from the frame's start to the laid-out page, in a fresh browser."""
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder, "frame.html")
        frame.write_text(FRAME.replace("PAGE", page.resolve().as_uri()))
        command = [browser, *OPTIONS, f"--user-data-dir={folder}/profile", "--dump-dom"]
        ran = subprocess.run(
            [*command, frame.as_uri()], capture_output=True, text=True, check=True, timeout=60
        )
    found = re.search(r"<title>loaded (\d+)", ran.stdout)
    if found is None:
        raise RuntimeError(f"{page} did not load within ten seconds")
    return int(found[1])


def main() -> int:
    """Measures a few times; prints the median and the range."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_load", description=__doc__)
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page
    times = sorted(load_ms(page) for _ in range(RUNS))
    size = page.stat().st_size / 1e6
    print(f"{size:.2f} MB: {statistics.median(times)} ms ({times[0]} to {times[-1]}, {RUNS} runs)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
