"""One epoch of a device's stream, followed packet by packet: pure, and the same every time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.archive import JUMP_EPOCHS, MAX_JUMPS, EpochPlace
from schemas.errors import PacketError, SchemaError
from schemas.float_grid import FloatGrid
from schemas.packet import MAX_NS, Packet
from transforms.engine import JumpError, profile_for
from transforms.epoch_rows import windows_per_bucket
from transforms.jumps import JUMP_S, jump_row
from transforms.live.account import Account
from transforms.live.arrival import ArrivalOrder, Piece
from transforms.live.arrival_events import ArrivalEvents
from transforms.live.clock_fit import ClockFit
from transforms.live.counter import CounterUnwrapper
from transforms.live.live_epoch import LiveEpoch
from transforms.live.live_tables import live_name
from transforms.live.settings import FollowSettings
from transforms.live.step import RecordPlace, Refusal, Step
from transforms.recordings.archive.packets import EpochStart, check_likeness
from transforms.recordings.archive.stream_spec import stream_of_format
from transforms.recordings.errors import RecordingError
from transforms.recordings.times import sample_ns
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.second_rows import Part

NO_TIMES = StageTimes()
Float64 = npt.NDArray[np.float64]


class StreamFollower:
    """Takes packets in the order of arrival and decisions; returns what they bring forth.

    Everything but `windowed_ns` follows from the accepted packets and the decisions alone. Not
    thread-safe.

    Args:
      place: the packets' own epoch.
      clock_ns: nanoseconds since 1970; read once a step, after the engine.

    Attributes:
      account: of every packet and sample.
    """

    def __init__(self, place: EpochPlace, settings: FollowSettings, clock_ns: Callable[[], int]):
        self.place, self.settings, self.clock_ns = place, settings, clock_ns
        self.account = Account(restarts=place.epoch)
        self.start: EpochStart | None = None
        self.counter, self.clock = CounterUnwrapper(), ClockFit()
        self.events = ArrivalEvents()
        self.n_jumps = 0
        self.next_account_ns: int | None = None

    @property
    def n_held(self) -> int:
        """Samples that wait for earlier ones."""
        return self.order.n_held if self.start else 0

    def packet(self, packet: Packet, times: StageTimes = NO_TIMES) -> Step:
        """Takes a packet; all but one that is refused or known is to be archived."""
        step, account = Step(), self.account
        account.packets_accepted += 1
        account.samples_accepted += packet.n_samples
        try:
            self._check(packet)
        except (PacketError, RecordingError, SchemaError) as error:
            return self._refused(step, packet, Refusal("contradiction", _untold(error)))
        place = self.counter.place(
            packet.sequence, packet.first_sample, packet.counter_bits, packet.n_samples
        )
        rows = packet.samples_in_unit()
        if (refusal := self._misplaced(place, rows)) is not None:
            return self._refused(step, packet, refusal)
        if self._factor != 1:
            rows *= self._factor
        arrival = self.order.add(Piece(place, rows, times))
        self._count(packet, place, arrival.duplicate, arrival.late)
        if arrival.duplicate < packet.n_samples:
            step.record = RecordPlace(self._time_ns(place), place, packet.n_samples)
            if times.received_ns:
                self.clock.add(self._time_ns(place + packet.n_samples), times.received_ns)
        self._take(arrival.taken, step)
        self._emit(step, times)
        self._account_if_due(step)
        return step

    def refused(self) -> Step:
        """A packet of this epoch could not be opened or decoded: how long it was is not known."""
        self.account.packets_refused += 1
        self.events.add("refused", self._reached_ns, self._reached_ns, 0)
        return Step()

    def silence(self) -> Step:
        """Nothing came for a while: what is held is waited for no more."""
        step = Step()
        if self.start is not None:
            self._take(self.order.release(), step)
            self._emit(step, NO_TIMES)
            step.parts += self.flush()
            step.parts += self._account_parts(is_final=False)
        return step

    def end(self) -> Step:
        """The epoch is over; nothing may follow."""
        step = Step()
        if self.start is not None:
            self._take(self.order.release(), step)
            self._emit(step, NO_TIMES)
            self._finish_epoch(step)
            step.parts += self.events.parts(self.identity)
            step.parts += self._account_parts(is_final=True)
        return step

    def flush(self) -> list[Part]:
        """The parts that wait for company: before a snapshot, and where nothing may come."""
        parts: list[Part] = []
        if self.start is not None:
            parts += self.epoch.tables.flush()
            parts += self.events.parts(self.identity)
        return parts

    def begin(self, start: EpochStart, steps: FloatGrid | None) -> None:
        """Makes what follows from the first packet.

        Raises:
          RecordingError, SchemaError: the engine or the store has no such stream.
        """
        spec, factor, _ = stream_of_format(
            self.place.stream, start.format, start.start_ns, self.settings.recordings
        )
        windows_per_bucket(spec)
        bound = Fraction(self.settings.reorder_ms, 1000) * spec.sampling_rate
        self.order = ArrivalOrder(int(bound))
        self._spec, self._factor, self.steps, self.start = spec, factor, steps, start
        self.identity = RowIdentity(
            *(self.place.tenant, self.place.subject, self.place.session),
            *(self.place.stream, self.place.epoch),
            parameter_version=profile_for(spec.signal).parameter_version,
        )
        self.open_epoch(0)

    def open_epoch(self, origin: int) -> None:
        """Begins a stream of the engine's own at a place of the packets' epoch."""
        start_ns = self._spec.start_ns
        if origin:
            start_ns = sample_ns(start_ns, origin, self._spec.sampling_rate)
        number = self.place.epoch + JUMP_EPOCHS * self.n_jumps
        identity = dataclasses.replace(self.identity, epoch=number)
        spec = dataclasses.replace(self._spec, start_ns=start_ns)
        self.epoch = LiveEpoch(spec, identity, origin, self.steps)

    def _check(self, packet: Packet) -> None:
        if self.start is not None:
            check_likeness(packet, self.start)
            return
        start = EpochStart(packet.device, packet.format, packet.start_ns)
        self.begin(start, _steps(packet, self._unit_factor(packet)))
        if self.place.epoch:
            self.epoch.tables.restarted("the device began to count its samples from 0 again")

    def _unit_factor(self, packet: Packet) -> float:
        recordings = self.settings.recordings
        return stream_of_format(self.place.stream, packet.format, packet.start_ns, recordings)[1]

    def _misplaced(self, place: int, rows: Float64) -> Refusal | None:
        """Why no window can hold a packet's samples, if none can."""
        if abs(self._time_ns(place + len(rows))) > MAX_NS:
            return Refusal("impossible_time", f"sample {place} lies after the year 2116")
        longest, first = JUMP_S * self._spec.sampling_rate, self.epoch.next_sample
        if place + len(rows) - first <= longest:  # as nearly always
            return None
        n_jumps = self.n_jumps
        for piece in self.order.held:  # what waits has not made its jumps yet
            n_jumps += piece.first_sample - first > longest
            first = piece.stop
        present = place + np.flatnonzero(~np.isnan(rows).all(axis=1))
        pauses = np.diff(present[present >= first], prepend=first - 1) - 1
        if n_jumps + int((pauses > longest).sum()) > MAX_JUMPS:
            told = f"more than {MAX_JUMPS} pauses of more than an hour; expected a new epoch"
            return Refusal("too_many_jumps", told)
        return None

    def _refused(self, step: Step, packet: Packet, refusal: Refusal) -> Step:
        self.account.packets_refused += 1
        self.account.samples_refused += packet.n_samples
        self.events.add("refused", self._reached_ns, self._reached_ns, packet.n_samples)
        step.refusal = refusal
        return step

    def _count(self, packet: Packet, place: int, duplicate: int, late: int) -> None:
        account, end = self.account, place + packet.n_samples
        account.samples_duplicate += duplicate
        account.samples_late += late
        if packet.counter_bits:
            wraps = (end - 1) >> packet.counter_bits
            if wraps > account.counter_wraps:
                at_ns = self._time_ns(wraps << packet.counter_bits)
                self.events.add("wrap", at_ns, at_ns, wraps - account.counter_wraps)
                account.counter_wraps = wraps
        if duplicate == packet.n_samples:
            account.packets_duplicate += 1
        if duplicate:
            self.events.add("duplicates", self._time_ns(place), self._time_ns(end), duplicate)
        if late:
            account.packets_late += 1
            self.events.add("late", self._time_ns(place), self._time_ns(end), late)

    def _take(self, pieces: list[Piece], step: Step) -> None:
        for piece in pieces:
            self._push(piece, step)
            self.account.samples_computed += len(piece.rows)
        self.account.samples_in_gaps = self.order.n_missing

    def _push(self, piece: Piece, step: Step) -> None:
        while True:
            try:
                self.epoch.push(piece)
                return
            except JumpError as error:
                row = jump_row(self._spec, self.epoch.next_sample, piece.first_sample, piece.rows)
                at = piece.first_sample + row
                if row:
                    self.epoch.push(piece.part(piece.first_sample, at))
                self.epoch.emit(step, piece.times, self.clock_ns)
                self._finish_epoch(step)
                self.n_jumps += 1
                self.open_epoch(at)
                self.epoch.tables.restarted(str(error))
                piece = piece.part(at, piece.stop)

    def _emit(self, step: Step, times: StageTimes) -> None:
        before = self.epoch.n_windows
        self.epoch.emit(step, times, self.clock_ns)
        self.account.windows_emitted += self.epoch.n_windows - before

    def _finish_epoch(self, step: Step) -> None:
        assert self.start is not None
        before = self.epoch.n_windows
        self.epoch.finish(step, NO_TIMES, self.clock_ns, self.start.device)
        self.account.windows_emitted += self.epoch.n_windows - before

    def _account_if_due(self, step: Step) -> None:
        every_ns, now_ns = self.settings.account_s * 1_000_000_000, self._reached_ns
        if self.next_account_ns is None:
            self.next_account_ns = now_ns + every_ns
        elif now_ns >= self.next_account_ns:
            self.next_account_ns = now_ns + every_ns
            step.parts += self.events.parts(self.identity)
            step.parts += self._account_parts(is_final=False)

    def _account_parts(self, *, is_final: bool) -> list[Part]:
        as_of_ns = self._reached_ns
        name = live_name(self.identity, "account", self.account.packets_accepted)
        parts: list[Part] = [
            self.account.part(
                self.identity,
                name,
                self._spec.start_ns,
                as_of_ns=as_of_ns,
                held=self.n_held,
                is_final=is_final,
            )
        ]
        fit = self.clock.fit()
        if fit is not None:
            name = live_name(self.identity, "clock", fit.end_ns)
            parts.append(fit.part(self.identity, name, self._spec.sampling_rate))
        return parts

    @property
    def _reached_ns(self) -> int:
        return self._time_ns(self.order.next_sample) if self.start else 0

    def _time_ns(self, place: int) -> int:
        return sample_ns(self._spec.start_ns, place, self._spec.sampling_rate)


def _steps(packet: Packet, factor: float) -> FloatGrid | None:
    """The grid that a converter's numbers lie on; None for floating point."""
    if not packet.is_integer:
        return None
    ones, format_ = np.ones(packet.format.n_channels), packet.format
    step = np.abs(ones * np.array(format_.scale) * factor)
    return FloatGrid(step, ones * np.array(format_.offset) * factor)


def _untold(error: Exception) -> str:
    """What was wrong, without the sender's words: who reads letters has no right to them."""
    field = getattr(error, "field", None) or getattr(error, "reason", type(error).__name__)
    return f"{field}; expected as in the epoch's first packet, and a stream that the engine knows"
