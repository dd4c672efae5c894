from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.live.account import Places, archived_places, balances, covered, places_of
from schemas.archive import ArchiveRecord, EpochPlace, file_bytes, file_name
from tests.local.live.books import BALANCE, JOB, KEY, OTHER
from transforms.engine import SignalEngine, StreamSpec

RANGES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda one: (one[0], sum(one))),
    max_size=8,
)


def test_books_that_agree_balance():
    assert BALANCE.problems == []


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"told": 121}, "121 samples told to the device as accepted, 120 computed"),
        ({"in_windows": 109}, "110 samples computed, 109 in windows"),
        ({"in_archive": 119}, "120 samples computed or late, 119 in the archive"),
        ({"job": None}, "has written no account of 120 samples"),
    ],
)
def test_one_sample_too_many_or_too_few_in_any_book_is_named(spoilt, said):
    (problem,) = dataclasses.replace(BALANCE, **spoilt).problems
    assert said in problem
    assert problem.startswith("00000000 eeg0 epoch 0: ")


@pytest.mark.parametrize("column", [name for name in JOB.__dict__ if name.startswith("samples")])
def test_no_count_of_the_job_can_be_wrong_by_one_and_balance(column):
    changed = dataclasses.replace(JOB, **{column: getattr(JOB, column) + 1})
    problems = dataclasses.replace(BALANCE, job=changed).problems
    assert bool(problems) is (column != "samples_in_gaps")  # a gap holds no sample that was told


def test_an_epoch_that_is_still_open_does_not_balance():
    still_open = dataclasses.replace(BALANCE, job=dataclasses.replace(JOB, is_final=False))
    assert still_open.problems == ["00000000 eeg0 epoch 0: the job has not closed the epoch"]


def test_what_only_one_book_knows_is_in_the_balance_too():
    engine = SignalEngine(StreamSpec("eeg", 250, ("C3",)))
    windows = engine.push(0, np.zeros((250, 1)))
    found = balances({}, {KEY: JOB}, {OTHER: windows}, {})
    assert [(one.key, bool(one.problems)) for one in found] == [(KEY, True), (OTHER, True)]
    assert found[1].in_windows == int(windows.n_samples.sum()) > 0


def test_events_are_counted_by_their_packets():
    job = dataclasses.replace(JOB, packets_accepted=5, packets_duplicate=2)
    events = dataclasses.replace(BALANCE, is_events=True, told=3, in_archive=3, job=job)
    assert events.problems == []
    assert dataclasses.replace(events, told=4).problems != []
    assert dataclasses.replace(events, in_archive=2).problems != []
    told = {KEY: places_of([(0, 0, 0), (1, 0, 0), (1, 0, 0)])}
    (found,) = balances(told, {}, {}, {})
    assert (found.is_events, found.told) == (True, 2)


@given(ranges=RANGES)
def test_a_place_in_several_ranges_counts_once(ranges):
    assert covered(ranges) == len({place for first, stop in ranges for place in range(first, stop)})


def test_the_archive_is_counted_without_being_opened(tmp_path):
    place = EpochPlace("clinic01", KEY.session, "eeg0", 0, "subject000000001")
    folder = tmp_path / place.folder
    folder.mkdir(parents=True)
    records = [
        ArchiveRecord(sequence, 1000 * sequence, first, 10, b"sealed", is_sealed=True)
        for sequence, first in enumerate((0, 10, 5))
    ]
    records.append(ArchiveRecord(9, 0, 0, 0, b"sealed events", is_sealed=True))
    (folder / file_name(0)).write_bytes(file_bytes(place, records))
    (folder / file_name(0, 1)).write_bytes(file_bytes(place, records[:1]))
    assert archived_places(tmp_path) == {KEY: Places(20, 1)}
