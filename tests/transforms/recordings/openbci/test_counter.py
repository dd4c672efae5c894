from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings import Run
from transforms.recordings.openbci.counter import Board, place_by_counter

NO_STAMPS = np.nan


def ganglion(n, *, pairs_of_zero, with_acc=True):
    """Two samples a packet; the older firmware numbers a single one 0."""
    turn = [0, 0] if pairs_of_zero else [0]
    for number in range(1, 100 if pairs_of_zero else 101):
        turn += [number, number]
    index = np.resize(turn, n)
    if with_acc:
        return index
    return index + 100 if pairs_of_zero else np.where(index > 0, index + 100, 0)


INDICES = {
    "cyton": (Board.CYTON, np.arange(1000) % 256),
    "daisy even": (Board.DAISY, np.arange(1000) * 2 % 256),
    "daisy odd": (Board.DAISY, np.arange(1000) * 2 % 256 + 1),
    "ganglion 2": (Board.GANGLION, ganglion(1000, pairs_of_zero=False)),
    "ganglion 3": (Board.GANGLION, ganglion(1000, pairs_of_zero=True)),
    "ganglion 2, no accelerometer": (
        Board.GANGLION,
        ganglion(1000, pairs_of_zero=False, with_acc=False),
    ),
    "ganglion 3, no accelerometer": (
        Board.GANGLION,
        ganglion(1000, pairs_of_zero=True, with_acc=False),
    ),
    "ganglion wifi": (Board.GANGLION, np.arange(1000) % 201),
}


def place(index, board, stamps=None, rate=250.0):
    stamps = np.full(len(index), NO_STAMPS) if stamps is None else stamps
    return place_by_counter(np.asarray(index, np.int64), stamps, rate, board)


def places(placed):
    return np.concatenate([run.first_sample + np.arange(run.n_samples) for run in placed.runs])


@pytest.mark.parametrize("name", INDICES)
def test_a_whole_recording_of_every_board_is_one_run(name):
    board, index = INDICES[name]
    placed = place(index, board)
    assert placed.runs == (Run(0, 0, len(index)),)
    assert (placed.n_swapped, placed.n_twice, placed.n_restarts) == (0, 0, 0)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("lost", [2, 10, 100])
def test_what_is_lost_is_a_gap_of_as_many_samples(name, lost):
    board, index = INDICES[name]
    begin = 501  # an even number of samples behind the start of a turn of the older Ganglion
    begin = begin - 1 if "3" in name else begin
    rows = np.delete(np.arange(1000), np.s_[begin : begin + lost])
    np.testing.assert_array_equal(places(place(index[rows], board)), rows)


@given(
    lost=st.integers(0, 5000),
    begin=st.integers(30, 970),  # a single stamp cannot tell an index at which boards start
    jitter=st.integers(0, 2**32 - 1),
)
def test_whole_turns_that_were_lost_are_told_by_the_stamps(lost, begin, jitter):
    rows = np.concatenate([np.arange(begin), np.arange(begin + lost, 1000 + lost)])
    stamps = rows / 250 + np.random.default_rng(jitter).uniform(-0.05, 0.05, len(rows))
    placed = place(rows % 256, Board.CYTON, stamps)
    np.testing.assert_array_equal(places(placed), rows)
    assert placed.n_restarts == 0


def test_two_rows_that_were_swapped_are_put_back():
    rows = np.array([0, 1, 2, 4, 3, 5, 6])
    placed = place(rows, Board.CYTON)
    np.testing.assert_array_equal(rows[placed.order], np.arange(7))
    assert (placed.runs, placed.n_swapped) == ((Run(0, 0, 7),), 1)


def test_rows_sent_twice_count_once():
    rows = np.array([*range(100), *range(80, 150)])
    stamps = np.arange(len(rows)) / 250
    placed = place(rows, Board.CYTON, stamps)
    assert (placed.runs, placed.n_twice) == ((Run(0, 0, 150),), 20)
    np.testing.assert_array_equal(rows[placed.order], np.arange(150))
    assert place([0, 1, 1, 2], Board.CYTON).n_twice == 1


def test_a_single_wrong_index_is_no_loss():
    index = np.arange(200)
    index[100] = 37
    assert place(index, Board.CYTON).runs == (Run(0, 0, 200),)


def test_a_delay_and_the_burst_after_it_are_no_loss():
    stamps = np.arange(1000) / 250
    held = (stamps >= 2) & (stamps < 2.6)
    stamps[held] = 2.6
    rows = np.delete(np.arange(1000), np.s_[500:505])  # lost where the delay began
    np.testing.assert_array_equal(places(place(rows % 256, Board.CYTON, stamps[rows])), rows)


def test_a_board_started_again_is_placed_by_its_time_and_never_backwards():
    rows = np.concatenate([np.arange(100), np.arange(100)])
    stamps = np.concatenate([np.arange(100), 1000 + np.arange(100)]) / 250
    placed = place(rows, Board.CYTON, stamps)
    assert placed.n_restarts == 1
    assert placed.runs[0] == Run(0, 0, 100)
    assert placed.runs[1].first_sample == pytest.approx(1000, abs=1)


@given(
    st.lists(st.integers(-5, 300), min_size=1, max_size=300),
    st.sampled_from(list(Board)),
    st.booleans(),
)
def test_any_index_gives_runs_in_order_that_hold_each_row_at_most_once(index, board, has_stamps):
    stamps = np.arange(len(index)) / 250 if has_stamps else None
    placed = place(index, board, stamps)
    assert len(set(placed.order.tolist())) == len(placed.order) == len(index) - placed.n_twice
    found = places(placed)
    assert (np.diff(found) > 0).all()
    assert found[0] == 0
