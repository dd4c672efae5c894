"""Planned packets as the protocol's own: what a device claims, sends and marks."""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
from collections.abc import Iterator
from typing import NamedTuple

from devices.simulator.packets import NETWORK_NS, START_NS, PlannedPacket, Transmission
from devices.simulator.recording import SimulatedRecording
from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket
from schemas.packet_format import SignalFormat
from schemas.packet_wire import AnyPacket

DEVICE = "simulator0000001"


@dataclasses.dataclass(frozen=True)
class Sender:
    """Who sends: what a packet claims. Ids as schemas/ids.py wants them.

    Attributes:
      session: 32 hexadecimal digits.
      device: 16 characters.
    """

    session: str
    device: str = DEVICE


def sender_of_seed(seed: int) -> Sender:
    """All streams of a seed are one session."""
    return Sender(hashlib.sha256(f"simulated session {seed}".encode()).hexdigest()[:32])


class Arrival(NamedTuple):
    """A packet at the door.

    Attributes:
      arrival_ns: true time, nanoseconds since 1970.
      packet: of samples or of a marker.
      first_sample: its true place, whatever its counter says; 0 for markers.
    """

    arrival_ns: int
    packet: AnyPacket
    first_sample: int


def format_of(recording: SimulatedRecording) -> SignalFormat:
    """How the codes are to be understood: code times `adc_step`, exactly the samples."""
    return SignalFormat(
        signal=recording.signal,
        sampling_rate=recording.sampling_rate,
        channels=recording.channels,
        unit=recording.unit,
        scale=(recording.adc_step,),
        adc_bits=recording.adc_bits,
    )


def packet_of(
    planned: PlannedPacket, signal_format: SignalFormat, sender: Sender, counter_bits: int = 0
) -> Packet:
    """What goes over the wire; its place is what the device's counter says."""
    return Packet(
        device=sender.device,
        session=sender.session,
        stream=stream_of(signal_format.signal),
        format=signal_format,
        first_sample=planned.counter,
        start_ns=planned.start_ns,
        samples=planned.samples,
        epoch=planned.epoch,
        sequence=planned.sequence,
        counter_bits=counter_bits,
        device_time_ns=planned.device_time_ns,
    )


def stream_of(signal: str) -> str:
    """The name of the only stream of a kind in a session.

    >>> stream_of("eeg")
    'eeg0'
    """
    return f"{signal}0"


def marker_packets(
    recording: SimulatedRecording, sender: Sender, start_ns: int = START_NS
) -> list[Arrival]:
    """Each trial's marker, in order of time; these are never lost."""
    packets = []
    for number, trial in enumerate(recording.trials):
        time_ns = start_ns + round(trial.onset_s * 1_000_000_000)
        marker = Event(
            time_ns=time_ns,
            kind=EventKind.MARKER,
            description=trial.label,
            duration_ns=round(trial.duration_s * 1_000_000_000),
        )
        packet = EventPacket(
            device=sender.device,
            session=sender.session,
            events=(marker,),
            sequence=number,
            device_time_ns=time_ns,
        )
        packets.append(Arrival(time_ns + NETWORK_NS, packet, 0))
    return packets


def arriving(
    recording: SimulatedRecording,
    sent: Transmission,
    sender: Sender,
    counter_bits: int = 0,
    start_ns: int = START_NS,
) -> Iterator[Arrival]:
    """Samples and markers in the order of arrival, duplicates twice."""
    signal_format = format_of(recording)
    samples = (
        Arrival(at_ns, packet_of(one, signal_format, sender, counter_bits), one.first_sample)
        for at_ns, one in sent.arrivals()
    )
    markers = marker_packets(recording, sender, start_ns)
    yield from heapq.merge(markers, samples, key=lambda one: one.arrival_ns)
