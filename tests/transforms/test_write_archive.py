"""Packets to files of the archive: none lost, none doubled, however bundles end."""

from __future__ import annotations

import copy
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_stream
from apache_beam.utils.timestamp import MAX_TIMESTAMP
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.archive import FRAME, MAGIC, ArchiveRecord, EpochPlace
from schemas.archive_reader import EpochReader
from transforms.archive_bags import BagAccount, next_turn_s
from transforms.write_archive import ArchiveFn, ArchiveSettings, WriteArchive, keyed

PLACE = EpochPlace("clinic01", "0" * 32, "eeg0", 3, "subject000000001")
NOON_NS = 1_704_110_400 * 1_000_000_000


def record(sequence: int, *, at_s: float = 0.0, size: int = 20) -> ArchiveRecord:
    time_ns = NOON_NS + int(at_s * 1e9)
    return ArchiveRecord(sequence, time_ns, 50 * sequence, 50, bytes([sequence % 251]) * size)


class Cell:
    """State as a runner keeps it: what a failed bundle did to it never was."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def read(self) -> Any:
        return self.values[0] if self.values else None

    def write(self, value: Any) -> None:
        self.values = [value]

    def clear(self) -> None:
        self.values = []


class Bag(Cell):
    def read(self) -> list[Any]:
        return list(self.values)

    def add(self, value: Any) -> None:
        self.values.append(value)


class Timer:
    def __init__(self) -> None:
        self.at: Any = None

    def set(self, at: Any) -> None:
        self.at = at

    def clear(self) -> None:
        self.at = None


class Epoch:
    """One key of the step with its state: bundles commit, or are lost after they have written."""

    def __init__(self, folder: Any, **options: Any):
        self.now = 1_704_110_400.0
        self.fn = ArchiveFn(str(folder), ArchiveSettings(**options), lambda: self.now)
        self.key = keyed(PLACE, record(0))[0]
        self.state = (Bag(), Bag(), Cell())
        self.turn, self.end = Timer(), Timer()

    def add(self, *records: ArchiveRecord, commit: bool = True) -> None:
        def work(*state: Any) -> None:
            for one in records:
                self.fn.process(keyed(PLACE, one), *state)

        self._bundle(work, commit)

    def turn_over(self, *, commit: bool = True) -> None:
        self._bundle(lambda *s: list(self.fn.turn_over(self.key, *s)), commit)

    def finish(self, *, commit: bool = True) -> None:
        self._bundle(lambda *s: list(self.fn.finish(self.key, *s[:3])), commit)

    def _bundle(self, work: Any, commit: bool) -> None:
        tried = copy.deepcopy((self.state, self.turn, self.end))
        work(*tried[0], *tried[1:])
        if commit:
            self.state, self.turn, self.end = tried


def sequences(folder: Any) -> list[int]:
    reader = EpochReader(folder / PLACE.folder)
    assert reader.damage == []
    return [record.sequence for record in reader.records()]


def files_of(folder: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.nepk"))}


def stored(folder: Any) -> int:
    """Records in all files, each as often as it is stored."""
    return sum(_n_records(content) for content in files_of(folder).values())


def _n_records(content: bytes) -> int:
    at, found = len(MAGIC), 0
    while at < len(content):
        at += FRAME.size + FRAME.unpack_from(content, at)[0]
        found += 1
    return found - 1  # the head is first


def test_a_minute_becomes_one_file_after_it_is_over(tmp_path):
    epoch = Epoch(tmp_path)
    epoch.add(*(record(n, at_s=n) for n in range(60)))
    epoch.turn_over()
    assert files_of(tmp_path) == {}  # closed, not written: so its content is fixed
    epoch.add(*(record(n, at_s=n) for n in range(60, 120)))
    epoch.turn_over()
    epoch.turn_over()
    assert list(files_of(tmp_path)) == ["202401011200-0000.nepk", "202401011201-0001.nepk"]
    assert sequences(tmp_path) == list(range(120))


def test_a_crash_between_the_file_and_the_commit_writes_the_same_file_again(tmp_path):
    epoch = Epoch(tmp_path)
    epoch.add(record(1), record(2))
    epoch.turn_over()
    epoch.turn_over(commit=False)  # the file is there, and the worker is gone
    before = files_of(tmp_path)
    epoch.add(record(3))  # comes between the two attempts
    epoch.turn_over()
    assert files_of(tmp_path) == before
    epoch.finish(commit=False)
    epoch.finish()
    assert sequences(tmp_path) == [1, 2, 3]
    assert stored(tmp_path) == 3


def test_a_worker_that_was_given_up_writes_late_and_changes_nothing(tmp_path):
    epoch = Epoch(tmp_path)
    epoch.add(record(1))
    epoch.turn_over()
    zombie = copy.deepcopy(epoch)
    epoch.add(record(2))
    epoch.turn_over()
    epoch.finish()
    before = files_of(tmp_path)
    zombie.turn_over(commit=False)
    assert files_of(tmp_path) == before


def test_a_new_job_replaces_no_file_of_the_one_before(tmp_path):
    first = Epoch(tmp_path)
    first.add(record(1))
    first.finish()
    second = Epoch(tmp_path)  # drained and launched again: no state
    second.add(record(2))
    second.finish(commit=False)
    second.finish()
    assert sequences(tmp_path) == [1, 2]
    assert stored(tmp_path) == 2


def test_a_silent_epoch_leaves_no_state_and_goes_on_in_a_new_file(tmp_path):
    epoch = Epoch(tmp_path)
    epoch.add(record(1))
    epoch.turn_over()
    epoch.turn_over()
    assert [cell.values for cell in epoch.state] == [[], [], []]
    assert epoch.end.at is None
    epoch.add(record(2))
    epoch.finish()
    assert list(files_of(tmp_path)) == ["202401011200-0000.nepk", "202401011200-0001.nepk"]
    assert sequences(tmp_path) == [1, 2]


def test_a_bag_that_is_full_is_closed_at_once(tmp_path):
    epoch = Epoch(tmp_path, file_bytes=1000)
    epoch.add(*(record(n, size=300) for n in range(4)))
    assert epoch.turn.at == epoch.now
    epoch.turn_over()
    assert sequences(tmp_path) == [0, 1, 2, 3]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.floats(-200, 200), st.booleans()),
        st.tuples(st.just("turn"), st.just(0.0), st.booleans()),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(moves=moves)
def test_whatever_fails_every_committed_packet_is_stored_once(tmp_path_factory, moves):
    folder = tmp_path_factory.mktemp("archive")
    epoch, expected = Epoch(folder, file_bytes=60), []
    for number, (move, at_s, commit) in enumerate(moves):
        if move == "add":
            epoch.add(record(number, at_s=at_s), commit=commit)
            expected += [number] * commit
        elif epoch.state[2].values:
            epoch.turn_over(commit=commit)
    epoch.finish(commit=False)
    epoch.finish()
    if expected:
        assert sorted(sequences(folder)) == expected
        assert stored(folder) == len(expected)
    else:
        assert files_of(folder) == {}


def test_the_account_goes_through_bytes():
    account = BagAccount(7)
    account.add(3, 10)
    account.add(4, 20)
    account.close()
    assert account.closed == 1  # the older minute's
    assert account.add(5, 1) == 0  # its own bag is closed
    assert BagAccount.from_bytes(account.to_bytes()) == account


def test_turns_are_spread_over_half_a_minute_and_come_after_it():
    times = {next_turn_s(str(n), 1_000_000.0, 60) for n in range(200)}
    assert len(times) > 20
    assert all(1_000_000 < at <= 1_000_060 and 2 <= at % 60 < 32 for at in times)


def run_with_clock(folder: Any, events: beam.PTransform, now: list[float]) -> None:
    options = PipelineOptions(["--runner=BundleBasedDirectRunner", "--streaming"])
    with beam.Pipeline(options=options) as root:
        _ = root | events | WriteArchive(str(folder), clock=lambda: now[0])


@pytest.mark.parametrize("with_turns", [False, True])
def test_timers_and_the_end_of_input_write_everything(tmp_path, with_turns):
    events = test_stream.TestStream().advance_watermark_to(0)
    for minute in range(3):
        some = [(PLACE, record(60 * minute + n, at_s=60 * minute + n)) for n in range(5)]
        late = [(PLACE, record(100 + minute, at_s=-86_400))]  # a day: no window drops it
        events = events.add_elements(some + late)
        if with_turns:
            events = events.advance_processing_time(120)
    run_with_clock(tmp_path, events.advance_watermark_to(MAX_TIMESTAMP), [0.0])
    expected = sorted([60 * m + n for m in range(3) for n in range(5)] + [100, 101, 102])
    assert sorted(sequences(tmp_path)) == expected
    assert stored(tmp_path) == len(expected)
