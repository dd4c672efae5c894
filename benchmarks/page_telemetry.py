"""What the page says of the telemetry function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.page_tables import number, table
from benchmarks.results import Parts

_TELEMETRY = {
    ("door", False): "the telemetry function, tokens known",
    ("door", True): "the telemetry function, a fresh token each time",
    ("published", False): "publishes packets as they come: no token, no check, no seal",
    ("bare", False): "reads the body and answers",
}


def render_telemetry(result: Sequence[dict[str, Any]]) -> str:
    """The part of the page."""
    text = [
        "## The telemetry function\n",
        "Posts of 100 devices, each over a connection of its own, on the emulators; a packet"
        " is 250 ms of eight channels at 250 Hz. On one core, per second of processor time of the"
        " function, and by the wall clock. All are served by functions-framework with `--asgi`."
        " *Known* tokens were verified before and are remembered until they expire; a fresh one is"
        " verified in full.",
    ]
    for packets in sorted({row["packets"] for row in result}):
        of_size = [row for row in result if row["packets"] == packets]
        bare = next(row for row in of_size if row["function"] == "bare")
        rows = [
            (
                _TELEMETRY[row["function"], row["fresh_tokens"]],
                number(row["requests_per_s"]),
                number(packets * row["requests_per_s"]),
                number(row["wall_requests_per_s"]),
                f"{row['requests_per_s'] / bare['requests_per_s']:.2f}",
                f"{row['p50_ms']:.0f} ms",
                f"{row['p99_ms']:.0f} ms",
            )
            for row in of_size
        ]
        head = ("", "posts/s", "packets/s", "posts/s by the clock", "beside the last", "p50", "p99")
        text.append(f"\n### Packets a post: {packets}\n\n" + table(head, rows))
    return "\n".join(text)


def measured_at_the_door(parts: Parts) -> dict[str, float]:
    """The numbers that `benchmarks.targets` asks for, if the function was measured."""
    if "telemetry" not in parts:
        return {}
    return {
        f"door_{row['packets']}_{'fresh' if row['fresh_tokens'] else 'known'}": row["packets"]
        * row["requests_per_s"]
        for row in parts["telemetry"]["result"]
        if row["function"] == "door"
    }
