"""What is remembered of an epoch that has ended: enough to tell late packets from known ones."""

from __future__ import annotations

import dataclasses
from typing import Any

from google.protobuf.message import DecodeError

from schemas.archive import EpochPlace
from schemas.errors import PacketError, SchemaError
from schemas.packet import MAX_NS, Packet
from schemas.packet_messages import format_message, format_of
from schemas.telemetry_pb2 import Format as FormatMessage
from transforms.live.account import Account
from transforms.live.arrival_events import ArrivalEvents
from transforms.live.counter import CounterUnwrapper
from transforms.live.follower import StreamFollower
from transforms.live.live_tables import live_name
from transforms.live.ranges import Ranges
from transforms.live.state_bytes import StateError, pack, unpack
from transforms.live.step import RecordPlace, Refusal, Step
from transforms.recordings.archive.packets import EpochStart, check_likeness
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.table_part import TablePart

_NO_TIMES = StageTimes()
_BROKEN = SchemaError, DecodeError, KeyError, TypeError, ValueError


@dataclasses.dataclass
class EndedFollower:
    """Takes what still comes: it is archived, counted and told, and makes no window.

    Attributes:
      start: what the epoch's first packet says of all of them.
    """

    place: EpochPlace
    account: Account
    counter: CounterUnwrapper
    start: EpochStart
    parameter_version: str
    next_sample: int
    missing: Ranges

    @classmethod
    def of(cls, follower: StreamFollower) -> EndedFollower:
        """After its `end`."""
        start = follower.start
        assert start is not None
        return cls(
            place=follower.place,
            account=follower.account,
            counter=follower.counter,
            start=start,
            parameter_version=str(follower.identity.parameter_version),
            next_sample=follower.order.next_sample,
            missing=follower.order.missing,
        )

    def packet(self, packet: Packet, times: StageTimes = _NO_TIMES) -> Step:
        """Late, all of it that is not known."""
        step, account = Step(), self.account
        account.packets_accepted += 1
        account.samples_accepted += packet.n_samples
        try:
            check_likeness(packet, self.start)
        except PacketError as error:
            told = f"{error.field}; expected as in the epoch's first packet"
            return self._refused(step, packet, Refusal("contradiction", told))
        first = self.counter.place(
            packet.sequence, packet.first_sample, packet.counter_bits, packet.n_samples
        )
        stop = first + packet.n_samples
        if abs(self._time_ns(stop)) > MAX_NS:
            told = "a sample lies after the year 2116"
            return self._refused(step, packet, Refusal("impossible_time", told))
        if stop > self.next_sample:
            self.missing.add(self.next_sample, stop)
            self.next_sample = stop
        late = self.missing.take(first, stop)
        account.samples_late += late
        account.samples_duplicate += packet.n_samples - late
        if late == 0:
            account.packets_duplicate += 1
            return step
        account.packets_late += 1
        step.record = RecordPlace(self._time_ns(first), first, packet.n_samples)
        step.parts += self._told(first, stop, late)
        return step

    def _refused(self, step: Step, packet: Packet, refusal: Refusal) -> Step:
        self.account.packets_refused += 1
        self.account.samples_refused += packet.n_samples
        step.refusal = refusal
        return step

    def refused(self) -> Step:
        """A packet could not be opened or decoded."""
        self.account.packets_refused += 1
        return Step()

    def silence(self) -> Step:
        """Nothing waits here."""
        return Step()

    def end(self) -> Step:
        """It has ended before."""
        return Step()

    def flush(self) -> list[TablePart]:
        """Nothing waits here."""
        return []

    def dump(self) -> bytes:
        """Everything that later packets depend on."""
        fields: dict[str, Any] = {
            "account": dataclasses.asdict(self.account),
            "counter": self.counter.known,
            "device": self.start.device,
            "start_ns": self.start.start_ns,
            "parameter_version": self.parameter_version,
            "next_sample": self.next_sample,
            "missing": self.missing.ranges,
        }
        format_ = format_message(self.start.format).SerializeToString(deterministic=True)
        return pack({"kind": "ended", **fields}, {"format": format_})

    @classmethod
    def load(cls, packed: bytes, place: EpochPlace) -> EndedFollower:
        """Undoes `dump`; `StateError` where there is nothing to undo."""
        fields, blobs = unpack(packed)
        try:
            format_ = format_of(FormatMessage.FromString(blobs["format"]))
            return cls(
                place=place,
                account=Account(**fields["account"]),
                counter=CounterUnwrapper([(a, b, c) for a, b, c in fields["counter"]]),
                start=EpochStart(fields["device"], format_, int(fields["start_ns"])),
                parameter_version=fields["parameter_version"],
                next_sample=int(fields["next_sample"]),
                missing=Ranges(ranges=[(a, b) for a, b in fields["missing"]]),
            )
        except _BROKEN as error:
            raise StateError("state", type(error).__name__, "that of an ended epoch") from None

    def _told(self, first: int, stop: int, late: int) -> list[TablePart]:
        place, account = self.place, self.account
        identity = RowIdentity(
            *(place.tenant, place.subject, place.session, place.stream, place.epoch),
            parameter_version=self.parameter_version,
        )
        events = ArrivalEvents()
        events.add("late", self._time_ns(first), self._time_ns(stop), late)
        name = live_name(identity, "account", account.packets_accepted)
        as_of_ns, began_ns = self._time_ns(self.next_sample), self.start.start_ns
        row = account.part(identity, name, began_ns, as_of_ns=as_of_ns, held=0, is_final=True)
        return [*events.parts(identity), row]

    def _time_ns(self, place: int) -> int:
        return sample_ns(self.start.start_ns, place, self.start.format.sampling_rate)
