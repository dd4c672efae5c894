"""What a runner keeps of a stream, and what is told to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Protocol

from transforms.live.step import Step


class Cell(Protocol):
    """One value of state, as Beam has it."""

    def read(self) -> bytes | None: ...  # noqa: D102
    def write(self, value: bytes) -> None: ...  # noqa: D102
    def clear(self) -> None: ...  # noqa: D102


class Bag(Protocol):
    """Values of state without an order, as Beam has them."""

    def read(self) -> Iterable[bytes]: ...  # noqa: D102
    def add(self, value: bytes) -> None: ...  # noqa: D102
    def clear(self) -> None: ...  # noqa: D102


@dataclasses.dataclass(frozen=True)
class StoredStream:
    """All that a runner keeps of one epoch of a stream."""

    head: Cell
    snapshot: Cell
    inputs: Bag

    def clear(self) -> None:
        """Nothing is left."""
        self.head.clear()
        self.snapshot.clear()
        self.inputs.clear()


@dataclasses.dataclass
class Outcome:
    """What came of one call: the step, and when to look at the stream again.

    Attributes:
      silence_s, release_s: seconds since 1970 at which to call `silence` and `release`.
      n_written: bytes of state.
    """

    step: Step
    silence_s: float | None = None
    release_s: float | None = None
    n_written: int = 0
