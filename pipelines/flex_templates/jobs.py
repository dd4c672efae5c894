"""The jobs that are launched from templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines import batch, rewrap, stream
from pipelines.batch_options import batch_parser
from pipelines.flex_templates.metadata import Template
from pipelines.rewrap import rewrap_parser
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
    "stream": stream.main,
    "batch": batch.main,
    "rewrap": rewrap.main,
}
