"""A stream's state in memory, and workers to take turns at it: what a runner does, without one."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from schemas.envelope import Envelope, EnvelopeKind
from schemas.packet_events import EventPacket
from schemas.packet_wire import encode_packet
from security.context import PacketContext
from tests.transforms.live.followed import Followed, follow, made_packets
from tests.transforms.recordings.made_archive import SESSION, START_NS, SUBJECT, TENANT
from transforms.live.follower_cache import FollowerCache
from transforms.live.followers import Follower
from transforms.live.head import Head
from transforms.live.settings import FollowSettings
from transforms.live.stored_stream import Outcome, StoredStream
from transforms.live.stream_worker import StreamWorker

PACKETS = made_packets(1500, every=31)
WHOLE = follow(PACKETS)
SETTINGS = FollowSettings(snapshot_bytes=3_000, most_inputs=9)


class MemoryCell:
    """One value, as a runner keeps it."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.written = 0

    def read(self) -> bytes | None:
        return self.value

    def write(self, value: bytes) -> None:
        self.value = value
        self.written += len(value)

    def clear(self) -> None:
        self.value = None


class MemoryBag:
    """Values in any order but that of writing."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.written = 0

    def read(self) -> list[bytes]:
        return random.Random(len(self.values)).sample(self.values, len(self.values))

    def add(self, value: bytes) -> None:
        self.values.append(value)
        self.written += len(value)

    def clear(self) -> None:
        self.values = []


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now_ns = 1_800_000_000_000_000_000

    def __call__(self) -> int:
        return self.now_ns


class Job:
    """A stream's state, and worker processes to take turns at it."""

    def __init__(self, store: Any, settings: FollowSettings = SETTINGS):
        self.vault, self.settings, self.clock = store.vault, settings, Clock()
        self.stored = StoredStream(MemoryCell(), MemoryCell(), MemoryBag())
        self.outcomes: list[Outcome] = []
        self.cache = FollowerCache[Follower](1 << 30)

    def worker(self, cache: FollowerCache[Follower] | None = None) -> StreamWorker:
        cache = FollowerCache[Follower](1 << 30) if cache is None else cache
        vault = self.vault
        return StreamWorker(self.settings, vault.opener, vault.sealer, cache, self.clock)

    def take(self, envelope: Envelope, worker: StreamWorker | None = None) -> Outcome:
        worker = worker or self.worker(self.cache)
        return worker.envelope(self.stored, envelope.stream_key, envelope, envelope.to_bytes())

    def seal(self, packet: Any, **changes: Any) -> Envelope:
        context = PacketContext(
            *(TENANT, SUBJECT, SESSION, packet.stream, packet.epoch, packet.sequence)
        )
        is_events = isinstance(packet, EventPacket)
        fields: dict[str, Any] = {
            "kind": EnvelopeKind.EVENTS if is_events else EnvelopeKind.SAMPLES,
            "tenant": TENANT,
            "subject": SUBJECT,
            "session": SESSION,
            "stream": packet.stream,
            "epoch": packet.epoch,
            "sequence": packet.sequence,
            "event_time_ms": 0,
            "received_ns": START_NS,
            "delivery": f"{packet.sequence:032x}",
            "sealed": self.vault.sealer.seal(encode_packet(packet), context),
        }
        return Envelope(**{**fields, **changes})

    def end(self) -> Envelope:
        envelope = self.seal(PACKETS[0])
        return dataclasses.replace(envelope, kind=EnvelopeKind.END, sealed=b"")

    @property
    def head(self) -> Head:
        return Head.from_bytes(self.stored.head.read() or b"")


def finished(job: Job, outcomes: list[Outcome], key: str) -> Followed:
    """What came of them and of the end of the input."""
    outcomes = [*outcomes, job.worker(job.cache).finish(job.stored, key)]
    return Followed([outcome.step for outcome in outcomes], None)  # type: ignore[arg-type]
