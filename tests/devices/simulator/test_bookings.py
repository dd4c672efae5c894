from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from devices.simulator.bookings import APART_S, GRID_S, Calendar

lengths = st.lists(st.floats(0.1, 8), min_size=1, max_size=12)
shares = st.floats(0, 1, exclude_max=True)


@given(durations_s=lengths, where=shares, part=st.tuples(shares, shares))
def test_while_there_is_room_events_stay_apart(durations_s, where, part):
    """Half a minute for each event is room wherever the others were put."""
    total_s = 30.0 * len(durations_s)
    calendar, placed = Calendar(total_s), []
    for duration_s in durations_s:
        low, high = sorted(share * (total_s - duration_s) for share in part)
        start_s = calendar.place(duration_s, (low, high), where)
        calendar.take(start_s, start_s + duration_s)
        placed.append((start_s, start_s + duration_s))
    placed.sort()
    assert placed[0][0] >= 0
    assert placed[-1][1] <= total_s + GRID_S
    for (_, end_s), (start_s, _) in itertools.pairwise(placed):
        assert start_s - end_s >= APART_S - 2 * GRID_S


def test_a_free_part_is_used_before_anything_else():
    calendar = Calendar(100.0)
    assert 20 <= calendar.place(2.0, (20.0, 30.0), 0.99) <= 30
    assert calendar.place(2.0, (20.0, 30.0), 0.0) == 20.0


def test_a_full_part_sends_the_event_next_door():
    calendar = Calendar(100.0)
    calendar.take(20.0, 40.0)
    start_s = calendar.place(2.0, (25.0, 35.0), 0.5)
    assert 14 <= start_s <= 18 or 40 <= start_s <= 46


def test_a_full_calendar_still_gives_a_start_in_the_part():
    calendar = Calendar(10.0)
    calendar.take(0.0, 10.0)
    assert 2 <= calendar.place(1.0, (2.0, 4.0), 0.5) <= 4


def test_what_either_calendar_takes_is_taken_in_both_together():
    first, second = Calendar(20.0), Calendar(20.0)
    first.take(0.0, 8.0)
    second.take(12.0, 20.0)
    assert 8.5 <= first.joined_with(second).place(2.0, (0.0, 18.0), 0.5) <= 9.6
