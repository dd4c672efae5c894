"""Scores against cases counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from devices.scoring import (
    Score,
    clean_fraction_flagged,
    event_f1,
    intervals_from_mask,
    merge,
    spans_of,
    times_f1,
)
from devices.simulator import Interval

spans = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0.05, 5)).map(lambda pair: (pair[0], sum(pair))),
    max_size=12,
)

# On a grid of a sixteenth, so that what touches the tolerance touches it exactly.
moments = st.lists(st.integers(0, 160).map(lambda sixteenths: sixteenths / 16), max_size=12)


def grid(n_windows: int) -> np.ndarray:
    return np.arange(n_windows) * 0.05


def test_runs_of_windows_become_spans():
    mask = np.array([0, 1, 1, 0, 0, 4, 0, 1], dtype=np.uint32)
    assert intervals_from_mask(mask, grid(8)) == ((0.05, 0.15), (0.25, 0.3), (0.35, 0.4))


def test_a_missing_window_ends_a_run():
    starts = np.array([0.0, 0.05, 0.15, 0.2])  # 0.10 was not emitted
    assert intervals_from_mask(np.ones(4, dtype=bool), starts) == ((0.0, 0.1), (0.15, 0.25))


def test_neighbours_touch_at_any_time_of_the_epoch():
    starts = 1_700_000_000 + grid(10_000)
    assert len(intervals_from_mask(np.ones(10_000, dtype=bool), starts)) == 1


@pytest.mark.parametrize("mask", [np.zeros(0, dtype=bool), np.zeros(5, dtype=bool)])
def test_no_flags_are_no_spans(mask):
    assert intervals_from_mask(mask, grid(len(mask))) == ()


def test_spans_closer_than_the_gap_are_one():
    assert merge([(3.0, 4.0), (0.0, 1.0), (1.19, 2.0), (2.2, 2.5)]) == (
        (0.0, 2.0),
        (2.2, 2.5),
        (3.0, 4.0),
    )


def test_a_span_inside_another_does_not_shorten_it():
    assert merge([(0.0, 10.0), (1.0, 2.0), (10.1, 11.0)]) == ((0.0, 11.0),)


@pytest.mark.parametrize(
    ("found", "truth", "counts"),
    [
        ([(1, 2)], [(1.5, 3)], (1, 0, 0)),
        ([(1, 2)], [(2.24, 3)], (1, 0, 0)),  # within the tolerance
        ([(1, 2)], [(2.26, 3)], (0, 1, 1)),  # beyond it
        ([(1, 2)], [(2.25, 3)], (0, 1, 1)),  # touching is not overlapping
        ([(3.2, 4)], [(2, 3)], (1, 0, 0)),  # late
        ([(1, 1.1), (1.5, 1.6), (1.9, 2)], [(1, 2)], (1, 0, 0)),  # three finds, one event
        ([(0, 10)], [(1, 2), (4, 5), (7, 8)], (3, 0, 0)),  # one find, three events
        ([], [(1, 2), (4, 5)], (0, 0, 2)),
        ([(1, 2), (4, 5)], [], (0, 2, 0)),
        ([(1, 2), (2.1, 3)], [], (0, 1, 0)),  # finds closer than 200 ms are one
        ([(1, 2)], [(1, 2), (2.1, 3)], (1, 0, 0)),  # so are true events
    ],
)
def test_events_count_by_any_overlap(found, truth, counts):
    score = event_f1(found, truth)
    assert (score.true_positives, score.false_positives, score.missed) == counts


@pytest.mark.parametrize(
    ("found", "truth", "counts"),
    [
        ([(1, 2)], [(1, 2)], (0, 0, 0)),  # inside: neither praised nor blamed
        ([(1, 2)], [], (0, 0, 0)),
        ([], [(1, 2)], (0, 0, 0)),
        ([], [(2.6, 4)], (0, 0, 1)),  # less than half inside is judged
        ([], [(2, 4)], (0, 0, 0)),  # half inside is not
        ([(2.8, 4)], [(2, 3.1)], (0, 0, 0)),  # the find is judged and matches
        ([(1, 2)], [(2.2, 6)], (1, 0, 0)),  # the event is judged and found
    ],
)
def test_events_in_excluded_time_do_not_count(found, truth, counts):
    score = event_f1(found, truth, excluded=[(0, 3)])
    assert (score.true_positives, score.false_positives, score.missed) == counts


def test_the_numbers_follow_from_the_counts():
    score = Score(true_positives=6, false_positives=2, missed=3)
    assert score.precision == 0.75
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(12 / 17)


def test_nothing_to_count_is_nan_not_perfect():
    score = event_f1([], [])
    assert math.isnan(score.f1)
    assert math.isnan(score.precision)
    assert math.isnan(score.recall)


def test_recordings_are_pooled():
    assert Score(1, 2, 3) + Score(4, 5, 6) == Score(5, 7, 9)


@given(truth=spans)
def test_the_truth_finds_itself(truth):
    score = event_f1(truth, truth)
    assert (score.true_positives, score.false_positives, score.missed) == (len(merge(truth)), 0, 0)


@given(found=spans, truth=spans)
def test_every_true_event_is_found_or_missed(found, truth):
    score = event_f1(found, truth)
    assert score.true_positives + score.missed == len(merge(truth))
    assert score.false_positives <= len(merge(found))


def test_spans_of_takes_one_kind_and_one_channel():
    truth = [
        Interval("blink", 1.0, 1.3, ("Fp1", "Fp2")),
        Interval("pop", 2.0, 2.5, ("O1",)),
        Interval("blink", 3.0, 3.3, ("Fp2",)),
    ]
    assert spans_of(truth, "blink") == [(1.0, 1.3), (3.0, 3.3)]
    assert spans_of(truth, "blink", "Fp1") == [(1.0, 1.3)]


def test_only_clean_windows_count_as_wrongly_flagged():
    # Ten windows, 0 to 0.5 s; the event with its margin covers windows 4 to 6.
    mask = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 1])
    truth = [(0.25, 0.3)]
    assert clean_fraction_flagged(mask, grid(10), truth, margin_s=0.05) == pytest.approx(2 / 7)
    assert clean_fraction_flagged(mask, grid(10), truth, margin_s=0.05, excluded=[(0, 0.05)]) == (
        pytest.approx(1 / 6)
    )


def test_a_state_is_no_excuse_for_a_flag():
    mask = np.array([0, 1, 0, 0])
    closed = Interval("eyes_closed", 0.0, 0.2, ("O1",))
    blink = Interval("blink", 0.0, 0.2, ("Fp1",))
    assert clean_fraction_flagged(mask, grid(4), [closed]) == 0.25
    assert math.isnan(clean_fraction_flagged(mask, grid(4), [blink]))


@given(truth_s=moments, found_s=moments)
def test_moments_are_matched_one_to_one_and_as_many_as_can_be(truth_s, found_s):
    score = times_f1(found_s, truth_s, tolerance_s=0.5)
    near = np.abs(np.subtract.outer(np.array(truth_s), np.array(found_s))) <= 0.5 + 1e-6
    best = maximum_bipartite_matching(csr_matrix(near), perm_type="column") if near.size else []
    assert score.true_positives == np.sum(np.asarray(best) >= 0)
    assert score.true_positives + score.missed == len(truth_s)
    assert score.true_positives + score.false_positives == len(found_s)


def test_a_moment_found_twice_is_false_once():
    assert times_f1([1.0, 1.1], [1.05], tolerance_s=0.2) == Score(1, 1, 0)
    assert times_f1([], [1.05], tolerance_s=0.2) == Score(0, 0, 1)
    assert times_f1([1.25], [1.05], tolerance_s=0.2) == Score(1, 0, 0)
    assert times_f1([1.26], [1.05], tolerance_s=0.2) == Score(0, 1, 1)
