"""Packets of one session, from read to acknowledged."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from functions.logs import where_raised
from functions.loop_publishing import LoopPublisher, NotPublishedError
from functions.registry.errors import RegistryError, SessionEndedError
from functions.telemetry.admission import ended, refuse_session
from functions.telemetry.lookups import Lookups
from functions.telemetry.reading import ReadPacket, Refusal
from functions.telemetry.sealing import DoorSealer
from functions.telemetry.settings import DoorSettings
from schemas.envelope import Envelope
from schemas.registrations import Session
from schemas.verdicts import Reason
from security.errors import KeysetErasedError, SealError

_LOG = logging.getLogger(__name__)

NotedStream = tuple[str, str, int]
"""Session, stream, epoch."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """Where packets go, once they were read.

    Args:
      sessions: of the registry.
      noted: tells the registry of a stream's epoch, once.
    """

    settings: DoorSettings
    sessions: Lookups[str, Session]
    noted: Lookups[NotedStream, bool]
    sealer: DoorSealer
    publisher: LoopPublisher

    async def let_in(
        self, session_id: str, packets: Sequence[ReadPacket], received_ns: int, traceparent: str
    ) -> list[Refusal | None]:
        """Why each packet was refused, or None for those that Pub/Sub has acknowledged.

        Args:
          packets: all claim this session.
          received_ns: by the door's clock.
        """
        try:
            session = await self.sessions.get(session_id)
        except LookupError:
            session = None
        except (RegistryError, TimeoutError) as error:
            return [_unavailable("the registry of sessions", error)] * len(packets)
        refusals = [
            refuse_session(packet, session, self.settings, received_ns) for packet in packets
        ]
        if session is None or all(refusals):
            return refusals
        await self._note(session, packets, refusals)
        admitted = [index for index, refusal in enumerate(refusals) if refusal is None]
        if not admitted:
            return refusals
        try:
            envelopes = await self.sealer.seal(
                [packets[index] for index in admitted], session, received_ns, traceparent
            )
        except KeysetErasedError:
            refused = Refusal(Reason.ERASED, "nothing of this subject is taken any more")
            outcomes: list[Refusal | None] = [refused] * len(admitted)
        except (SealError, TimeoutError) as error:
            outcomes = [_unavailable("the keys", error)] * len(admitted)
        else:
            outcomes = await self._publish(envelopes)
        for index, outcome in zip(admitted, outcomes, strict=True):
            refusals[index] = outcome
        return refusals

    async def _note(
        self, session: Session, packets: Sequence[ReadPacket], refusals: list[Refusal | None]
    ) -> None:
        """Before anything of a stream's epoch is accepted, so that the session's end closes it."""
        outcomes: dict[tuple[str, int], Refusal | None] = dict.fromkeys(session.streams)
        for index, packet in enumerate(packets):
            place = packet.stream, packet.epoch
            if refusals[index] is not None:
                continue
            if place not in outcomes:
                outcomes[place] = await self._note_stream(session.session, *place)
            refusals[index] = outcomes[place]

    async def _note_stream(self, session: str, stream: str, epoch: int) -> Refusal | None:
        try:
            await self.noted.get((session, stream, epoch))
        except SessionEndedError as error:
            return ended(error.status)
        except (RegistryError, TimeoutError) as error:
            return _unavailable("the registry of sessions", error)
        return None

    async def _publish(self, envelopes: Sequence[Envelope]) -> list[Refusal | None]:
        futures = [
            self.publisher.publish(envelope.sealed, envelope.attributes()) for envelope in envelopes
        ]
        outcomes: list[Refusal | None] = []
        for future in futures:  # one after the other: they are done together, and soon
            try:
                await future
            except NotPublishedError as error:
                outcomes.append(_unavailable("Pub/Sub", error.__cause__ or error))
            else:
                outcomes.append(None)
        return outcomes


def _unavailable(who: str, error: BaseException) -> Refusal:
    _LOG.warning("%s: no answer that counts, %s", who, where_raised(error))
    return Refusal(Reason.UNAVAILABLE, "not taken now; send it again, as it is")
