"""Packets of one session to envelopes: sealed under their subject's key, bound to their place."""

from __future__ import annotations

import asyncio
import concurrent.futures
import secrets
from collections.abc import Sequence

from functions.telemetry.reading import ReadPacket
from schemas.envelope import Envelope
from schemas.registrations import Session
from security.context import PacketContext
from security.sealing import Sealer

_NS_PER_MS = 1_000_000


class DoorSealer:
    """Seals on the event loop while keys are at hand, else in threads; for one event loop.

    Args:
      threads: in which keys are asked for, and waited for.
      wait_s: after which `seal` raises TimeoutError.
    """

    def __init__(self, sealer: Sealer, threads: concurrent.futures.Executor, wait_s: float):
        self._sealer, self._threads, self._wait_s = sealer, threads, wait_s

    async def seal(
        self, packets: Sequence[ReadPacket], session: Session, received_ns: int, traceparent: str
    ) -> list[Envelope]:
        """The packets' envelopes, in order: all or none.

        Args:
          session: of all of them; who they belong to is taken from it and nowhere else.

        Raises:
          SealError: see its classes.
          TimeoutError: keys did not come in time.
        """
        messages = [
            (
                packet.wire,
                PacketContext(
                    session.tenant,
                    session.subject,
                    session.session,
                    packet.stream,
                    packet.epoch,
                    packet.sequence,
                ),
            )
            for packet in packets
        ]
        sealed = self._sealer.seal_at_hand(messages)
        if sealed is None:
            asked = asyncio.get_running_loop().run_in_executor(
                self._threads, self._sealer.seal_all, messages
            )
            sealed = await asyncio.wait_for(asked, self._wait_s)
        post = secrets.token_hex(12)  # asked of the system once a post, for it is slow
        return [
            _envelope(packet, session, received_ns, traceparent, f"{post}{index:08x}", data)
            for index, (packet, data) in enumerate(zip(packets, sealed, strict=True))
        ]


def _envelope(
    packet: ReadPacket,
    session: Session,
    received_ns: int,
    traceparent: str,
    delivery: str,
    sealed: bytes,
) -> Envelope:
    return Envelope(
        kind=packet.kind,
        tenant=session.tenant,
        subject=session.subject,
        session=session.session,
        stream=packet.stream,
        epoch=packet.epoch,
        sequence=packet.sequence,
        event_time_ms=packet.first_ns // _NS_PER_MS,
        received_ns=received_ns,
        delivery=delivery,
        traceparent=traceparent,
        sealed=sealed,
    )
