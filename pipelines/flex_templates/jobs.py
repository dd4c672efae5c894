"""The jobs that are launched from templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines.batch import main as batch_main
from pipelines.batch_options import batch_parser
from pipelines.flex_templates.metadata import Template
from pipelines.rewrap import main as rewrap_main
from pipelines.rewrap import rewrap_parser
from pipelines.stream import main as stream_main
from pipelines.stream_options import stream_parser

TEMPLATES = {
    template.name: template
    for template in (
        Template("stream", stream_parser(), streaming=True),
        Template("batch", batch_parser(), streaming=False),
        Template("rewrap", rewrap_parser(), streaming=False),
    )
}

MAINS: dict[str, Callable[[Sequence[str] | None], int]] = {
    "stream": stream_main,
    "batch": batch_main,
    "rewrap": rewrap_main,
}
