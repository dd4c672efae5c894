"""The packets of an archive's epoch, checked against each other, as rows of one signal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.archive import ArchiveRecord, EpochPlace
from schemas.archive_reader import EpochReader
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_events import Event, EventPacket
from schemas.packet_format import SignalFormat
from schemas.packet_wire import decode_packet
from security.errors import OpenRefusedError
from security.vault import VaultSettings
from transforms.recordings.archive.sealed_packets import open_packet

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class EpochStart:
    """What the first packet of an epoch says of all of them."""

    device: str
    format: SignalFormat
    start_ns: int


@dataclasses.dataclass
class EpochPackets:
    """What an epoch's packets hold; filled while they are read.

    Attributes:
      first: the first packet of samples: the others have to be of its format.
      left_out: packets that did not fit, and why the first of them did not.
      events: of event packets.
      n_closed: of those left out, sealed packets that the subject's keys do not open.
    """

    reader: EpochReader
    vault: VaultSettings | None = None
    first: Packet | None = None
    left_out: int = 0
    why: str = ""
    events: list[Event] = dataclasses.field(default_factory=list)
    n_closed: int = 0

    @property
    def sampling_rate(self) -> Fraction:
        """Hertz; of the packets read so far."""
        return self.first.format.sampling_rate if self.first else Fraction(1)

    def rows(self) -> Iterator[tuple[int, Float64]]:
        """Rows that no packet before held: place of the first, (n, n_channels) in the unit sent."""
        next_sample = 0
        for place, packet in self._packets():
            known = max(0, next_sample - place)
            if known < packet.n_samples:
                next_sample = place + packet.n_samples
                yield place + known, packet.samples_in_unit()[known:]

    def _packets(self) -> Iterator[tuple[int, Packet]]:
        for record in self.reader.records():
            try:
                packet = decode_packet(open_packet(self.reader.place, record, self.vault))
                _check_owner(packet, self.reader.place)
                if isinstance(packet, EventPacket):
                    self.events += packet.events
                    continue
                _check_place(packet, record)
                if self.first is not None:
                    check_likeness(packet, self.first)
            except (PacketError, OpenRefusedError) as error:
                self.left_out += 1
                self.n_closed += isinstance(error, OpenRefusedError)
                self.why = self.why or f"packet {record.sequence}: {error}"
                continue
            self.first = self.first or packet
            yield record.first_sample, packet


def _check_owner(packet: Packet | EventPacket, place: EpochPlace) -> None:
    for field in ("session", "stream", "epoch"):
        found, expected = getattr(packet, field), getattr(place, field)
        if found != expected:
            raise PacketError(field, found, f"{expected!r}, as in the archive")


def _check_place(packet: Packet, record: ArchiveRecord) -> None:
    if packet.n_samples != record.n_samples:
        raise PacketError("n_samples", packet.n_samples, f"{record.n_samples}, as in the record")
    counter = record.first_sample
    if packet.counter_bits:
        counter %= 2**packet.counter_bits
    if packet.first_sample != counter:
        raise PacketError("first_sample", packet.first_sample, f"{counter}, as in the record")


def check_likeness(packet: Packet, first: Packet | EpochStart) -> None:
    """Refuses a packet that contradicts the first one of its epoch.

    Raises:
      PacketError: another device, format or start.
    """
    is_same = packet.format is first.format  # as nearly always: decoders remember formats
    if is_same and packet.device == first.device and packet.start_ns == first.start_ns:
        return
    for field in ("device", "format", "start_ns"):
        if getattr(packet, field) != getattr(first, field):
            expected = f"as in the epoch's first packet: {getattr(first, field)}"
            raise PacketError(field, getattr(packet, field), expected)
