"""What a plan means: the limits it meets, what bounds it, and what each choice costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipelines.capacity.plan import Assumptions, Plan, plan
from pipelines.capacity.tables import Measured, Prices, Quota
from pipelines.capacity.workload import Workload


@dataclasses.dataclass(frozen=True)
class QuotaUse:
    """How much of a limit a plan takes."""

    name: str
    service: str
    use: float
    quota: Quota

    @property
    def share(self) -> float:
        """1: all of it."""
        return self.use / self.quota.limit if self.quota.limit else float("inf")


def quota_uses(found: Plan, limits: Mapping[str, Quota]) -> list[QuotaUse]:
    """Every limit that the plan touches; what is used most comes first."""
    uses = [
        QuotaUse(name, need.service, use, limits[name])
        for need in found.needs
        for name, use in need.quotas.items()
    ]
    return sorted(uses, key=lambda one: one.share, reverse=True)


def bottleneck(found: Plan, limits: Mapping[str, Quota]) -> QuotaUse:
    """What would stop the fleet from growing first."""
    return quota_uses(found, limits)[0]


@dataclasses.dataclass(frozen=True)
class Choice:
    """Another way to run the same fleet, and its plan."""

    words: str
    plan: Plan


def choices(
    work: Workload, measured: Measured, prices: Prices, assumed: Assumptions | None = None
) -> list[Choice]:
    """One decision changed at a time."""
    other_interval_s = 0.25 if work.post_interval_s >= 1 else 1.0
    rows = "no rows of 50 ms in BigQuery, seconds only" if work.window_rows else "rows of 50 ms too"
    others: list[tuple[str, dict[str, Any]]] = [
        (f"a post every {other_interval_s:g} s", {"post_interval_s": other_interval_s}),
        (rows, {"window_rows": not work.window_rows}),
        (
            f"{work.revisions + 1} reprocessing(s) of everything",
            {"revisions": work.revisions + 1},
        ),
        ("a day in Bigtable", {"bigtable_days": 1.0}),
    ]
    return [
        Choice(words, plan(dataclasses.replace(work, **changed), measured, prices, assumed))
        for words, changed in others
    ]


FLEETS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


def fleets(
    work: Workload, measured: Measured, prices: Prices, assumed: Assumptions | None = None
) -> list[Plan]:
    """The same use by 100 to 100,000 devices."""
    return [
        plan(dataclasses.replace(work, devices=devices), measured, prices, assumed)
        for devices in FLEETS
    ]
