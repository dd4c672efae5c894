"""The archive of packets: where a packet is stored, and how a file of packets is built.

    tenant/session/stream/epoch/202401010000-0000.nepk

A file holds the packets of one minute of event time of one epoch, so a retry that has the same
packets writes the same file. Its packets are in any order, and a repeated one does no harm: who
reads sorts them by place. A packet's own bytes are not opened here, sealed or not.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import struct
import zlib
from collections.abc import Iterable
from fractions import Fraction

from schemas.errors import ArchiveError
from schemas.ids import check_session_id, check_subject_id, check_tenant_id
from schemas.packet import (
    MAX_EPOCH,
    MAX_NS,
    MAX_SAMPLE,
    MAX_SEQUENCE,
    SCHEMA_VERSION,
    Packet,
    check_count,
    check_stream,
)
from schemas.packet_events import EventPacket
from schemas.packet_wire import encode_packet
from schemas.telemetry_pb2 import FileHead, Record

EXTENSION = ".nepk"
MAGIC = b"NEPK\r\n\x1a\n"
"""Opens a file; damaged by whatever changes line ends."""
FRAME = struct.Struct("<II")
"""In front of the head and of each record: its length in bytes, and the CRC-32 of those bytes."""
MAX_RECORD_BYTES = 16 << 20

JUMP_EPOCHS = 100_000
"""A pause of more than an hour within an epoch: what follows is stored as the epoch's number plus
so many, once for each such pause."""
MAX_PACKET_EPOCH = JUMP_EPOCHS - 1
"""Devices count their restarts up to here."""
MAX_JUMPS = MAX_EPOCH // JUMP_EPOCHS

MINUTE_NS = 60_000_000_000
_DATE = "%Y%m%d%H%M"
_NAME = re.compile(r"\d{12}-\d{4,9}" + re.escape(EXTENSION))
_EPOCH = re.compile(r"\d{6}")
_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, order=True)
class EpochPlace:
    """Whose packets they are, and of which stream and epoch.

    Raises:
      SchemaError: an id or a number that is none.
    """

    tenant: str
    session: str
    stream: str
    epoch: int
    subject: str

    def __post_init__(self) -> None:
        check_tenant_id(self.tenant)
        check_session_id(self.session)
        check_subject_id(self.subject)
        check_stream(self.stream)
        check_count("epoch", self.epoch, MAX_EPOCH)

    @property
    def folder(self) -> str:
        """Below the archive's root, with / between its parts."""
        return f"{self.tenant}/{self.session}/{self.stream}/{self.epoch:06d}"


@dataclasses.dataclass(frozen=True)
class ArchiveRecord:
    """A packet as it was accepted.

    Attributes:
      sequence: the packet's own.
      time_ns: event time: of its first sample, or of its first event.
      first_sample: its place, the device's counter unwrapped; 0 for events.
      n_samples: rows; 0 for events.
      packet: its bytes.
      is_sealed: whether they are sealed, under `PacketContext` of the place and the sequence.
    """

    sequence: int
    time_ns: int
    first_sample: int
    n_samples: int
    packet: bytes
    is_sealed: bool = False

    def __post_init__(self) -> None:
        check_count("sequence", self.sequence, MAX_SEQUENCE)
        check_count("first_sample", self.first_sample, MAX_SAMPLE - 1)
        check_count("n_samples", self.n_samples, 2**32 - 1)
        if abs(self.time_ns) > MAX_NS:
            raise ArchiveError("time_ns", self.time_ns, "at most 2**62 either way")
        if not 0 < len(self.packet) <= MAX_RECORD_BYTES - 64:  # 64 hold the rest of the record
            expected = f"1 to {MAX_RECORD_BYTES - 64} bytes"
            raise ArchiveError("packet", f"{len(self.packet)} bytes", expected)


def record_of(
    packet: Packet | EventPacket, wire: bytes | None = None, *, first_sample: int | None = None
) -> ArchiveRecord:
    """The record of a packet.

    Args:
      wire: its bytes as they came; None encodes it.
      first_sample: its place, where the device's counter wraps (`unwrapped` finds it).
    """
    wire = encode_packet(packet) if wire is None else wire
    if isinstance(packet, EventPacket):
        return ArchiveRecord(packet.sequence, packet.events[0].time_ns, 0, 0, wire)
    place = packet.first_sample if first_sample is None else first_sample
    counter = place % 2**packet.counter_bits if packet.counter_bits else place
    if counter != packet.first_sample:
        expected = f"{packet.first_sample}, plus wraps of {packet.counter_bits} bits"
        raise ArchiveError("first_sample", place, expected)
    elapsed_ns = Fraction(place * 1_000_000_000) / packet.format.sampling_rate
    time_ns = packet.start_ns + int(elapsed_ns)
    return ArchiveRecord(packet.sequence, time_ns, place, packet.n_samples, wire)


def unwrapped(counter: int, counter_bits: int, expected: int) -> int:
    """The place nearest to the expected one at which a counter of that width shows `counter`.

    Right as long as fewer than half of its values were lost in a row.

    >>> unwrapped(3, 8, expected=254), unwrapped(250, 8, expected=257), unwrapped(7, 0, expected=0)
    (259, 250, 7)
    """
    if counter_bits == 0:
        return counter
    period = 2**counter_bits
    ahead = (counter - expected) % period
    place = expected + ahead - (period if ahead >= period // 2 else 0)
    return place if place >= 0 else place + period


def minute_of(time_ns: int) -> int:
    """The minute that a time falls in, counted from 1970: a file for each."""
    return time_ns // MINUTE_NS


def file_name(minute: int, part: int = 0) -> str:
    """Of a minute's file, or of a later part of it: what came after it was written."""
    date = _1970 + datetime.timedelta(minutes=minute)
    return f"{date.strftime(_DATE)}-{part:04d}{EXTENSION}"


def is_archive_file(name: str) -> bool:
    """Whether `file_name` gives such names."""
    return _NAME.fullmatch(name) is not None


def is_epoch_folder(name: str) -> bool:
    """Whether it is the last part of an `EpochPlace.folder`."""
    return _EPOCH.fullmatch(name) is not None


def file_bytes(place: EpochPlace, records: Iterable[ArchiveRecord]) -> bytes:
    """A whole file."""
    head = FileHead(
        schema_version=SCHEMA_VERSION,
        tenant=place.tenant,
        session=place.session,
        stream=place.stream,
        epoch=place.epoch,
        subject=place.subject,
    )
    return b"".join(
        [
            MAGIC,
            frame(head.SerializeToString(deterministic=True)),
            *map(frame, map(encode_record, records)),
        ]
    )


def encode_record(record: ArchiveRecord) -> bytes:
    """As it stands in a file, without its frame."""
    message = Record(
        sequence=record.sequence,
        time_ns=record.time_ns,
        first_sample=record.first_sample,
        n_samples=record.n_samples,
        packet=b"" if record.is_sealed else record.packet,
        sealed_packet=record.packet if record.is_sealed else b"",
    )
    return message.SerializeToString(deterministic=True)


def decode_record(body: bytes) -> ArchiveRecord:
    """Undoes `encode_record`.

    Raises:
      DecodeError, SchemaError: the bytes are no record, or of one that cannot be.
    """
    record = Record.FromString(body)
    return ArchiveRecord(
        record.sequence,
        record.time_ns,
        record.first_sample,
        record.n_samples,
        record.sealed_packet or record.packet,
        is_sealed=bool(record.sealed_packet),
    )


def frame(body: bytes) -> bytes:
    """Bytes as a part of a file."""
    return FRAME.pack(len(body), zlib.crc32(body)) + body


def place_of_head(body: bytes) -> EpochPlace:
    """The place that a file's head names.

    Raises:
      SchemaError: it names none.
    """
    head = FileHead.FromString(body)
    if head.schema_version != SCHEMA_VERSION:
        raise ArchiveError("schema_version", head.schema_version, str(SCHEMA_VERSION))
    return EpochPlace(head.tenant, head.session, head.stream, head.epoch, head.subject)


def check_folder(place: EpochPlace, folder: str) -> None:
    """Refuses a file that was moved to where another's packets are."""
    if "/".join(folder.replace("\\", "/").split("/")[-4:]) != place.folder:
        raise ArchiveError("folder", folder, place.folder)
