"""The templates for buckets that Terraform does not fill: the same that its module makes.

python -m pipelines.flex_templates --image europe-docker.pkg.dev/P/neural-engine/JOB:1 --output out/
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.flex_templates.jobs import TEMPLATES


def main(argv: Sequence[str] | None = None) -> int:
    """Writes a specification for each job, as Dataflow reads it from a bucket."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.flex_templates", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--output", type=Path, default=Path("out/templates"), metavar="FOLDER")
    parser.add_argument(
        "--image",
        required=True,
        metavar="URI",
        help="of the jobs' images, with a tag; JOB in it stands for the job's name",
    )
    known = parser.parse_args(argv)
    known.output.mkdir(parents=True, exist_ok=True)
    for name, template in TEMPLATES.items():
        content = specification(known.image.replace("JOB", name), template.metadata())
        path = known.output / f"{name}.json"
        path.write_text(json.dumps(content, indent=2) + "\n")
        print(path)
    return 0


def specification(image: str, metadata: dict[str, object]) -> dict[str, object]:
    """The file in a bucket that a template is launched from."""
    return {"image": image, "sdkInfo": {"language": "PYTHON"}, "metadata": metadata}


if __name__ == "__main__":
    sys.exit(main())
