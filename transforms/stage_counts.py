"""How long live rows waited at each stage: a histogram of counters, as Dataflow has none."""

from __future__ import annotations

import bisect
import collections
from collections.abc import Mapping

from apache_beam.metrics.metric import Metrics

from schemas.metrics import BOUNDS_MS, ENDLESS, STAGES_OF_A_ROW

STAGE = "WriteSealedRows"
_BOUNDS = (*map(str, BOUNDS_MS), ENDLESS)


class StageCounts:
    """Of a bundle; told at its end, one count a bound however many rows there were."""

    def __init__(self) -> None:
        self._counts: collections.Counter[tuple[str, int]] = collections.Counter()

    def add(self, times_ns: Mapping[str, int]) -> None:
        """A row, by when it was where; a time of 0 is not known and does not count."""
        for stage, (first, last) in STAGES_OF_A_ROW.items():
            began, ended = times_ns[first], times_ns[last]
            if began and ended:
                waited_ms = max(0, ended - began) / 1_000_000
                self._counts[stage, bisect.bisect_left(BOUNDS_MS, waited_ms)] += 1

    def tell(self) -> None:
        """Counts each row at every bound that it kept: the last counts all."""
        for stage in STAGES_OF_A_ROW:
            kept = 0
            for place, bound in enumerate(_BOUNDS):
                kept += self._counts[stage, place]
                if kept:
                    Metrics.counter(STAGE, f"{stage}-ms-le-{bound}").inc(kept)
        self._counts.clear()
