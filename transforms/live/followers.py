"""Followers by what they follow, and as bytes."""

from __future__ import annotations

from collections.abc import Callable

from schemas.archive import EpochPlace
from schemas.packet_events import EventPacket
from schemas.packet_wire import AnyPacket
from transforms.live import follower_state
from transforms.live.ended import EndedFollower
from transforms.live.event_follower import EventFollower
from transforms.live.follower import StreamFollower
from transforms.live.settings import FollowSettings
from transforms.live.state_bytes import StateError, unpack
from transforms.live.step import Refusal, Step
from transforms.rows_to_seal import StageTimes

Follower = StreamFollower | EventFollower | EndedFollower

Clock = Callable[[], int]


def new_follower(
    packet: AnyPacket, place: EpochPlace, settings: FollowSettings, clock_ns: Clock
) -> Follower:
    """For an epoch whose first packet this is."""
    kind = EventFollower if isinstance(packet, EventPacket) else StreamFollower
    return kind(place, settings, clock_ns)


def follow(follower: Follower, packet: AnyPacket, times: StageTimes) -> Step:
    """Takes a packet; one of the other kind has no place in this stream."""
    if isinstance(packet, EventPacket):
        if isinstance(follower, EventFollower):
            return follower.packet(packet, times)
    elif not isinstance(follower, EventFollower):
        return follower.packet(packet, times)
    step = follower.refused()
    step.refusal = Refusal("contradiction", "samples and events in one stream; expected two")
    return step


def ended(follower: Follower) -> Follower | None:
    """What remembers an epoch after its `end`; None where no packet of it ever fitted."""
    if isinstance(follower, StreamFollower):
        return EndedFollower.of(follower) if follower.start is not None else None
    return follower


def dump_follower(follower: Follower) -> bytes:
    """As bytes; after `flush`."""
    if isinstance(follower, StreamFollower):
        return follower_state.dump(follower)
    return follower.dump()


def load_follower(
    packed: bytes, place: EpochPlace, settings: FollowSettings, clock_ns: Clock
) -> Follower:
    """Undoes `dump_follower`.

    Raises:
      StateError: the bytes are none of it.
    """
    kind = unpack(packed)[0].get("kind")
    if kind == "samples":
        return follower_state.load(packed, place, settings, clock_ns)
    if kind == "ended":
        return EndedFollower.load(packed, place)
    if kind == "events":
        follower = EventFollower(place, settings, clock_ns)
        follower.restore(packed)
        return follower
    raise StateError("kind", kind, "samples, events or ended")
