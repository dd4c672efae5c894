"""A session's event packets: each once, in any order, as rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from schemas.archive import EpochPlace
from schemas.packet_events import Event, EventKind, EventPacket
from transforms.live.account import Account
from transforms.live.live_tables import live_name
from transforms.live.ranges import Ranges
from transforms.live.settings import FollowSettings
from transforms.live.state_bytes import StateError, pack, unpack
from transforms.live.step import RecordPlace, Refusal, Step
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.table_part import TablePart, make_part

_NO_TIMES = StageTimes()


class EventFollower:
    """As `StreamFollower`, for packets that hold events; its samples are the events."""

    def __init__(self, place: EpochPlace, settings: FollowSettings, clock_ns: Callable[[], int]):
        self.place, self.settings = place, settings
        self.account = Account(restarts=place.epoch)
        self.device = ""
        self.next_sequence = 0
        self.missing = Ranges()
        self.reached_ns = 0
        self.started_ns = 0

    def packet(self, packet: EventPacket, times: StageTimes = _NO_TIMES) -> Step:
        """Takes a packet; a repeated one gives nothing."""
        step, account = Step(), self.account
        n_events = len(packet.events)
        account.packets_accepted += 1
        account.samples_accepted += n_events
        if self.device and packet.device != self.device:
            account.packets_refused += 1
            account.samples_refused += n_events
            step.refusal = Refusal("contradiction", f"device; expected {self.device!r}")
            return step
        if not self._is_new(packet.sequence):
            account.packets_duplicate += 1
            account.samples_duplicate += n_events
            return step
        if not self.device:
            self.started_ns = packet.events[0].time_ns
        self.device = packet.device
        self.reached_ns = max(self.reached_ns, *(event.time_ns for event in packet.events))
        account.samples_computed += n_events
        step.record = RecordPlace(packet.events[0].time_ns)
        step.parts += self._parts(packet)
        return step

    def refused(self) -> Step:
        """A packet could not be opened or decoded."""
        self.account.packets_refused += 1
        return Step()

    def silence(self) -> Step:
        """Nothing waits here."""
        return self._account_step(is_final=False)

    def end(self) -> Step:
        """The session is over."""
        return self._account_step(is_final=True)

    def flush(self) -> list[TablePart]:
        """Nothing waits here."""
        return []

    def dump(self) -> bytes:
        """Everything that later packets depend on."""
        fields = {
            "kind": "events",
            "account": dataclasses.asdict(self.account),
            "device": self.device,
            "next": self.next_sequence,
            "missing": self.missing.ranges,
            "times": [self.started_ns, self.reached_ns],
        }
        return pack(fields, {})

    def restore(self, packed: bytes) -> None:
        """Undoes `dump`."""
        fields, _ = unpack(packed)
        try:
            self.account = Account(**fields["account"])
            self.device, self.next_sequence = str(fields["device"]), int(fields["next"])
            self.missing = Ranges(ranges=[(int(a), int(b)) for a, b in fields["missing"]])
            self.started_ns, self.reached_ns = map(int, fields["times"])
        except (KeyError, TypeError, ValueError) as error:
            raise StateError("state", type(error).__name__, "that of events") from None

    def _is_new(self, sequence: int) -> bool:
        if sequence < self.next_sequence:
            return self.missing.take(sequence, sequence + 1) > 0
        if sequence > self.next_sequence:
            self.missing.add(self.next_sequence, sequence)
        self.next_sequence = sequence + 1
        return True

    def _account_step(self, *, is_final: bool) -> Step:
        step, account = Step(), self.account
        if self.device:
            identity = dataclasses.replace(self._identity, parameter_version="events")
            name = live_name(identity, "account", account.packets_accepted)
            step.parts.append(
                account.part(
                    *(identity, name, self.started_ns),
                    as_of_ns=self.reached_ns,
                    held=0,
                    is_final=is_final,
                )
            )
        return step

    @property
    def _identity(self) -> RowIdentity:
        place = self.place
        return RowIdentity(place.tenant, place.subject, place.session, place.stream, place.epoch)

    def _parts(self, packet: EventPacket) -> list[TablePart]:
        health = [e for e in packet.events if e.kind is EventKind.DEVICE_HEALTH]
        markers = [e for e in packet.events if e.kind is not EventKind.DEVICE_HEALTH]
        parts = []
        if markers:
            parts.append(self._markers(packet, markers))
        if health:
            parts.append(self._health(packet, health))
        return parts

    def _markers(self, packet: EventPacket, events: list[Event]) -> TablePart:
        """Of the session, not of a stream: as the reader of archives has them."""
        identity = dataclasses.replace(self._identity, stream=None, epoch=None)
        columns = {
            "start_ns": [event.time_ns for event in events],
            "duration_ns": [event.duration_ns for event in events],
            "description": [event.description for event in events],
            "channels": [list(event.channels) for event in events],
        }
        name = live_name(self._identity, "markers", packet.sequence)
        return make_part("markers", name, identity, len(events), columns)

    def _health(self, packet: EventPacket, events: list[Event]) -> TablePart:
        rows: list[dict[str, Any]] = []
        for event in events:
            told = {"start_ns": event.time_ns, "description": event.description or None}
            for reading in event.readings:
                number = reading.value if isinstance(reading.value, float) else None
                rows.append(
                    {
                        **told,
                        "reading": reading.name,
                        "channel": reading.channel or None,
                        "unit": reading.unit or None,
                        "value": number,
                        "text": reading.value if number is None else None,
                    }
                )
            if not event.readings:
                rows.append(told)
        names = ("start_ns", "description", "reading", "channel", "unit", "value", "text")
        columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
        columns |= {
            "sequence": [packet.sequence] * len(rows),
            "number": list(range(len(rows))),
            "device": [packet.device] * len(rows),
        }
        name = live_name(self._identity, "health", packet.sequence)
        return make_part("device_health", name, self._identity, len(rows), columns)
