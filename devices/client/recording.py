"""What a session records: its streams as packets, its events, what there was no room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.client.accounts import Account
from devices.client.clocks import ServerTime
from devices.client.cutting import Absent, Sender, StreamCutter
from devices.client.epochs import Epochs
from devices.client.errors import ClientError
from devices.client.places import Outcome
from devices.client.settings import ClientSettings
from devices.client.store import PacketStore
from devices.client.taking import PacketTaker
from devices.client.telling import EventTeller
from schemas.codec import Numbers
from schemas.packet_events import EventKind, Reading
from schemas.packet_format import SignalFormat


class Recorder:
    """Packets of one session, from samples and events to the store; for one thread at a time.

    Args:
      streams: format of each, by its name.
    """

    def __init__(
        self,
        sender: Sender,
        streams: Mapping[str, SignalFormat],
        epochs: Epochs,
        store: PacketStore,
        account: Account,
        settings: ClientSettings,
        clock: ServerTime,
    ):
        self._store, self._account, self._settings, self._clock = store, account, settings, clock
        self._taker = PacketTaker(store, account, settings.codec)
        self._teller = EventTeller(sender, epochs, clock)
        self._cutters = {
            name: StreamCutter(name, found, sender, epochs, clock, settings.packet_s)
            for name, found in streams.items()
        }
        self._told_s = clock.monotonic_s()

    def push(
        self,
        stream: str,
        samples: Numbers,
        absent: Absent | None,
        first_sample: int | None,
        start_ns: int | None,
    ) -> None:
        """Takes samples; as `StreamCutter.push`."""
        packets = self._cutter(stream).push(samples, absent, first_sample, start_ns)
        if self._taker.take(packets):
            self._tell_losses()
        self._tell_health()

    def restart(self, stream: str) -> None:
        """What comes then of the stream begins a new epoch."""
        self._taker.take(self._cutter(stream).restart())

    def tell(self, kind: EventKind, description: str, **more: Any) -> None:
        """Takes one event; it may use the room that is kept for events."""
        self._taker.take([self._teller.packet(kind, description, **more)], reserved=True)

    def finish(self) -> None:
        """Takes what is not yet a whole packet, and tells what was lost."""
        for cutter in self._cutters.values():
            self._taker.take(cutter.flush())
        self._tell_losses()

    def _cutter(self, stream: str) -> StreamCutter:
        if stream not in self._cutters:
            raise ClientError("stream", stream, f"one of {', '.join(sorted(self._cutters))}")
        return self._cutters[stream]

    def _tell_losses(self) -> None:
        losses = self._taker.losses
        if not losses:
            return
        readings = [
            Reading("samples_dropped", count, channel=name) for name, count in losses.items()
        ]
        event = self._teller.packet(EventKind.DEVICE_HEALTH, "store_full", readings=readings)
        told = dict(losses)
        losses.clear()
        if not self._taker.take([event], reserved=True):
            losses.update(told)

    def _tell_health(self) -> None:
        every_s, now_s = self._settings.health_interval_s, self._clock.monotonic_s()
        if not every_s or now_s - self._told_s < every_s:
            return
        self._told_s = now_s
        waiting = self._store.waiting()
        readings: Sequence[Reading] = (
            Reading("packets_waiting", waiting.packets),
            Reading("bytes_waiting", waiting.bytes, "B"),
            Reading("samples_dropped", self._account.samples(Outcome.DROPPED)),
            Reading("packets_refused", self._account.packets(Outcome.REFUSED)),
            Reading("packets_damaged", self._store.n_damaged),
            Reading("clock_offset", self._clock.offset_s, "s"),
        )
        self.tell(EventKind.DEVICE_HEALTH, "client", readings=readings)
