"""Signals as packets in an archive: of any sizes, in any order, with events and restarts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from schemas.archive import EpochPlace, record_of
from schemas.archive_writer import ArchiveWriter
from schemas.packet import Packet
from schemas.packet_events import Event, EventPacket
from schemas.packet_format import SignalFormat

TENANT, SUBJECT = "clinic01", "subject000000001"
SESSION = "0123456789abcdef0123456789abcdef"
DEVICE = "cyton00000000001"
START_NS = 1_704_067_212_345_678_901

FORMAT = SignalFormat("eeg", Fraction(250), ("C3", "C4"), scale=(0.1,), adc_bits=24)


def packets_of(
    numbers: np.ndarray,
    format_: SignalFormat = FORMAT,
    *,
    cuts: Sequence[int] = (),
    start_ns: int = START_NS,
    stream: str = "eeg0",
    epoch: int = 0,
    first_sample: int = 0,
    counter_bits: int = 0,
    device: str = DEVICE,
) -> list[tuple[int, Packet]]:
    """Rows cut into packets, with the place of each."""
    edges = sorted({0, *cuts, len(numbers)})
    wraps_at = 2**counter_bits if counter_bits else 2**53
    return [
        (
            first_sample + begin,
            Packet(
                device=device,
                session=SESSION,
                stream=stream,
                epoch=epoch,
                sequence=sequence,
                format=format_,
                first_sample=(first_sample + begin) % wraps_at,
                counter_bits=counter_bits,
                start_ns=start_ns,
                samples=numbers[begin:end],
            ),
        )
        for sequence, (begin, end) in enumerate(itertools.pairwise(edges))
    ]


def event_packet(*events: Event, sequence: int = 0) -> tuple[int, EventPacket]:
    return 0, EventPacket(device=DEVICE, session=SESSION, events=events, sequence=sequence)


def write_session(
    root: Path,
    packets: Sequence[tuple[int, Packet | EventPacket]],
    *,
    subject: str = SUBJECT,
    session: str = SESSION,
) -> str:
    """Writes them in the order given; returns the session's folder."""
    with ArchiveWriter(root) as writer:
        for place, packet in packets:
            owner = EpochPlace(TENANT, session, packet.stream, packet.epoch, subject)
            writer.add(owner, record_of(packet, first_sample=place))
    return str(root / TENANT / session)
