from __future__ import annotations

import csv

import numpy as np
import pytest

from devices.simulator import simulate
from devices.simulator.faults import Faults
from devices.simulator.packet_files import read_packets, write_archive, write_packets
from devices.simulator.packets import transmit
from devices.simulator.presets import preset
from devices.simulator.wire import arriving, sender_of_seed
from schemas.archive import unwrapped
from schemas.archive_reader import EpochReader, epoch_folders
from schemas.errors import SchemaError
from schemas.packet import Packet
from schemas.packet_wire import decode_packet, encode_packet

FAULTS = Faults(
    loss=0.05,
    duplicate=0.1,
    reorder_ms=300.0,
    jitter_ms=5.0,
    drift_ppm=20.0,
    counter_bits=8,
    restart_at_s=(10.0,),
)
SENDER = sender_of_seed(1)
RECORDING = simulate(preset("eeg", "motor-imagery", duration_s=30, channels=("C3", "C4")))
SENT = transmit(RECORDING, 1, 50.0, FAULTS)


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_stream_holds_what_arrived_in_that_order(tmp_path):
    written = write_packets(RECORDING, SENT, SENDER, tmp_path, "one", 8)
    read = [encode_packet(packet) for packet in read_packets(written.recording)]
    arrived = [encode_packet(one.packet) for one in arriving(RECORDING, SENT, SENDER, 8)]
    assert read == arrived
    assert len(read) > len(RECORDING.trials) + 500


def test_the_counter_of_the_stream_unwraps_to_the_true_place(tmp_path):
    """As whoever receives it must: by what the same epoch said last."""
    written = write_packets(RECORDING, SENT, SENDER, tmp_path, "one", 8)
    truth = [first_sample for _, _, first_sample in arriving(RECORDING, SENT, SENDER, 8)]
    expected: dict[int, int] = {}
    for packet, first_sample in zip(read_packets(written.recording), truth, strict=True):
        if isinstance(packet, Packet):
            place = unwrapped(packet.first_sample, 8, expected.get(packet.epoch, 0))
            assert place == first_sample
            newest = max(expected.get(packet.epoch, 0), place)
            expected[packet.epoch] = newest


def test_the_archive_holds_each_packet_that_arrived(tmp_path):
    session = write_archive(RECORDING, SENT, SENDER, tmp_path, "one", 8).recording
    assert session == tmp_path / "archive" / "simulate" / SENDER.session
    found = np.full(RECORDING.samples.shape, np.nan)
    starts = {one.epoch: one.first_row - one.first_sample for one in SENT.packets}
    for folder in epoch_folders(session):
        reader = EpochReader(folder)
        assert reader.damage == []
        for record in reader.records():
            packet = decode_packet(record.packet)
            if isinstance(packet, Packet):
                first = starts[packet.epoch] + record.first_sample
                found[first : first + record.n_samples] = packet.samples_in_unit()
    lost = np.isnan(found).any(axis=1)
    told = np.zeros_like(lost)
    for gap in SENT.lost:
        told[gap.first_row : gap.first_row + gap.n_samples] = True
    np.testing.assert_array_equal(lost, told)
    np.testing.assert_array_equal(found[~lost], RECORDING.samples[~lost])


def test_an_archive_of_nobody_is_refused(tmp_path):
    with pytest.raises(SchemaError, match=r"^tenant is 'Clinic'; expected 8 characters"):
        write_archive(RECORDING, SENT, SENDER, tmp_path, "one", 8, tenant="Clinic")


def test_losses_and_restarts_are_events_and_every_packet_has_its_line(tmp_path):
    truth = write_packets(RECORDING, SENT, SENDER, tmp_path, "one", 8).truth
    rows = table(truth)
    kinds = [row["trial_type"] for row in rows]
    assert kinds.count("packet_lost") == sum(one.cause == "packet_lost" for one in SENT.lost) > 5
    assert kinds.count("restart") == 1
    assert kinds.count("packet_duplicated") == len(SENT.duplicates()) > 20
    (restart,) = (row for row in rows if row["trial_type"] == "restart")
    assert (restart["onset"], restart["duration"], restart["value"]) == ("10.000", "1.000", "0")
    lines = table(tmp_path / "one_packets.tsv")
    assert len(lines) == len(SENT.packets)
    lost = [line for line in lines if line["arrival_ns"] == "n/a"]
    assert len(lost) == sum(not one.arrivals_ns for one in SENT.packets)
    assert sum(line["second_arrival_ns"] != "n/a" for line in lines) == len(SENT.duplicates())


def test_the_same_faults_are_the_same_bytes(tmp_path):
    for folder in ("first", "second"):
        sent = transmit(RECORDING, 1, 50.0, FAULTS)
        write_packets(RECORDING, sent, SENDER, tmp_path / folder, "one", 8)
        write_archive(RECORDING, sent, SENDER, tmp_path / folder, "one", 8)
    first, second = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second
    assert len(first) > 6
