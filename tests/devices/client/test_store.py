from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.client.errors import FolderInUseError, StoreFullError
from devices.client.segments import (
    HEAD,
    StoredPacket,
    accepted_bytes,
    read_accepted,
    read_records,
    record_bytes,
)
from devices.client.store import RESERVED_BYTES, PacketStore
from tests.devices.client.storing import packet_bytes

ROOT = pathlib.Path(__file__).resolve().parents[3]
STORED = st.lists(st.binary(max_size=60), min_size=1, max_size=6)


def segment_of(wires):
    packets = [StoredPacket(number, number % 7, wire) for number, wire in enumerate(wires, 1)]
    return packets, [record_bytes(packet) for packet in packets]


@given(wires=STORED)
@settings(max_examples=30, deadline=None)
def test_cut_at_any_byte_a_segment_keeps_exactly_its_whole_records(wires):
    packets, records = segment_of(wires)
    content = HEAD + b"".join(records)
    ends = [len(HEAD) + sum(map(len, records[: n + 1])) for n in range(len(records))]
    for cut in range(len(content) + 1):
        whole = sum(end <= cut for end in ends)
        assert list(read_records(content[:cut])) == packets[:whole]


@given(wires=STORED, place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_a_flipped_bit_costs_the_record_that_it_hits_and_no_other(wires, place, bit):
    packets, records = segment_of(wires)
    content = bytearray(HEAD + b"".join(records))
    place = len(HEAD) + place % (len(content) - len(HEAD))
    content[place] ^= 1 << bit
    ends = [len(HEAD) + sum(map(len, records[: n + 1])) for n in range(len(records))]
    hit = next(n for n, end in enumerate(ends) if place < end)
    assert list(read_records(bytes(content))) == packets[:hit] + packets[hit + 1 :]


@given(garbage=st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(garbage):
    list(read_records(garbage))
    read_accepted(garbage)


@given(numbers=st.sets(st.integers(0, 2**63), max_size=5), cut=st.integers(0, 100))
def test_a_torn_list_of_accepted_packets_names_none_that_was_not(numbers, cut):
    content = accepted_bytes(numbers)
    assert read_accepted(content) == numbers
    assert read_accepted(content[:cut]) <= numbers


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 4)),
            st.tuples(st.just("done"), st.integers(0, 5)),
            st.tuples(st.just("restart"), st.just(0)),
        ),
        max_size=25,
    )
)
@settings(max_examples=40, deadline=None)
def test_what_waits_is_what_was_taken_less_what_is_done_across_restarts(steps):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        store = PacketStore(folder, segment_bytes=300)
        expected: list[bytes] = []
        n_made = 0
        for step, count in steps:
            if step == "append":
                wires = [packet_bytes(n_made + n) for n in range(count)]
                store.append([(wire, 1) for wire in wires])
                n_made += count
                expected += wires
            elif step == "done":
                gone = store.oldest(100, 1 << 20)[count : count + 3]
                store.done([one.number for one in gone])
                expected = [wire for wire in expected if wire not in {one.wire for one in gone}]
            else:
                store.close()
                store = PacketStore(folder, segment_bytes=300)
            assert [one.wire for one in store.oldest(100, 1 << 20)] == expected
            assert store.waiting().packets == store.waiting().samples == len(expected)
        store.done([one.number for one in store.oldest(100, 1 << 20)])
        store.close()
        assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_process_killed_while_it_stores_has_lost_nothing_that_it_had_reported(tmp_path):
    reported: list[int] = []
    for wanted in (1, 17, 60):
        command = [sys.executable, "-m", "tests.devices.client.storing", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            reported += [int(process.stdout.readline()) for _ in range(wanted)]
            process.kill()
            rest = process.stdout.read().split("\n")[:-1]  # the last line may be torn
            reported += [int(line) for line in rest if line]
    store = PacketStore(tmp_path)
    found = {one.number: one.wire for one in store.oldest(10**6, 1 << 30)}
    store.close()
    assert set(reported) <= set(found)
    assert len(reported) >= 78
    assert all(found[number] == packet_bytes(number) for number in found)


def test_the_oldest_are_chosen_within_both_limits(tmp_path):
    store = PacketStore(tmp_path, segment_bytes=500)
    store.append([(bytes(100), 1)] * 20)
    assert [one.number for one in store.oldest(3, 10_000)] == [1, 2, 3]
    assert [one.number for one in store.oldest(99, 250)] == [1, 2]
    assert [one.number for one in store.oldest(99, 1)] == [1]  # one however large it is
    assert [one.number for one in store.oldest(2, 10_000, after=7)] == [8, 9]
    store.close()


def test_a_full_store_refuses_the_new_but_keeps_room_for_events(tmp_path):
    store = PacketStore(tmp_path, max_bytes=10_000)
    for _ in range(15):
        store.append([(bytes(500), 1)])
    with pytest.raises(StoreFullError, match="store is"):
        store.append([(bytes(5000), 1)])
    store.append([(bytes(500), 0)], reserved=True)
    with pytest.raises(StoreFullError):
        store.append([(bytes(RESERVED_BYTES + 2000), 0)], reserved=True)
    store.done([one.number for one in store.oldest(100, 1 << 20)])
    store.append([(bytes(500), 1)])
    assert store.waiting().packets == 1
    store.done([one.number for one in store.oldest(100, 1 << 20)])
    store.append([(bytes(9900), 1)])  # what is accepted takes no room, in an open file neither
    store.close()


FULL_DISK = """
import resource, sys, pathlib
from devices.client.errors import StoreFullError
from devices.client.store import PacketStore
store = PacketStore(pathlib.Path(sys.argv[1]))
store.append([(b"first", 1)])
resource.setrlimit(resource.RLIMIT_FSIZE, (200, -1))
try:
    store.append([(b"whole", 1), (bytes(500), 1)])
except StoreFullError:
    pass
try:
    while True:
        store.append([(bytes(50), 1)])
except StoreFullError as error:
    print(error)
taken = store.waiting().packets
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
store.append([(b"last", 1)])
print(taken)
"""


def test_a_disk_that_takes_no_more_is_told_and_leaves_no_torn_packet(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told, taken = done.stdout.strip().split("\n")
    assert told.startswith("disk is 'File too large'")
    store = PacketStore(tmp_path)
    wires = [one.wire for one in store.oldest(100, 1 << 20)]
    store.close()
    assert wires == [b"first", *[bytes(50)] * (int(taken) - 1), b"last"]


def test_a_packet_that_the_disk_lost_is_counted_and_holds_up_nothing(tmp_path):
    store = PacketStore(tmp_path)
    store.append([(b"a" * 50, 1), (b"b" * 50, 1)])
    store.close()
    store = PacketStore(tmp_path)
    (path,) = tmp_path.glob("*.packets")
    path.write_bytes(path.read_bytes().replace(b"aaa", b"aXa", 1))
    assert [one.wire for one in store.oldest(9, 999)] == [b"b" * 50]
    assert store.n_damaged == 1
    store.done([2])
    assert store.is_empty()
    store.close()


def test_a_folder_belongs_to_one_process(tmp_path):
    store = PacketStore(tmp_path)
    with pytest.raises(FolderInUseError, match="no other process"):
        PacketStore(tmp_path)
    store.close()
    PacketStore(tmp_path).close()
