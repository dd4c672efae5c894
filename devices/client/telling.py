"""Events of a device: markers, behaviour, and how it is itself."""

from __future__ import annotations

from collections.abc import Sequence

from devices.client.clocks import Clock
from devices.client.cutting import Sender
from devices.client.epochs import Epochs
from schemas.packet_events import Event, EventKind, EventPacket, Reading

EVENT_STREAM = "events"


class EventTeller:
    """Makes event packets, counted as a stream of their own; not for several threads at once."""

    def __init__(self, sender: Sender, epochs: Epochs, clock: Clock):
        self._sender, self._epochs, self._clock = sender, epochs, clock
        self._epoch: int | None = None
        self._sequence = 0

    def packet(
        self,
        kind: EventKind,
        description: str,
        *,
        readings: Sequence[Reading] = (),
        channels: Sequence[str] = (),
        time_ns: int | None = None,
        duration_ns: int = 0,
    ) -> EventPacket:
        """One event in a packet of its own: it is to be known soon.

        Args:
          time_ns: None: now.
        """
        now_ns = self._clock.now_ns()
        event = Event(
            time_ns=now_ns if time_ns is None else time_ns,
            kind=kind,
            description=description,
            duration_ns=duration_ns,
            channels=tuple(channels),
            readings=tuple(readings),
        )
        if self._epoch is None:
            self._epoch = self._epochs.begin(EVENT_STREAM)
        packet = EventPacket(
            device=self._sender.device,
            session=self._sender.session,
            stream=EVENT_STREAM,
            epoch=self._epoch,
            sequence=self._sequence,
            device_time_ns=now_ns,
            events=(event,),
        )
        self._sequence += 1
        return packet
