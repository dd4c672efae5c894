"""A clock that moves when a test says so."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class ManualClock:
    ns: int = 1_700_000_000_000_000_000
    s: float = 1000.0

    def now_ns(self) -> int:
        return self.ns

    def monotonic_s(self) -> float:
        return self.s

    def pass_s(self, seconds: float) -> None:
        self.s += seconds
        self.ns += round(seconds * 1e9)
