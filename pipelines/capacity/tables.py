"""The three tables that a plan rests on: what we measured, what is charged, what is allowed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.errors import SchemaError

_FOLDER = Path(__file__).parent
MEASURED_PATH = _FOLDER / "measured.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measured:
    """Constants out of `make bench`: `python -m benchmarks.capacity_constants` writes the file.

    Attributes:
      door_us, door_us_packet: processor time of a post: fixed, and of each packet in it.
      live_us_window: processor time of the stream job for a window of 8 channels at 250 Hz, with
        its share of the packet, the rows and the state.
      window_us_8x250, window_us_64x1000: of the engine alone: how its cost grows with a stream.
      envelope_bytes, bytes_per_number: of a packet in Pub/Sub: fixed, and of each number in it.
      window_bytes_channel, signal_bytes_number: of Bigtable's cells: of a channel and window,
        and of a number of the signal.
      bigquery_second_bytes_hour, bigquery_window_bytes_hour: of a device of 8 channels: of the
        rows of seconds with events, and of the rows of windows.
      state_bytes_packet: written by the stream job.
    """

    door_us: float
    door_us_packet: float
    live_us_window: float
    window_us_8x250: float
    window_us_64x1000: float
    envelope_bytes: float
    bytes_per_number: float
    window_bytes_channel: float
    signal_bytes_number: float
    bigquery_second_bytes_hour: float
    bigquery_window_bytes_hour: float
    state_bytes_packet: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prices:
    """US dollars; `as_of` and `source` say whose and when."""

    as_of: str
    source: str
    run_vcpu_s: float
    run_million_requests: float
    pubsub_tib: float
    dataflow_vcpu_h: float
    dataflow_gib_h: float
    streaming_engine_unit_h: float
    bigtable_node_h: float
    bigtable_gb_month: float
    bigquery_write_gb: float
    bigquery_gb_month: float
    storage_gb_month: float
    storage_thousand_writes: float
    kms_version_month: float
    kms_ten_thousand_operations: float


@dataclasses.dataclass(frozen=True)
class Quota:
    """A limit of a project."""

    limit: float
    what: str


def measured() -> Measured:
    """The constants of this version."""
    return Measured(**json.loads(MEASURED_PATH.read_text()))


def prices(overrides: Mapping[str, Any] | None = None) -> Prices:
    """The dated table, with what the user knows better.

    Raises:
      SchemaError: an override of what is in no table, or no price.
    """
    table = json.loads((_FOLDER / "prices.json").read_text())
    for name, value in (overrides or {}).items():
        if name not in table:
            raise SchemaError("price", name, f"one of {', '.join(table)}")
        is_text = isinstance(table[name], str)
        if not (isinstance(value, str) if is_text else _is_price(value)):
            raise SchemaError(name, value, "a text" if is_text else "a price in US dollars")
        table[name] = value
    return Prices(**table)


def quotas(overrides: Mapping[str, Any] | None = None) -> dict[str, Quota]:
    """Limits by name, with those that a project was granted.

    Raises:
      SchemaError: an override of what is no limit.
    """
    table = json.loads((_FOLDER / "quotas.json").read_text())["limits"]
    for name, limit in (overrides or {}).items():
        if name not in table or not _is_price(limit):
            raise SchemaError(
                "quota", f"{name}: {limit}", f"a number for one of {', '.join(table)}"
            )
        table[name][0] = limit
    return {name: Quota(limit, what) for name, (limit, what) in table.items()}


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
