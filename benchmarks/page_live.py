"""The live step's half of the page of benchmarks."""

from __future__ import annotations

from typing import Any

from benchmarks.live_step import ENGINE, EVERY, STEP, STORES, WINDOWS
from benchmarks.page_tables import number, table
from benchmarks.results import Parts


def render_live(result: dict[str, Any]) -> str:
    """Packets a second, and bytes."""
    speeds = result["packets_per_s"]
    rows = [(name, number(speeds[name])) for name in (ENGINE, STEP, STORES, WINDOWS, EVERY)]
    traffic = [
        (
            f"{row['every_ms']:.0f} ms",
            f"{row['state_bytes']:,.0f} B",
            f"{row['envelope_bytes']:,.0f} B",
            f"{row['snapshot_bytes'] / 1e3:.0f} kB",
            f"{row['bigtable_mb']:.0f} MB",
            f"{row['archive_mb']:.1f} MB",
        )
        for row in result["traffic"]
    ]
    head = ("packets of", "state a packet", "envelope", "snapshot", "Bigtable an hour", "archive")
    return (
        "## The live step\n\n"
        "8 channels at 250 Hz in packets of 250 ms, one core, per second of processor time, in"
        " turns in one process. The step opens, decodes, orders, windows, makes the cells, the"
        " seconds, the log and the events, and writes its state; the engine only windows. The"
        f" step does {100 * result['of_engine']:.0f} % of the bare engine's packets.\n\n"
        + table(("", "packets/s"), rows)
        + "\n\nWhat is written, snapshots spread over the packets between them:\n\n"
        + table(head, traffic)
    )


def measured_live(parts: Parts) -> dict[str, float]:
    """For the targets."""
    if "live" not in parts:
        return {}
    result = parts["live"]["result"]
    return {
        "live_packets": result["packets_per_s"][STEP],
        "live_state_bytes": result["traffic"][0]["state_bytes"],
        "live_bigtable_mb": result["traffic"][0]["bigtable_mb"],
    }
