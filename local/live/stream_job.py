"""`python -m local.live.stream_job`: pipelines.stream and its options, on the prompt runner."""

from __future__ import annotations

import sys

from local.live.prompt_runner import make_prompt
from pipelines import stream

if __name__ == "__main__":
    make_prompt()
    sys.exit(stream.main(sys.argv[1:]))
