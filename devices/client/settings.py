"""What a device's maker may choose, with the numbers that suit most."""

from __future__ import annotations

import dataclasses

from devices.client.backoff import BackOff
from devices.client.calls import Timeouts
from devices.client.errors import ClientError
from schemas.codec import Codec
from schemas.posts import MAX_POST_BYTES, MAX_POST_PACKETS

LIVE_POST_INTERVAL_S = 0.25


@dataclasses.dataclass(frozen=True)
class ClientSettings:
    """How a device stores and posts.

    Args:
      packet_s: how much signal a packet holds; rounded to whole samples, at least one.
      post_interval_s: from one post to the next; 0.25 for closed loops (`LIVE_POST_INTERVAL_S`).
      live_first: after an outage, post the newest packets before those that waited. The live path
        then counts what waited as late: it is stored, and taken in by the next batch revision. By
        default packets go in the order in which they were taken: windows stay complete, and an hour
        that waited is through in seconds.
      max_post_packets, max_post_bytes: of one post; the door takes 256 and 4 MiB.
      max_store_bytes: of what may wait on the disk; 512 MiB are a day and a half of 8 channels at
        250 Hz. When it is full, new packets are dropped, counted, and told by an event.
      max_refused_bytes: of refused packets that are kept.
      codec: of integers; None takes RICE where numba is installed, else the narrowest plain one.
      health_interval_s: from one report of the client's own state to the next; 0: never.
      connect_s, read_s: after which a call counts as failed.

    Raises:
      ClientError: a number that cannot be.
    """

    packet_s: float = 0.25
    post_interval_s: float = 1.0
    live_first: bool = False
    max_post_packets: int = MAX_POST_PACKETS
    max_post_bytes: int = 1 << 20
    max_store_bytes: int = 512 << 20
    max_refused_bytes: int = 64 << 20
    codec: Codec | None = None
    health_interval_s: float = 60.0
    token_lifetime_s: int = 3000
    back_off: BackOff = dataclasses.field(default_factory=BackOff)
    timeouts: Timeouts = dataclasses.field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        for field, low, high in (
            ("packet_s", 0.001, 60.0),
            ("post_interval_s", 0.01, 3600.0),
            ("max_post_packets", 1, MAX_POST_PACKETS),
            ("max_post_bytes", 1 << 10, MAX_POST_BYTES - (1 << 16)),
            ("max_store_bytes", 0, 1 << 50),
            ("max_refused_bytes", 0, 1 << 50),
            ("health_interval_s", 0.0, 86_400.0),
        ):
            if not low <= getattr(self, field) <= high:
                raise ClientError(field, getattr(self, field), f"{low} to {high}")
