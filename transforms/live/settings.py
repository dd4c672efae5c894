"""How streams are followed."""

from __future__ import annotations

import dataclasses

from transforms.recordings.plan import RecordingSettings


class SettingsError(ValueError):
    """A setting that cannot be."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


@dataclasses.dataclass(frozen=True)
class FollowSettings:
    """How packets are put in order, and when a stream's state ends.

    Args:
      reorder_ms: of event time: an early packet waits for what is missing in front of it, until
        one comes whose first sample is more than this ahead of the missing place.
      silence_s: without a packet; then nothing is waited for any more, and an epoch whose session
        is over ends: its end may overtake its last packets.
      release_s: without a packet; then the epoch is ended. A device that stores while it has no
        network may send again within this time, and nothing is late.
      tombstone_s: after its end an epoch is remembered so long: what still comes is late.
      account_s: of event time, between two rows of the account and of the clock's fit.
      snapshot_bytes: of a snapshot, for each packet after it, before the next one is written.
      most_inputs, most_input_bytes: replayed at most, where no snapshot comes before.
      cache_bytes: of followers kept in a worker process, about.
      retry_s: so long an outage of the keys holds the worker back; then it raises.
      line_hz: mains frequency, 50, 60 or None.
      feedback: whether each window is also sealed for the feedback topic.
    """

    reorder_ms: int = 500
    silence_s: float = 10.0
    release_s: float = 86_400.0
    tombstone_s: float = 7 * 86_400.0
    account_s: int = 60
    snapshot_bytes: int = 1_500
    most_inputs: int = 256
    most_input_bytes: int = 8 << 20
    cache_bytes: int = 512 << 20
    retry_s: float = 600.0
    line_hz: int | None = 50
    feedback: bool = False

    def __post_init__(self) -> None:
        limits = {
            "reorder_ms": (0, 60_000),
            "silence_s": (0.1, 86_400),
            "release_s": (self.silence_s, 31 * 86_400),
            "tombstone_s": (0.1, 31 * 86_400),
            "account_s": (1, 3_600),
            "snapshot_bytes": (1, 1 << 30),
            "most_inputs": (1, 100_000),
            "most_input_bytes": (1, 1 << 30),
            "cache_bytes": (0, 1 << 40),
            "retry_s": (0, 3_600),
        }
        for field, (low, high) in limits.items():
            found = getattr(self, field)
            if not low <= found <= high:
                raise SettingsError(field, found, f"{low} to {high}")
        if self.line_hz not in (50, 60, None):
            raise SettingsError("line_hz", self.line_hz, "50, 60 or None")

    @property
    def recordings(self) -> RecordingSettings:
        """As the reader of archives takes them."""
        return RecordingSettings(line_hz=self.line_hz)
