"""A recording as packets on disk, as they arrived or as the archive keeps them, with the truth.

The stream of packets is a file of protobuf `Packet` messages, each preceded by its length as a
varint, as protobuf's own delimited streams are. The archive is that of schemas/archive.py.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

from google.protobuf import proto

from devices.simulator.files import WrittenFiles
from devices.simulator.packets import Transmission
from devices.simulator.recording import SimulatedRecording
from devices.simulator.truth_tables import (
    transport_rows,
    truth_rows,
    write_text,
    write_tilt,
    write_truth,
)
from devices.simulator.wire import Sender, arriving
from schemas.archive import EpochPlace, record_of
from schemas.archive_writer import ArchiveWriter
from schemas.packet_wire import AnyPacket, packet_message, packet_of_message
from schemas.telemetry_pb2 import Packet as PacketMessage

TENANT, SUBJECT = "simulate", "nobody0000000001"
"""Of an archive, where nobody else is named."""


def write_packets(
    recording: SimulatedRecording,
    sent: Transmission,
    sender: Sender,
    folder: str | os.PathLike[str],
    name: str,
    counter_bits: int = 0,
) -> WrittenFiles:
    """Writes `name`.packets, in the order of arrival, and the truth.

    That is `name`_events.tsv and .json, of the signal and of the transport, and `name`_packets.tsv
    with a line for each packet that was sent.
    """
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{name}.packets"
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        for _, packet, _ in arriving(recording, sent, sender, counter_bits):
            proto.serialize_length_prefixed(packet_message(packet), file)  # type: ignore[arg-type]
    partial.replace(path)
    return WrittenFiles(path, _write_truth(recording, sent, target, name))


def write_archive(
    recording: SimulatedRecording,
    sent: Transmission,
    sender: Sender,
    folder: str | os.PathLike[str],
    name: str,
    counter_bits: int = 0,
    tenant: str = TENANT,
    subject: str = SUBJECT,
) -> WrittenFiles:
    """Writes archive/tenant/session, what arrived and as often as it did, and the truth.

    Returns:
      The session's folder, and the truth, which is as `write_packets` writes it.

    Raises:
      SchemaError: `tenant` or `subject` is no id.
    """
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with ArchiveWriter(target / "archive") as writer:
        for _, packet, first_sample in arriving(recording, sent, sender, counter_bits):
            place = EpochPlace(tenant, packet.session, packet.stream, packet.epoch, subject)
            writer.add(place, record_of(packet, first_sample=first_sample))
    session = target / "archive" / tenant / sender.session
    return WrittenFiles(session, _write_truth(recording, sent, target, name))


def _write_truth(
    recording: SimulatedRecording, sent: Transmission, target: pathlib.Path, name: str
) -> pathlib.Path:
    truth = target / f"{name}_events.tsv"
    write_truth(truth_rows(recording) + transport_rows(recording, sent), truth)
    write_tilt(recording, target / f"{name}_tilt.tsv")
    write_text(target / f"{name}_packets.tsv", packets_table(sent))
    return truth


def packets_table(sent: Transmission) -> str:
    """One line for each packet that was sent; times of arrival are n/a where it was lost."""
    names = ("epoch", "sequence", "first_sample", "counter", "n_samples", "first_row")
    lines = ["\t".join((*names, "device_time_ns", "arrival_ns", "second_arrival_ns"))]
    for one in sent.packets:
        arrivals = [str(at_ns) for at_ns in one.arrivals_ns] + ["n/a", "n/a"]
        cells = [str(getattr(one, name)) for name in names]
        lines.append("\t".join((*cells, str(one.device_time_ns), *arrivals[:2])))
    return "\n".join(lines) + "\n"


def read_packets(path: str | os.PathLike[str]) -> Iterator[AnyPacket]:
    """The packets of a file that `write_packets` wrote, in the order of arrival."""
    with pathlib.Path(path).open("rb") as file:
        while message := proto.parse_length_prefixed(PacketMessage, file):  # type: ignore[arg-type]
            yield packet_of_message(message)
