"""Messages that mean nothing, so that the job's runner looks at its timers.

Beam's runner for tests works only when a pull of Pub/Sub returns, for which it waits up to 30 s.
Dataflow needs none of this.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from google.cloud.pubsub_v1 import PublisherClient

from local.live.cloud import PROJECT
from local.pubsub import topic_path
from schemas.envelope import Envelope, EnvelopeKind
from schemas.ids import SUBJECT_WIDTH, TENANT_WIDTH
from schemas.pubsub_topics import TELEMETRY

_EVERY_S = 0.2


@contextlib.contextmanager
def heartbeats(every_s: float = _EVERY_S) -> Iterator[None]:
    """Published until the end of the block."""
    stopped = threading.Event()
    thread = threading.Thread(target=_publish, args=(stopped, every_s), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _publish(stopped: threading.Event, every_s: float) -> None:
    topic = topic_path(PROJECT, TELEMETRY.name)
    with PublisherClient() as publisher:
        while not stopped.wait(every_s):
            publisher.publish(topic, b"", **beat(time.time_ns()).attributes())


def beat(now_ns: int) -> Envelope:
    """The end of an epoch that never began: the job has nothing to do for it."""
    return Envelope(
        kind=EnvelopeKind.END,
        tenant="0" * TENANT_WIDTH,
        subject="0" * SUBJECT_WIDTH,
        session="0" * 32,
        stream="heartbeat",
        epoch=0,
        sequence=0,
        event_time_ms=now_ns // 1_000_000,
        received_ns=now_ns,
        delivery="0" * 32,
        sealed=b"",
    )
