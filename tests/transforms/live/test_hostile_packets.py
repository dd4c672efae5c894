"""Packets that the door takes and that no stream should choke on: each is a letter, at worst."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from schemas.packet_format import SignalFormat
from tests.transforms.live.followed import made_packets, place_of
from transforms.live.arrival import ArrivalOrder, Piece
from transforms.live.clock_fit import ClockFit
from transforms.live.ended import EndedFollower
from transforms.live.follower import StreamFollower
from transforms.live.ranges import Ranges
from transforms.live.settings import FollowSettings
from transforms.rows_to_seal import StageTimes


def followed(packets):
    follower = StreamFollower(place_of(packets[0]), FollowSettings(), lambda: 0)
    for packet in packets:
        follower.packet(packet)
    return follower


@pytest.mark.parametrize("packet_ms", [250, 1000, 5000])
@pytest.mark.parametrize("n_packets", [3, 17, 256])
def test_a_backlog_that_comes_at_once_says_nothing_of_a_clock(packet_ms, n_packets):
    clock = ClockFit()
    for number in range(n_packets):
        clock.add(number * packet_ms * 1_000_000, 1_760_000_123_456_789_012)
    assert clock.fit() is None


def test_a_packet_after_the_end_that_lies_centuries_away_is_refused():
    packets = made_packets(1000)
    follower = followed(packets)
    follower.end()
    ended = EndedFollower.of(follower)
    far = dataclasses.replace(packets[0], sequence=2**40, counter_bits=50, first_sample=2**49)
    step = ended.packet(far)
    assert step.refusal is not None
    assert step.refusal.reason == "impossible_time"


def test_one_packet_with_many_pauses_of_an_hour_is_refused():
    format_ = SignalFormat("eeg", Fraction(1), ("C3", "C4"))
    packets = made_packets(40)
    rows = np.zeros((12 * 3700, 2), np.int32)
    absent = np.ones(rows.shape, bool)
    absent[::3700] = False
    hostile = dataclasses.replace(packets[0], format=format_, samples=rows, absent=absent)
    follower = StreamFollower(place_of(hostile), FollowSettings(), lambda: 0)
    step = follower.packet(hostile)
    assert step.refusal is not None
    assert step.refusal.reason == "too_many_jumps"


def test_a_letter_says_nothing_that_was_sealed():
    packets = made_packets(200)
    follower = followed(packets[:1])
    named = dataclasses.replace(packets[1].format, channels=("Name of a person", "C4"))
    step = follower.packet(dataclasses.replace(packets[1], format=named), StageTimes())
    assert step.refusal is not None
    assert step.refusal.reason == "contradiction"
    assert "person" not in step.refusal.message


def test_what_is_held_is_its_own_memory():
    order = ArrivalOrder(10_000)
    rows = np.zeros((5000, 2))
    order.add(Piece(100, rows, StageTimes()))
    order.add(Piece(99, rows, StageTimes()))
    assert sum(piece.rows.base is None or len(piece.rows) == 5000 for piece in order.held) == 2


def test_places_passed_over_are_remembered_in_bounded_memory():
    ranges = Ranges()
    ranges.add(0, 100_000)
    for place in range(1, 40_000, 2):
        ranges.take(place, place + 1)
    assert len(ranges.ranges) <= 256


def test_a_place_within_the_bound_is_waited_for_though_one_before_it_is_given_up():
    order, rows = ArrivalOrder(125), np.zeros((31, 2))
    order.add(Piece(62, rows, StageTimes()))  # 0 to 61 never come, 31 to 61 of it late
    assert order.add(Piece(140, rows, StageTimes())).taken == []
    assert order.next_sample == 15
    taken = order.add(Piece(31, rows, StageTimes())).taken
    assert taken == []
    order.add(Piece(160, rows, StageTimes()))
    assert order.next_sample == 93
    assert order.n_missing == 31
