"""What the project set out to reach, beside what was measured."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Mapping

COMPARE = {">=": operator.ge, "<": operator.lt, "<=": operator.le}


@dataclasses.dataclass(frozen=True)
class Target:
    """One number to reach.

    Attributes:
      key: of the measurement, in the mapping that `verdicts` takes.
      sense: ">=", "<" or "<=".
    """

    what: str
    key: str
    sense: str
    limit: float
    unit: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A target and what was measured; None where this run did not measure it."""

    target: Target
    measured: float | None

    @property
    def word(self) -> str:
        """Whether the target was met."""
        if self.measured is None:
            return "not measured"
        met = COMPARE[self.target.sense](self.measured, self.target.limit)
        return "met" if met else "missed"


TARGETS = (
    Target("8 ch x 250 Hz, packets of 250 ms", "packets_8x250", ">=", 20_000, "windows/s"),
    Target("the same, beside BrainFlow", "brainflow_ratio", ">=", 10, "times"),
    Target("8 ch x 250 Hz, blocks of 10 s", "blocks_8x250", ">=", 40_000, "windows/s"),
    Target("64 ch x 1000 Hz, packets of 250 ms", "packets_64x1000", ">=", 4_000, "windows/s"),
    Target("64 ch x 1000 Hz, blocks of 10 s", "blocks_64x1000", ">=", 4_000, "windows/s"),
    Target("batch job, 64 ch x 160 Hz, one core", "batch_real_time", ">=", 100, "x real time"),
    Target("24 h of 32 ch x 256 Hz, engine", "engine_memory_gb", "<", 1.5, "GB"),
    Target("24 h of 32 ch x 256 Hz, batch job", "batch_memory_gb", "<", 1.5, "GB"),
    Target("sealing, of the path of a window", "sealing_percent", "<=", 5, "%"),
    Target("sealed rows of 8 ch x 250 Hz", "sealed_mb", "<=", 85, "MB/hour"),
    Target("door, a packet a post", "door_1_known", ">=", 1_200, "posts/s"),
    Target("the same, a fresh token each", "door_1_fresh", ">=", 1_200, "posts/s"),
    Target("door, four packets a post", "door_4_known", ">=", 2_500, "packets/s"),
    Target("the same, a fresh token each", "door_4_fresh", ">=", 2_500, "packets/s"),
    Target("live step: open, decode, window", "live_packets", ">=", 4_000, "packets/s"),
    Target("live step: state written", "live_state_bytes", "<=", 4_096, "B/packet"),
    Target("post to row in Bigtable, p95", "post_to_row_ms", "<=", 300, "ms"),
    Target("live rows of 8 ch x 250 Hz", "live_bigtable_mb", "<=", 85, "MB/hour"),
    Target("snapshot of 8 ch x 250 Hz", "snapshot_kb", "<=", 100, "kB"),
)


def verdicts(measured: Mapping[str, float]) -> list[Verdict]:
    """Each target with its measurement."""
    return [Verdict(target, measured.get(target.key)) for target in TARGETS]
