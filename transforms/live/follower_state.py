"""A follower as bytes, and back: versioned, bounded, no pickle."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from schemas.archive import EpochPlace
from schemas.errors import SchemaError
from schemas.float_grid import FloatGrid
from schemas.packet_messages import format_message, format_of
from schemas.telemetry_pb2 import Format as FormatMessage
from transforms.engine import SnapshotError
from transforms.live.account import Account
from transforms.live.arrival import Piece
from transforms.live.arrival_events import ArrivalEvents
from transforms.live.clock_fit import ClockFit
from transforms.live.counter import CounterUnwrapper
from transforms.live.follower import StreamFollower
from transforms.live.ranges import Ranges
from transforms.live.settings import FollowSettings
from transforms.live.state_bytes import StateError, pack, unpack
from transforms.recordings.archive.packets import EpochStart
from transforms.recordings.errors import RecordingError
from transforms.rows_to_seal import StageTimes

_BROKEN = (
    *(SchemaError, SnapshotError, RecordingError, DecodeError, KeyError, IndexError),
    *(TypeError, ValueError, AttributeError, OverflowError),
)


def dump(follower: StreamFollower) -> bytes:
    """Everything that later packets depend on; after `follower.flush`."""
    fields: dict[str, Any] = {
        "kind": "samples",
        "account": dataclasses.asdict(follower.account),
        "counter": follower.counter.known,
        "clock": follower.clock.slots,
        "events": follower.events.found,
        "next_account_ns": follower.next_account_ns,
    }
    blobs: dict[str, Any] = {}
    start = follower.start
    if start is not None:
        order, epoch = follower.order, follower.epoch
        fields |= {
            "device": start.device,
            "start_ns": start.start_ns,
            "n_jumps": follower.n_jumps,
            "origin": epoch.origin,
            "next_sample": order.next_sample,
            "furthest": order.furthest,
            "missing": order.missing.ranges,
            "n_missing": order.n_missing,
            "held": [[p.first_sample, *dataclasses.astuple(p.times)] for p in order.held],
        }
        blobs["format"] = format_message(start.format).SerializeToString(deterministic=True)
        if follower.steps is not None:
            blobs |= {"step": follower.steps.step, "grid": follower.steps.origin}
        blobs |= {f"held.{n}": piece.rows for n, piece in enumerate(order.held)}
        fields["epoch"], arrays = epoch.fields()
        blobs |= {f"epoch.{name}": array for name, array in arrays.items()}
    return pack(fields, blobs)


def load(
    packed: bytes, place: EpochPlace, settings: FollowSettings, clock_ns: Callable[[], int]
) -> StreamFollower:
    """The follower of `dump`.

    Raises:
      StateError: the bytes are none of `dump`, or of another version of the code.
    """
    fields, blobs = unpack(packed)
    try:
        return _load(fields, blobs, StreamFollower(place, settings, clock_ns))
    except StateError:
        raise
    except _BROKEN as error:
        raise StateError("state", f"{type(error).__name__}: {error}", "a follower's") from None


def _load(fields: dict[str, Any], blobs: dict[str, Any], made: StreamFollower) -> StreamFollower:
    if "format" in blobs:
        format_ = format_of(FormatMessage.FromString(blobs["format"]))
        steps = FloatGrid(blobs["step"], blobs["grid"]) if "step" in blobs else None
        made.begin(EpochStart(fields["device"], format_, fields["start_ns"]), steps)
        made.n_jumps = int(fields["n_jumps"])
        made.open_epoch(int(fields["origin"]))
        made.epoch.restore(
            fields["epoch"],
            {n.removeprefix("epoch."): b for n, b in blobs.items() if n.startswith("epoch.")},
        )
        made.order.next_sample = int(fields["next_sample"])
        made.order.furthest = int(fields["furthest"])
        made.order.missing = Ranges(ranges=[(int(a), int(b)) for a, b in fields["missing"]])
        made.order.n_missing = int(fields["n_missing"])
        for n, (first, *times) in enumerate(fields["held"]):
            made.order.held.append(Piece(first, blobs[f"held.{n}"], StageTimes(*times)))
    made.account = Account(**fields["account"])
    made.counter = CounterUnwrapper([(int(s), int(p), int(n)) for s, p, n in fields["counter"]])
    made.clock = ClockFit([(int(at), int(delay)) for at, delay in fields["clock"]])
    made.events = ArrivalEvents(dict(fields["events"]))
    made.next_account_ns = fields["next_account_ns"]
    return made
