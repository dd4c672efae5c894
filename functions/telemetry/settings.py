"""What the door takes, and how long it waits."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping

from functions.settings import SettingsError
from schemas.posts import MAX_POST_BYTES, MAX_POST_PACKETS

PREFIX = "NEURAL_ENGINE_DOOR_"
PARSED_JSON = 38
"""Bytes of objects for each byte of JSON, at most: measured on objects in objects."""


@dataclasses.dataclass(frozen=True)
class DoorSettings:
    """Each may be set by `NEURAL_ENGINE_DOOR_` and its name in capitals.

    Args:
      max_post_bytes: of a body, as sent and inflated.
      max_packets: of a post.
      max_packet_bytes: as sent; Pub/Sub takes 10 MB.
      max_channels, max_samples, max_events: of a packet.
      max_numbers: samples times channels, of all packets of a post.
      clock_ahead_s: a packet later than this from now is refused: a device's clock is wrong.
      clock_behind_s: one older than this is refused; devices store for days what they cannot send.
      expired_s: after its lease ran out a session takes so long what its device stored before: a
        day less than the stream job remembers what it had (`FollowSettings.tombstone_s`).
      packets_per_s, burst_packets: of one device, in one instance of the function: with n
        instances a device may get n times as much.
      bodies_bytes: of all bodies in memory, and of what is made of those in JSON while they are
        read; beyond it posts are answered 429.
      session_life_s: how long a session's end may go unnoticed.
      device_life_s: how long a revoked key may go unnoticed.
      wait_s: for the registry and the keys.
      publish_s: for Pub/Sub's acknowledgement.
      read_s: for a body to arrive.
      post_interval_ms, longest_post_interval_ms: what devices are told to wait between posts,
        unpressed and under full pressure.

    Raises:
      SettingsError: one that cannot be.
    """

    max_post_bytes: int = MAX_POST_BYTES
    max_packets: int = MAX_POST_PACKETS
    max_packet_bytes: int = 2 << 20
    max_channels: int = 1024
    max_samples: int = 1 << 16
    max_events: int = 1000
    max_numbers: int = 1 << 21
    clock_ahead_s: float = 120.0
    clock_behind_s: float = 30 * 86400.0
    expired_s: float = 6 * 86400.0
    packets_per_s: float = 200.0
    burst_packets: float = 2000.0
    bodies_bytes: int = 192 << 20
    session_life_s: float = 10.0
    device_life_s: float = 60.0
    wait_s: float = 5.0
    publish_s: float = 8.0
    read_s: float = 30.0
    post_interval_ms: int = 1000
    longest_post_interval_ms: int = 16_000

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not found > 0:
                raise SettingsError(_variable(field.name), found, "a number above 0")
        if self.burst_packets < self.max_packets:
            name, expected = _variable("burst_packets"), f"at least {self.max_packets}, a post's"
            raise SettingsError(name, self.burst_packets, expected)

        largest = (1 + PARSED_JSON) * self.max_post_bytes
        if self.bodies_bytes < largest:
            name, expected = _variable("bodies_bytes"), f"at least {largest}, of one post in JSON"
            raise SettingsError(name, self.bodies_bytes, expected)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> DoorSettings:
        """The settings of this process: what the environment says, else as they stand here."""
        found = os.environ if environment is None else environment
        values = {}
        for field in dataclasses.fields(cls):
            name = _variable(field.name)
            if name in found:
                number = int if field.type == "int" else float
                try:
                    values[field.name] = number(found[name])
                except ValueError:
                    raise SettingsError(name, found[name], "a number") from None
        return cls(**values)  # type: ignore[arg-type]


def _variable(field: str) -> str:
    return PREFIX + field.upper()
