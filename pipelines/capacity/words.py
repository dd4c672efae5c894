"""A plan as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.capacity.findings import Choice, QuotaUse
from pipelines.capacity.plan import Plan
from pipelines.capacity.tables import Prices


def plan_text(
    found: Plan, uses: Sequence[QuotaUse], others: Sequence[Choice], prices: Prices
) -> str:
    """What is needed, what it costs, what is in the way, and what each choice would change."""
    work = found.workload
    lines = [
        f"{work.devices:,} devices, {work.channels} channels at {work.rate_hz:g} Hz,"
        f" {work.hours:g} h a day, a post every {work.post_interval_s:g} s",
        "",
        f"{'':14}{'US$ a month':>12}   while all devices record",
    ]
    for need in found.needs:
        amounts = ", ".join(f"{_number(value)} {name}" for name, value in need.amounts.items())
        lines.append(f"{need.service:14}{need.total:>12,.0f}   {amounts}")
    per_hour = found.total / work.device_hours
    lines += [f"{'together':14}{found.total:>12,.0f}   {per_hour:.4f} US$ a device-hour", ""]
    lines += _quota_lines(uses)
    lines += ["", "Instead:"]
    for other in others:
        lines.append(f"  {other.words}: {_difference(found, other.plan)}")
    lines += ["", f"Prices of {prices.as_of}: {prices.source}."]
    return "\n".join(lines)


def _quota_lines(uses: Sequence[QuotaUse]) -> list[str]:
    first = uses[0]
    lines = [f"Bottleneck: {first.quota.what}, {_number(100 * first.share)} % used."]
    lines += [
        f"EXCEEDED: {_number(use.use)} of {_number(use.quota.limit)} {use.quota.what}"
        for use in uses
        if use.share > 1
    ]
    return lines


def _difference(found: Plan, other: Plan) -> str:
    told = [f"{other.total - found.total:+,.0f} US$ a month"]
    for need in found.needs:
        after = other.need(need.service)
        changed = after.total - need.total
        if abs(changed) >= 0.01 * found.total:
            told.append(f"{need.service} {changed:+,.0f}")
    nodes = found.need("Bigtable").amounts["nodes"], other.need("Bigtable").amounts["nodes"]
    if round(nodes[0]) != round(nodes[1]):
        told.append(f"Bigtable nodes {_number(nodes[0])} -> {_number(nodes[1])}")
    return ", ".join(told)


def plan_json(found: Plan, uses: Sequence[QuotaUse], prices: Prices) -> Mapping[str, object]:
    """The same for programs."""
    return {
        "devices": found.workload.devices,
        "us_dollars_a_month": found.total,
        "prices_as_of": prices.as_of,
        "services": {
            need.service: {"amounts": need.amounts, "us_dollars_a_month": need.cost}
            for need in found.needs
        },
        "quotas": [
            {"name": use.name, "use": use.use, "limit": use.quota.limit, "exceeded": use.share > 1}
            for use in uses
        ],
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
