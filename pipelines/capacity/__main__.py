"""What a fleet needs of the cloud, and what it costs.

python -m pipelines.capacity --devices 10000 --channels 8 --rate 250 --hours 8
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.capacity.chart import draw
from pipelines.capacity.findings import choices, fleets, quota_uses
from pipelines.capacity.plan import plan
from pipelines.capacity.tables import measured, prices, quotas
from pipelines.capacity.words import plan_json, plan_text
from pipelines.capacity.workload import Workload
from schemas.errors import SchemaError


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the plan; 0 within all quotas, 1 beyond one, 2 for options that cannot be."""
    parser = _parser()
    known = parser.parse_args(argv)
    try:
        workload = Workload(
            devices=known.devices,
            channels=known.channels,
            rate_hz=known.rate,
            hours=known.hours,
            post_interval_s=known.post_interval,
            window_rows=known.window_rows,
            revisions=known.revisions,
            bigtable_days=known.bigtable_days,
            bigquery_days=known.bigquery_days,
            archive_days=known.archive_days,
            tenants=known.tenants,
        )
        own = _own_numbers(known.prices)
        table, limits = prices(own.get("prices")), quotas(own.get("quotas"))
        given = workload, measured(), table
        found = plan(*given)
        uses = quota_uses(found, limits)
        if known.chart:
            draw(fleets(*given), known.chart)
    except SchemaError as error:
        parser.error(str(error))
    if known.json:
        print(json.dumps(plan_json(found, uses, table), indent=2))
    else:
        print(plan_text(found, uses, choices(*given), table))
    return int(any(use.share > 1 for use in uses))


def _parser() -> argparse.ArgumentParser:
    default = Workload()
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.capacity",
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--devices", type=int, default=default.devices, help="that record at the same time")
    add("--channels", type=int, default=default.channels, help="of each")
    add("--rate", type=float, default=default.rate_hz, metavar="HZ", help="sampling rate")
    add("--hours", type=float, default=default.hours, help="of recording a device and day")
    add(
        "--post-interval",
        type=float,
        default=default.post_interval_s,
        metavar="SECONDS",
        help="of signal in a post; 0.25 for feedback",
    )
    add(
        "--no-window-rows",
        dest="window_rows",
        action="store_false",
        help="no features_log: BigQuery gets rows of seconds only",
    )
    add("--revisions", type=int, default=default.revisions, help="reprocessings of everything")
    add("--bigtable-days", type=float, default=default.bigtable_days, help="kept in Bigtable")
    add("--bigquery-days", type=float, default=default.bigquery_days, help="kept in BigQuery")
    add("--archive-days", type=float, default=default.archive_days, help="kept in the archive")
    add("--tenants", type=int, default=default.tenants, help="organisations")
    add(
        "--prices",
        type=Path,
        metavar="FILE",
        help='JSON of what you know better: {"prices": {...}, "quotas": {...}}, names as in'
        " pipelines/capacity/prices.json and quotas.json",
    )
    add("--chart", type=Path, metavar="FILE", help="draw cost and nodes for 100 to 100,000 devices")
    add("--json", action="store_true", help="print for programs")
    return parser


def _own_numbers(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SchemaError("prices", str(path), f"a JSON file: {error}") from None
    if not isinstance(found, dict) or set(found) - {"prices", "quotas"}:
        raise SchemaError("prices", str(path), "an object with `prices`, `quotas` or both")
    return found


if __name__ == "__main__":
    sys.exit(main())
