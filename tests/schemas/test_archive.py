from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.archive import (
    MAGIC,
    MINUTE_NS,
    ArchiveRecord,
    EpochPlace,
    file_bytes,
    file_name,
    is_archive_file,
    minute_of,
    record_of,
    unwrapped,
)
from schemas.archive_reader import EpochReader, epoch_folders
from schemas.archive_writer import ArchiveWriter
from schemas.errors import ArchiveError, SchemaError
from schemas.packet_events import Event, EventKind, EventPacket
from tests.schemas.packets import DEVICE, SESSION, START_NS, made_packet
from tests.schemas.test_packet_wire import mutant

PLACE = EpochPlace("clinic01", SESSION, "eeg0", 0, "subject000000001")


def record(number: int, *, sequence: int | None = None, packet: bytes = b"") -> ArchiveRecord:
    """Packet `number` of 50 samples, five a second."""
    return ArchiveRecord(
        sequence=number if sequence is None else sequence,
        time_ns=START_NS + number * MINUTE_NS // 300,
        first_sample=50 * number,
        n_samples=50,
        packet=packet or b"packet %d" % number,
    )


def write(root: Path, records, place: EpochPlace = PLACE) -> Path:
    with ArchiveWriter(root) as writer:
        for one in records:
            writer.add(place, one)
    return root / place.folder


RECORDS = [record(number) for number in range(1000)]


def test_a_file_holds_the_packets_of_a_minute(tmp_path):
    folder = write(tmp_path, RECORDS)
    assert folder == tmp_path / "clinic01" / SESSION / "eeg0" / "000000"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"20240101000{minute}-0000.nepk" for minute in range(4)
    ]
    assert epoch_folders(folder.parent.parent) == [folder]
    reader = EpochReader(folder)
    assert (reader.place, reader.damage, len(reader)) == (PLACE, [], 1000)
    assert list(reader.records()) == RECORDS


def test_any_order_and_any_repetition_read_the_same(tmp_path):
    chance = random.Random(5)
    shuffled = RECORDS + chance.choices(RECORDS, k=300)
    chance.shuffle(shuffled)
    folder = write(tmp_path, shuffled)
    assert any(not path.name.endswith("-0000.nepk") for path in folder.iterdir())
    assert list(EpochReader(folder).records()) == RECORDS


def test_a_retry_writes_the_same_files(tmp_path):
    first, again = write(tmp_path / "a", RECORDS), write(tmp_path / "b", RECORDS)
    bytes_of = [{path.name: path.read_bytes() for path in f.iterdir()} for f in (first, again)]
    assert bytes_of[0] == bytes_of[1]
    write(tmp_path / "a", RECORDS)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == bytes_of[0]


def test_packets_of_one_place_that_differ_are_both_kept_by_sequence(tmp_path):
    twins = [record(3, sequence=9, packet=b"second"), record(3, sequence=8, packet=b"first")]
    assert [r.packet for r in EpochReader(write(tmp_path, twins)).records()] == [
        b"first",
        b"second",
    ]


def test_a_file_that_is_being_written_is_not_read(tmp_path):
    folder = write(tmp_path, RECORDS[:5])
    (folder / ".202401010001-0000.nepk.part").write_bytes(MAGIC)
    (folder / "notes.txt").write_text("not ours")
    assert (len(EpochReader(folder)), EpochReader(folder).damage) == (5, [])


def test_a_writer_that_fails_leaves_nothing_half_written(tmp_path):
    with pytest.raises(AttributeError):
        write(tmp_path, [RECORDS[0], None])
    assert list(tmp_path.rglob("*.nepk*")) == []


@pytest.mark.parametrize("place", [0, len(MAGIC) + 10])
def test_a_file_without_its_head_is_told_and_the_others_are_read(tmp_path, place):
    folder = write(tmp_path, RECORDS)
    broken = folder / "202401010001-0000.nepk"
    content = bytearray(broken.read_bytes())
    content[place] ^= 1
    broken.write_bytes(content)
    reader = EpochReader(folder)
    assert list(reader.records()) == RECORDS[:300] + RECORDS[600:]
    (told,) = reader.damage
    assert told.startswith(broken.name)


def test_one_wrong_bit_costs_one_record(tmp_path):
    folder = write(tmp_path, RECORDS[:10])
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes().replace(b"packet 4", b"racket 4"))
    reader = EpochReader(folder)
    assert list(reader.records()) == RECORDS[:4] + RECORDS[5:10]
    assert len(reader.damage) == 1


def test_of_a_file_that_was_cut_what_is_left_is_read(tmp_path):
    folder = write(tmp_path, RECORDS[:10])
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    reader = EpochReader(folder)
    assert list(reader.records()) == RECORDS[:9]
    assert len(reader.damage) == 1


def test_a_file_moved_to_another_session_is_refused(tmp_path):
    folder = write(tmp_path, RECORDS[:10])
    other = tmp_path / "clinic01" / ("f" * 32) / "eeg0" / "000000"
    other.parent.mkdir(parents=True)
    folder.rename(other)
    with pytest.raises(ArchiveError, match="folder"):
        EpochReader(other)


def test_packets_of_two_subjects_in_one_epoch_are_refused(tmp_path):
    folder = write(tmp_path, RECORDS[:1])
    stranger = EpochPlace("clinic01", SESSION, "eeg0", 0, "subject000000002")
    (folder / file_name(5)).write_bytes(file_bytes(stranger, RECORDS[1:2]))
    with pytest.raises(ArchiveError, match="2 owners"):
        EpochReader(folder)


def test_damaged_files_are_read_as_far_as_they_go(tmp_path):
    chance = random.Random(11)
    good = file_bytes(PLACE, RECORDS[:20])
    folder = tmp_path / PLACE.folder
    folder.mkdir(parents=True)
    n_read = 0
    for _ in range(1000):
        (folder / file_name(0)).write_bytes(mutant(good, chance))
        try:
            reader = EpochReader(folder)
        except ArchiveError:
            continue
        found = list(reader.records())
        assert set(found) <= set(RECORDS)
        n_read += len(found)
    assert n_read > 1000


@pytest.mark.parametrize(
    "make",
    [
        lambda: EpochPlace("clinic", SESSION, "eeg0", 0, "subject000000001"),
        lambda: EpochPlace("clinic01", "x" * 32, "eeg0", 0, "subject000000001"),
        lambda: EpochPlace("clinic01", SESSION, "..", 0, "subject000000001"),
        lambda: EpochPlace("clinic01", SESSION, "eeg0", 1_000_000, "subject000000001"),
        lambda: EpochPlace("clinic01", SESSION, "eeg0", 0, "s"),
        lambda: ArchiveRecord(-1, 0, 0, 1, b"p"),
        lambda: ArchiveRecord(0, 2**63, 0, 1, b"p"),
        lambda: ArchiveRecord(0, 0, 2**53, 1, b"p"),
        lambda: ArchiveRecord(0, 0, 0, 1, b""),
        lambda: ArchiveRecord(0, 0, 0, 1, bytes(16 << 20)),
        lambda: record_of(made_packet(counter_bits=8, first_sample=3), first_sample=4),
        lambda: record_of(made_packet(first_sample=3), first_sample=4),
    ],
)
def test_what_may_not_be_stored_is_refused(make):
    with pytest.raises(SchemaError):
        make()


def test_a_packet_is_filed_by_the_time_of_its_first_sample():
    found = record_of(made_packet(counter_bits=8, first_sample=4), first_sample=260)
    assert (found.first_sample, found.n_samples) == (260, 3)
    assert found.time_ns == START_NS + 260 * 4_000_000


def test_events_are_filed_by_the_time_of_the_first():
    events = (Event(START_NS + 5, EventKind.MARKER, "cue"),)
    packet = EventPacket(device=DEVICE, session=SESSION, events=events, sequence=3)
    found = record_of(packet, b"sealed")
    assert found == ArchiveRecord(3, START_NS + 5, 0, 0, b"sealed")


@given(time_ns=st.integers(-(2**62), 2**62))
@example(0)
@example(-1)
def test_names_of_files_sort_by_time(time_ns):
    minute = minute_of(time_ns)
    assert minute * MINUTE_NS <= time_ns < (minute + 1) * MINUTE_NS
    assert is_archive_file(file_name(minute))
    assert file_name(minute) < file_name(minute, 1) < file_name(minute + 1)


@given(bits=st.integers(1, 62), place=st.integers(0, 2**53 - 1), off=st.integers(-(2**61), 2**61))
def test_a_counter_is_unwrapped_if_less_than_half_its_values_were_lost(bits, place, off):
    half = 2 ** (bits - 1)
    expected = max(0, place + off % half - half // 2)
    assert unwrapped(place % 2**bits, bits, expected) == place
    assert unwrapped(place, 0, expected) == place


def test_a_record_says_whether_its_packet_is_sealed(tmp_path):
    place = EpochPlace("clinic01", "0" * 32, "eeg0", 0, "subject000000001")
    sealed = ArchiveRecord(0, START_NS, 0, 50, b"sealed", is_sealed=True)
    plain = ArchiveRecord(1, START_NS, 50, 50, b"plain")
    with ArchiveWriter(tmp_path) as writer:
        writer.add(place, sealed)
        writer.add(place, plain)
    assert list(EpochReader(tmp_path / place.folder).records()) == [sealed, plain]
