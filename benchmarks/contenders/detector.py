"""What a detector of artifacts is: a name, settings, and a function from samples to spans."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from benchmarks.labelled import Labelled
from devices.scoring import Span

Found = dict[str, list[Span]]
"""Spans by the name of the setting; settings that share most of the work are found together."""


@dataclasses.dataclass(frozen=True)
class Detector:
    """One way to find artifacts.

    Attributes:
      kinds: of `Labelled.truth` that it is meant for; none: all of them.
      recommended: the setting that its documentation recommends; the others of `find`'s answer are
        tried in hindsight.
      parameters: what that setting is, for the reader.
      causal: whether the past decides alone, so that it can run while the signal arrives.
      find: spans of one recording, for each of the settings that are asked for.
    """

    name: str
    kinds: tuple[str, ...]
    recommended: str
    settings: tuple[str, ...]
    parameters: str
    causal: bool
    find: Callable[[Labelled, tuple[str, ...]], Found]
