"""A recording cut into packets, and what becomes of each on its way: the truth about transport."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from devices.simulator.faults import NO_FAULTS, Faults
from devices.simulator.noise import Stream, random_stream
from devices.simulator.recording import SimulatedRecording
from devices.simulator.validation import SettingsError, check_number, exact

NETWORK_NS = 20_000_000
"""The quickest way from the device to the door."""

START_NS = 1_704_067_200_000_000_000
"""2024-01-01T00:00Z, as in the files: the same command sends the same bytes."""

LOST, RESTART = "packet_lost", "restart"


@dataclasses.dataclass(frozen=True, eq=False)
class PlannedPacket:
    """One packet: what the device sent, and when it arrived.

    Attributes:
      epoch: restarts so far.
      sequence: packets of this epoch before this one.
      first_sample: samples of this epoch before it, as if no counter ever wrapped.
      counter: what the device says instead: `first_sample` modulo its counter.
      first_row: the first of its samples, counted from the recording's beginning.
      start_ns: time of the epoch's sample 0, by the device's clock.
      device_time_ns: the device's stamp when it closed the packet; jitter included.
      arrivals_ns: true times of its arrivals, rising; none: lost, two: duplicated.
      samples: (n_samples, n_channels) int32, the converter's codes, read-only.
    """

    epoch: int
    sequence: int
    first_sample: int
    counter: int
    first_row: int
    start_ns: int
    device_time_ns: int
    arrivals_ns: tuple[int, ...]
    samples: npt.NDArray[np.int32]

    @property
    def n_samples(self) -> int:
        """Rows."""
        return len(self.samples)


@dataclasses.dataclass(frozen=True)
class LostSamples:
    """Samples that nobody will ever see.

    Attributes:
      cause: `LOST`, the packets did not arrive; or `RESTART`, they were never recorded.
      epoch: to which they belong; of a restart, the one that it ends.
      first_sample: of the epoch.
      first_row: of the recording.
      n_samples: how many.
    """

    cause: str
    epoch: int
    first_sample: int
    first_row: int
    n_samples: int


@dataclasses.dataclass(frozen=True, eq=False)
class Transmission:
    """All packets of a stream and what became of them.

    Every sample of the recording is in exactly one of `packets` (delivered once or twice, or lost)
    and the gaps of restarts.

    Attributes:
      packets: in the order of sending.
      lost: in the order of time; neighbouring lost packets are one.
    """

    packets: tuple[PlannedPacket, ...]
    lost: tuple[LostSamples, ...]

    def arrivals(self) -> Iterator[tuple[int, PlannedPacket]]:
        """(time of arrival, ns; packet) in the order of arrival, duplicates twice."""
        times = [(at, n) for n, one in enumerate(self.packets) for at in one.arrivals_ns]
        yield from ((at, self.packets[number]) for at, number in sorted(times))

    def duplicates(self) -> tuple[PlannedPacket, ...]:
        """Packets that arrive twice, in the order of sending."""
        return tuple(one for one in self.packets if len(one.arrivals_ns) == 2)

    def restarts(self) -> tuple[PlannedPacket, ...]:
        """The first packet of each epoch but the first."""
        return tuple(one for one in self.packets if one.epoch and not one.sequence)


@dataclasses.dataclass(frozen=True)
class _Cut:
    """A packet's rows, before anything happens to it."""

    epoch: int
    sequence: int
    epoch_row: int
    first_row: int
    end_row: int


def transmit(
    recording: SimulatedRecording,
    seed: int,
    packet_ms: float = 50.0,
    faults: Faults = NO_FAULTS,
    start_ns: int = START_NS,
) -> Transmission:
    """Cuts a recording into packets of `packet_ms` and sends them through the faults.

    Args:
      seed: the same seed and faults lose, repeat and delay the same packets.
      packet_ms: rounded to whole samples, at least one; an epoch's last packet may be shorter.
      start_ns: time of the first sample by the device's clock, nanoseconds since 1970.

    Raises:
      SettingsError: a packet that is longer than half of what the device's counter can tell
        apart, or a restart after the recording's end.
    """
    check_number("packet_ms", packet_ms, 0.01, 60_000.0)
    n_rows = max(round(exact(packet_ms) / 1000 * recording.sampling_rate), 1)
    if faults.counter_bits and n_rows > 2 ** (faults.counter_bits - 1):
        expected = f"at most half a turn of the counter, {2 ** (faults.counter_bits - 1)} samples"
        raise SettingsError("packet_ms", packet_ms, expected)
    cuts = list(_cuts(recording, n_rows, faults))
    delivery = _Delivery(recording, seed, faults, start_ns, packet_ms)
    packets = tuple(delivery.send(number, cut) for number, cut in enumerate(cuts))
    lost = _runs_of_lost(packets) + _restart_gaps(cuts, len(recording.samples))
    lost = [one for one in lost if one.n_samples]
    return Transmission(packets, tuple(sorted(lost, key=lambda one: one.first_row)))


def _cuts(recording: SimulatedRecording, n_rows: int, faults: Faults) -> Iterator[_Cut]:
    n_samples, rate = len(recording.samples), recording.sampling_rate
    if faults.restart_at_s and faults.restart_at_s[-1] >= recording.duration_s:
        expected = f"before the end of the recording, {recording.duration_s:g} s"
        raise SettingsError("restart_at_s", faults.restart_at_s[-1], expected)
    gap = math.ceil(exact(faults.restart_gap_s) * rate)
    ends = [math.ceil(exact(at_s) * rate) for at_s in faults.restart_at_s]
    starts = [0, *(min(end + gap, n_samples) for end in ends)]
    for epoch, (start, end) in enumerate(zip(starts, [*ends, n_samples], strict=True)):
        for sequence, first in enumerate(range(start, end, n_rows)):
            yield _Cut(epoch, sequence, start, first, min(first + n_rows, end))


class _Delivery:
    """Draws each packet's fate; every fault from its own numbers."""

    def __init__(
        self,
        recording: SimulatedRecording,
        seed: int,
        faults: Faults,
        start_ns: int,
        packet_ms: float,
    ):
        self._faults, self._start_ns = faults, start_ns
        self._ns_per_row = Fraction(1_000_000_000) / recording.sampling_rate
        # The faster the crystal, the sooner the samples are there.
        self._true_ns_per_row = self._ns_per_row / (1 + exact(faults.drift_ppm) / 1_000_000)
        self._codes = recording.codes()
        self._codes.setflags(write=False)
        self._losing, self._repeating, self._delaying, self._stamping = (
            random_stream(seed, Stream.TRANSPORT, number) for number in range(4)
        )
        self._was_lost = False
        self._repeat_ms = max(faults.reorder_ms, packet_ms)

    def send(self, number: int, cut: _Cut) -> PlannedPacket:
        """The packet of a cut; to be called in the order of sending."""
        first_sample = cut.first_row - cut.epoch_row
        bits = self._faults.counter_bits
        closed_ns = self._start_ns + _product(cut.end_row, self._ns_per_row)
        jitter_ms = self._faults.jitter_ms * float(np.clip(self._stamping.normal(), -3, 3))
        return PlannedPacket(
            epoch=cut.epoch,
            sequence=cut.sequence,
            first_sample=first_sample,
            counter=first_sample % 2**bits if bits else first_sample,
            first_row=cut.first_row,
            start_ns=self._start_ns + _product(cut.epoch_row, self._ns_per_row),
            device_time_ns=closed_ns + round(jitter_ms * 1e6),
            arrivals_ns=self._arrivals_ns(cut),
            samples=self._codes[cut.first_row : cut.end_row],
        )

    def _arrivals_ns(self, cut: _Cut) -> tuple[int, ...]:
        faults = self._faults
        sent_ns = self._start_ns + _product(cut.end_row, self._true_ns_per_row) + NETWORK_NS
        late, late_again = self._delaying.random(2).tolist()
        first_ns = sent_ns + round(late * faults.reorder_ms * 1e6)
        again_ns = sent_ns + round(late_again * self._repeat_ms * 1e6)
        repeated = self._repeating.random() < faults.duplicate
        if self._loses():
            return ()
        return tuple(sorted((first_ns, again_ns))) if repeated else (first_ns,)

    def _loses(self) -> bool:
        """Gilbert's two states; on average `loss` of the time in the bad one."""
        loss, burst = self._faults.loss, self._faults.loss_burst_packets
        stay = 1 - 1 / burst
        draw = float(self._losing.random())
        if burst == 1:
            return draw < loss
        enter = min(loss / (1 - loss) / burst, 1.0)
        self._was_lost = draw < (stay if self._was_lost else enter)
        return self._was_lost


def _product(count: int, ratio: Fraction) -> int:
    """Rounded; a product of Fractions would be reduced, which takes longer than all the rest."""
    return (2 * count * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)


def _runs_of_lost(packets: tuple[PlannedPacket, ...]) -> list[LostSamples]:
    lost: list[LostSamples] = []
    for (missing, epoch), run in itertools.groupby(
        packets, key=lambda one: (not one.arrivals_ns, one.epoch)
    ):
        group = list(run)
        if missing:
            first, count = group[0], sum(one.n_samples for one in group)
            lost.append(LostSamples(LOST, epoch, first.first_sample, first.first_row, count))
    return lost


def _restart_gaps(cuts: list[_Cut], n_samples: int) -> list[LostSamples]:
    """Rows between the packets of one epoch and the next: nobody recorded them."""
    gaps = []
    last_end = cuts[-1].end_row
    for before, after in itertools.pairwise(cuts):
        if after.epoch != before.epoch:
            rows = after.first_row - before.end_row
            first_sample = before.end_row - before.epoch_row
            gaps.append(LostSamples(RESTART, before.epoch, first_sample, before.end_row, rows))
    if last_end < n_samples:  # the recording ends while the device is restarting
        last = cuts[-1]
        first_sample = last_end - last.epoch_row
        gaps.append(LostSamples(RESTART, last.epoch, first_sample, last_end, n_samples - last_end))
    return gaps
