"""What Dataflow's console, API and Terraform are told of a template: made from its options."""

from __future__ import annotations

import argparse
import dataclasses
import re
from typing import Any

from pipelines.flex_templates.arguments import is_flag, options_of

_NO_PARAMETERS = frozenset({"runner"})
"""Dataflow gives it."""
_LOCAL = "_loopback_address"
"""Such options name services on the machine that launches, which no worker reaches."""
_BUCKET = r"^gs://[^\n\r]+$"
_SUBSCRIPTION = r"^projects/[^\n\r/]+/subscriptions/[^\n\r/]+$"
_TOPIC = r"^projects/[^\n\r/]+/topics/[^\n\r/]+$"
_PATTERNS = {"_subscription": _SUBSCRIPTION, "_topic": _TOPIC}


@dataclasses.dataclass(frozen=True)
class Template:
    """A job that can be launched from a template.

    Attributes:
      name: of the job's module in `pipelines`.
      streaming: whether it runs until it is drained. Such a job keeps exactly-once mode: state
        that is advanced twice by one packet would lose what the packet says of duplicates.
    """

    name: str
    parser: argparse.ArgumentParser
    streaming: bool

    def metadata(self) -> dict[str, Any]:
        """`metadata` of the template's specification file."""
        found: dict[str, Any] = {
            "name": f"Neural Engine: {self.name}",
            "description": self.parser.description,
            "streaming": self.streaming,
            "parameters": [
                _parameter(name, action)
                for name, action in options_of(self.parser).items()
                if name not in _NO_PARAMETERS and not name.endswith(_LOCAL)
            ],
        }
        if self.streaming:
            found |= {
                "supportsExactlyOnce": True,
                "supportsAtLeastOnce": False,
                "defaultStreamingMode": "EXACTLY_ONCE",
            }
        return found


def _parameter(name: str, action: argparse.Action) -> dict[str, Any]:
    helped = re.sub(r"\s+", " ", (action.help or "") % vars_of(action))
    parameter = {
        "name": name,
        "label": name.replace("_", " "),
        "helpText": helped,
        "isOptional": not action.required,
    }
    if is_flag(action):
        return parameter | {"regexes": ["^(true|false)$"]}
    if action.choices:
        return parameter | {
            "regexes": [f"^({'|'.join(map(re.escape, map(str, action.choices)))})$"]
        }
    for ending, pattern in _PATTERNS.items():
        if f"_{name}".endswith(ending):
            return parameter | {"regexes": [pattern]}
    if action.metavar == "FOLDER":  # workers see no folder of the machine that launches
        return parameter | {"regexes": [_BUCKET]}
    return parameter


def vars_of(action: argparse.Action) -> dict[str, Any]:
    """What a help text may refer to."""
    return {"default": action.default, "metavar": action.metavar, "dest": action.dest}
