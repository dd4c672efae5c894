"""What is remembered of an epoch that has ended: enough to tell late packets from known ones."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

from schemas.archive import EpochPlace
from schemas.packet import MAX_NS, Packet
from transforms.live.account import Account
from transforms.live.arrival_events import ArrivalEvents
from transforms.live.counter import CounterUnwrapper
from transforms.live.follower import StreamFollower
from transforms.live.live_tables import live_name
from transforms.live.ranges import Ranges
from transforms.live.state_bytes import StateError, pack, unpack
from transforms.live.step import RecordPlace, Refusal, Step
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.table_part import TablePart

_NO_TIMES = StageTimes()


@dataclasses.dataclass
class EndedFollower:
    """Takes what still comes: it is archived, counted and told, and makes no window.

    Attributes:
      start_ns, rate, parameter_version: of the stream; rate 0 where no packet ever came.
    """

    place: EpochPlace
    account: Account
    counter: CounterUnwrapper
    device: str
    start_ns: int
    rate: Fraction
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
            device=start.device,
            start_ns=start.start_ns,
            rate=start.format.sampling_rate,
            parameter_version=str(follower.identity.parameter_version),
            next_sample=follower.order.next_sample,
            missing=follower.order.missing,
        )

    def packet(self, packet: Packet, times: StageTimes = _NO_TIMES) -> Step:
        """Late, all of it that is not known."""
        step, account = Step(), self.account
        account.packets_accepted += 1
        account.samples_accepted += packet.n_samples
        if (packet.device, packet.start_ns) != (self.device, self.start_ns):
            account.packets_refused += 1
            account.samples_refused += packet.n_samples
            step.refusal = Refusal("contradiction", "device or start; expected the epoch's")
            return step
        first = self.counter.place(
            packet.sequence, packet.first_sample, packet.counter_bits, packet.n_samples
        )
        stop = first + packet.n_samples
        if abs(sample_ns(self.start_ns, stop, self.rate)) > MAX_NS:
            account.packets_refused += 1
            account.samples_refused += packet.n_samples
            told = "a sample lies after the year 2116"
            step.refusal = Refusal("impossible_time", told)
            return step
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
        step.record = RecordPlace(
            sample_ns(self.start_ns, first, self.rate), first, packet.n_samples
        )
        step.parts += self._told(first, stop, late)
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
            "device": self.device,
            "start_ns": self.start_ns,
            "rate": [self.rate.numerator, self.rate.denominator],
            "parameter_version": self.parameter_version,
            "next_sample": self.next_sample,
            "missing": self.missing.ranges,
        }
        return pack({"kind": "ended", **fields}, {})

    @classmethod
    def load(cls, packed: bytes, place: EpochPlace) -> EndedFollower:
        """Undoes `dump`; `StateError` where there is nothing to undo."""
        fields, _ = unpack(packed)
        try:
            return cls(
                place=place,
                account=Account(**fields["account"]),
                counter=CounterUnwrapper([(a, b, c) for a, b, c in fields["counter"]]),
                device=fields["device"],
                start_ns=int(fields["start_ns"]),
                rate=Fraction(*fields["rate"]),
                parameter_version=fields["parameter_version"],
                next_sample=int(fields["next_sample"]),
                missing=Ranges(ranges=[(a, b) for a, b in fields["missing"]]),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise StateError("state", type(error).__name__, "that of an ended epoch") from None

    def _told(self, first: int, stop: int, late: int) -> list[TablePart]:
        place, account = self.place, self.account
        identity = RowIdentity(
            *(place.tenant, place.subject, place.session, place.stream, place.epoch),
            parameter_version=self.parameter_version,
        )
        start_ns, stop_ns = (sample_ns(self.start_ns, at, self.rate) for at in (first, stop))
        events = ArrivalEvents()
        events.add("late", start_ns, stop_ns, late)
        name = live_name(identity, "account", account.packets_accepted)
        as_of_ns = sample_ns(self.start_ns, self.next_sample, self.rate)
        row = account.part(identity, name, self.start_ns, as_of_ns=as_of_ns, held=0, is_final=True)
        return [*events.parts(identity), row]
