"""The metadata of the templates, made from the jobs' options.

python -m pipelines.flex_templates --output templates/
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.flex_templates.jobs import TEMPLATES


def main(argv: Sequence[str] | None = None) -> int:
    """Writes a file for each job; with --image, whole specifications instead of metadata."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.flex_templates", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--output", type=Path, default=Path("templates"), metavar="FOLDER")
    parser.add_argument(
        "--image",
        metavar="URI",
        help="of an image whose tag or digest follows `JOB`; writes JOB.json, as Dataflow reads it"
        " from a bucket; without it, JOB.metadata.json, from which Terraform makes the same",
    )
    known = parser.parse_args(argv)
    for name, template in TEMPLATES.items():
        content: dict[str, object] = template.metadata()
        path = known.output / f"{name}.metadata.json"
        if known.image:
            content = specification(known.image.replace("JOB", name), content)
            path = known.output / f"{name}.json"
        path.write_text(json.dumps(content, indent=2) + "\n")
        print(path)
    return 0


def specification(image: str, metadata: dict[str, object]) -> dict[str, object]:
    """The file in a bucket that a template is launched from."""
    return {"image": image, "sdkInfo": {"language": "PYTHON"}, "metadata": metadata}


if __name__ == "__main__":
    sys.exit(main())
