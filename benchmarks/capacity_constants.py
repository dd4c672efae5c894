"""Constants of `pipelines.capacity` out of what was measured.

`python -m benchmarks.capacity_constants` writes them, and `python -m benchmarks` at its end. A
test fails where results were renewed and constants were not.
"""

from __future__ import annotations

import json

from benchmarks.live_step import ENGINE, STEP
from benchmarks.results import Parts, load
from docs.view_reference import MB_AN_HOUR
from pipelines.capacity.tables import MEASURED_PATH
from pipelines.capacity.workload import WINDOWS_PER_S

_SMALL, _LARGE = (8, 250), (64, 1000)  # channels and hertz
_LIVE_S = 0.25  # of signal in a packet


def constants(parts: Parts) -> dict[str, float]:
    """The fields of `Measured`, three digits each."""
    found = {**_door(parts), **_live(parts), **_cells(parts), **_rows()}
    return {name: float(f"{value:.3g}") for name, value in sorted(found.items())}


def _door(parts: Parts) -> dict[str, float]:
    """From posts of one packet and of four: what each costs, and what each packet more.

    Where the door was not measured yet, the file's own cautious figures stay.
    """
    if "telemetry" not in parts:
        stored = json.loads(MEASURED_PATH.read_text())
        return {name: stored[name] for name in ("door_us", "door_us_packet")}
    of_door = {
        row["packets"]: 1e6 / row["requests_per_s"]
        for row in parts["telemetry"]["result"]
        if row["function"] == "door" and not row["fresh_tokens"]
    }
    few, many = min(of_door), max(of_door)
    each = (of_door[many] - of_door[few]) / (many - few)
    return {"door_us": of_door[few] - few * each, "door_us_packet": each}


def _live(parts: Parts) -> dict[str, float]:
    """All counted by windows: a packet of a second costs at most what four of 250 ms do."""
    live = parts["live"]["result"]
    short, long = live["traffic"]
    numbers = [8 * 250 * row["every_ms"] / 1000 for row in (short, long)]
    slope = (long["envelope_bytes"] - short["envelope_bytes"]) / (numbers[1] - numbers[0])
    windows = _LIVE_S * WINDOWS_PER_S
    engine = {
        row["workload"]: 1e6 / row["windows_per_s"]
        for row in parts["speed"]["result"]["speeds"]
        if row["contender"] == "engine" and "packets" in row["workload"]
    }
    small, large = engine.values()
    return {
        "live_us_window": 1e6 / live["packets_per_s"][STEP] / windows,
        "window_us_8x250": 1e6 / live["packets_per_s"][ENGINE] / windows,
        "window_us_64x1000": 1e6 / live["packets_per_s"][ENGINE] / windows * large / small,
        "state_bytes_packet": max(row["state_bytes"] for row in live["traffic"]),
        "envelope_bytes": short["envelope_bytes"] - slope * numbers[0],
        "bytes_per_number": slope,
    }


def _cells(parts: Parts) -> dict[str, float]:
    """Two streams, two unknowns: bytes of a channel and window, and of a number."""
    rows = {row["workload"]: row["mb_per_hour"] for row in parts["sealing"]["result"]}
    per_s = [
        mb * 1e6 / 3600 / channels
        for (channels, _), mb in zip(
            (_SMALL, _LARGE), [mb for name, mb in rows.items() if "packets" in name], strict=True
        )
    ]
    signal = (per_s[1] - per_s[0]) / (_LARGE[1] - _SMALL[1])
    windows = (per_s[0] - _SMALL[1] * signal) / WINDOWS_PER_S
    return {"window_bytes_channel": windows, "signal_bytes_number": signal}


def _rows() -> dict[str, float]:
    seconds = MB_AN_HOUR["features_1s"] + MB_AN_HOUR["events"]
    return {
        "bigquery_second_bytes_hour": seconds * 1e6,
        "bigquery_window_bytes_hour": MB_AN_HOUR["features_log"] * 1e6,
    }


def main() -> None:
    """Writes the file that the plan reads."""
    MEASURED_PATH.write_text(json.dumps(constants(load()), indent=2) + "\n")
    print(MEASURED_PATH)


if __name__ == "__main__":
    main()
