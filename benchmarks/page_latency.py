"""What the page says of the way from a post to a row."""

from __future__ import annotations

from typing import Any

from benchmarks.page_tables import table
from benchmarks.results import Parts

POST_TO_ROW = "door to Bigtable"


def render_latency(result: dict[str, Any]) -> str:
    """The part of the page."""
    rows = [
        (
            stage["stage"],
            f"{stage['p50_ms']:.0f} ms",
            f"{stage['p95_ms']:.0f} ms",
            f"{stage['p99_ms']:.0f} ms",
        )
        for stage in result["stages"]
    ]
    text = [
        "## From a post to its row\n",
        f"{result['packets_per_s']} packets a second of eight channels at 250 Hz, a post a packet,"
        " through the functions, Pub/Sub, the streaming job and into Bigtable, all of it, and the"
        " devices, on the cores of one machine. The runner is Beam's for tests, with one thread:"
        " BigQuery is loaded after the minute, since the emulator's load jobs hold that thread.\n",
        table(("stage", "p50", "p95", "p99"), rows),
    ]
    first = next(s for s in result["stages_with_start"] if s["stage"] == POST_TO_ROW)
    text.append(
        f"\nWithout the first {result['start_s']} s, in which all sessions begin on that"
        f" thread; with them: {POST_TO_ROW} p95 {first['p95_ms']:.0f} ms."
    )
    if result["problems"]:
        text.append("\nThe job had not worked off everything when the measurement ended.")
    return "\n".join(text)


def measured_latency(parts: Parts) -> dict[str, float]:
    """The number that `benchmarks.targets` asks for, if it was measured."""
    if "live_latency" not in parts:
        return {}
    stages = parts["live_latency"]["result"]["stages"]
    p95_ms = next(stage["p95_ms"] for stage in stages if stage["stage"] == POST_TO_ROW)
    return {"post_to_row_ms": p95_ms}
