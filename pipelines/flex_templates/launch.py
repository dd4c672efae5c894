"""What a template's container runs: the job's own `main`, its parameters as options."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pipelines.flex_templates.arguments import command_line
from pipelines.flex_templates.jobs import MAINS, TEMPLATES
from schemas.errors import SchemaError


def launch(job: str, argv: Sequence[str] | None = None) -> int:
    """Builds the job and hands it to Dataflow; returns the exit code.

    Args:
      argv: what Dataflow's launcher gives, `sys.argv` by default.
    """
    parser = TEMPLATES[job].parser
    try:
        options = command_line(parser, sys.argv[1:] if argv is None else argv)
    except SchemaError as error:
        parser.error(str(error))
    return MAINS[job](options)
