from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.packet_format import SignalFormat
from tests.transforms.live.followed import (
    assert_same_windows,
    bare_windows,
    check_balance,
    comparable,
    follow,
    made_packets,
    noise,
    place_of,
)
from tests.transforms.recordings.made_archive import FORMAT, START_NS, packets_of
from transforms.live.follower import StreamFollower
from transforms.live.follower_state import dump
from transforms.live.settings import FollowSettings
from transforms.live.step import Step
from transforms.recordings.gaps import GapFinder
from transforms.table_part import TablePart

TABLES = ("features", "features_1s", "events")
PACKETS = made_packets(1500, every=31)  # 124 ms each: four of them within the bound
IN_ORDER = follow(PACKETS)
BOUND = FollowSettings().reorder_ms * 250 // 1000


@st.composite
def arrivals(draw, packets=PACKETS, losses=False):
    """Packets in an order within the bound, any of them repeated, perhaps some lost."""
    seed = draw(st.integers(0, 2**32 - 1))
    chance = random.Random(seed)
    kept = [p for p in packets if not losses or chance.random() > 0.15]
    # A packet may come after those whose first sample is at most the bound ahead of its own.
    delays = draw(st.sampled_from((0, 60, BOUND)))
    order = sorted(kept, key=lambda p: p.first_sample + chance.uniform(0, delays))
    for packet in chance.choices(order, k=draw(st.integers(0, 10))):
        order.insert(chance.randrange(order.index(packet), len(order)) + 1, packet)
    return kept, order


@settings(max_examples=20, deadline=None)
@given(made=arrivals())
def test_any_order_within_the_bound_and_any_repetition_give_the_same_windows_and_rows(made):
    found = follow(made[1])
    assert_same_windows(found.windows[0], IN_ORDER.windows[0])
    for table in TABLES:
        assert comparable(found.parts, table) == comparable(IN_ORDER.parts, table)
    assert found.account["samples_late"] == found.account["samples_in_gaps"] == 0


@settings(max_examples=15, deadline=None)
@given(made=arrivals(losses=True), restart_every=st.sampled_from((0, 4, 9)))
def test_what_is_lost_is_a_gap_whatever_the_order_and_the_snapshots(made, restart_every):
    kept, order = made
    found = follow(order, restart_every=restart_every)
    assert_same_windows(found.windows[0], bare_windows(kept))
    gaps = GapFinder()
    expected = [g for p in kept for g in gaps.add(p.first_sample, p.samples_in_unit())]
    told = [
        row["detail"] for row in found.rows("events") if row["kind"] == "gap" and not row["channel"]
    ]
    assert sorted(told) == sorted(f"{stop - first} samples" for first, stop in expected)
    assert found.account["samples_in_gaps"] == sum(stop - first for first, stop in expected)


@pytest.mark.parametrize("every", [1, 7])
def test_a_snapshot_after_any_packet_changes_nothing(every):
    found = follow(PACKETS, restart_every=every)
    assert_same_windows(found.windows[0], IN_ORDER.windows[0])
    for table in (*TABLES, "sessions", "stream_accounts", "clock_fits"):
        assert comparable(found.parts, table) == comparable(IN_ORDER.parts, table)


def test_rows_come_while_the_stream_runs():
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(), lambda: 7)
    steps = [follower.packet(packet) for packet in PACKETS]
    seconds = [
        n for n, step in enumerate(steps) if any(p.table == "features_1s" for p in step.parts)
    ]
    assert len(seconds) >= 5
    assert max(np.diff(seconds)) <= 9  # of packets: a second
    assert all(step.rows for step in steps[2:] if step.windows)


def test_an_early_packet_waits_for_the_bound_and_not_longer():
    first, second, *rest = made_packets(1000, every=25)  # 100 ms
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(reorder_ms=500), lambda: 7)
    follower.packet(first)
    for packet in rest[:5]:  # up to 150, which is 125 samples ahead of 25: 500 ms to the sample
        follower.packet(packet)
        assert follower.order.next_sample == 25
    assert follower.n_held == 125
    follower.packet(rest[5])
    assert (follower.n_held, follower.order.next_sample) == (0, 200)
    late = follower.packet(second)
    assert (follower.account.samples_late, follower.account.packets_late) == (25, 1)
    assert late.record is not None
    assert not late.windows
    assert follower.packet(second).record is None  # now it is known
    assert follower.account.samples_duplicate == 25
    check_balance(follower)


def test_a_late_packet_is_an_event_and_in_the_account():
    kept = [p for n, p in enumerate(PACKETS) if n != 7]
    found = follow([*kept, PACKETS[7]])
    (late,) = [row for row in found.rows("events") if row["kind"] == "late"]
    assert late["category"] == "arrival"
    assert late["detail"] == "1 packets, 31 samples"
    assert (found.account["samples_late"], found.account["samples_in_gaps"]) == (31, 31)
    assert_same_windows(found.windows[0], bare_windows(kept))


def test_parts_of_a_packet_that_are_known_are_left_out():
    numbers = noise(600)
    whole = [p for _, p in packets_of(numbers, cuts=range(100, 600, 100))]
    (overlapping,) = [p for _, p in packets_of(numbers[150:350], first_sample=150)]
    found = follow([whole[0], whole[1], overlapping, *whole[2:]])
    assert_same_windows(found.windows[0], bare_windows(whole))
    assert found.account["samples_duplicate"] == 50 + 100 + 50
    held = follow([whole[0], whole[2], overlapping, whole[1], *whole[3:]])
    assert_same_windows(held.windows[0], bare_windows(whole))


def test_silence_closes_what_is_held_and_the_stream_goes_on():
    kept = [p for n, p in enumerate(PACKETS) if n != 3]
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(), lambda: 7)
    for packet in kept[:5]:
        follower.packet(packet)
    assert follower.n_held == 62
    step = follower.silence()
    assert follower.n_held == 0
    assert step.windows
    steps = [follower.packet(packet) for packet in kept[5:]]
    check_balance(follower)
    assert all(not s.refusal for s in steps)


@pytest.mark.parametrize("change", ["device", "start_ns", "format"])
def test_a_packet_that_contradicts_the_first_is_refused_and_counted(change):
    changes: dict[str, dict[str, Any]] = {
        "device": {"device": "cyton00000000002"},
        "start_ns": {"start_ns": START_NS + 1},
        "format": {"format_": SignalFormat("eeg", FORMAT.sampling_rate, ("Cz", "C4"))},
    }
    stranger = made_packets(1500, every=31, **changes[change])[4]
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(), lambda: 7)
    steps = [follower.packet(packet) for packet in (*PACKETS[:4], stranger, *PACKETS[4:])]
    assert steps[4].refusal is not None
    assert (steps[4].refusal.reason, steps[4].record) == ("contradiction", None)
    assert [n for n, step in enumerate(steps) if step.refusal] == [4]
    steps.append(follower.end())
    check_balance(follower)
    assert follower.account.samples_refused == 31
    assert follower.account.windows_emitted == len(IN_ORDER.windows[0])


def test_a_restart_is_told_as_an_event():
    found = follow(made_packets(500, epoch=2))
    (restart,) = [row for row in found.rows("events") if row["kind"] == "restart"]
    assert (restart["epoch"], restart["start_ns"]) == (2, START_NS)
    assert found.account["restarts"] == 2


def test_a_restart_whose_first_packets_swap_loses_nothing():
    first, second, *rest = made_packets(500, epoch=1)
    found = follow([second, first, *rest])
    assert_same_windows(found.windows[1], bare_windows([first, second, *rest]))
    assert found.account["samples_in_gaps"] == 0


def test_packets_of_absent_samples_are_a_gap():
    numbers = noise(1000).astype(np.float64)
    numbers[300:600] = np.nan
    format_ = SignalFormat("eeg", FORMAT.sampling_rate, FORMAT.channels)
    packets = made_packets(numbers=numbers, every=50, format_=format_)
    found = follow(packets, restart_every=4)
    assert_same_windows(found.windows[0], bare_windows(packets))
    (gap,) = [row for row in found.rows("events") if row["category"] == "stream"]
    assert gap["detail"] == "300 samples"
    (session,) = found.rows("sessions")
    assert session["n_samples"] == 700


def test_state_is_bounded_however_long_the_stream():
    """Promise 6: with losses and repetitions all the way."""
    chance, sizes = random.Random(3), []
    numbers = noise(250, seed=4)
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(), lambda: 7)
    for number in range(1800):  # seconds
        if chance.random() < 0.4:
            continue
        ((_, packet),) = packets_of(numbers, first_sample=250 * number)
        follower.packet(packet)
        if chance.random() < 0.1:
            follower.packet(packet)
        if number % 50 == 49:
            follower.flush()
            sizes.append(len(dump(follower)))
    assert len(follower.order.missing.ranges) == 256
    assert max(sizes[-6:]) < 1.02 * max(sizes[-12:-6])
    assert max(sizes) < 50_000


def test_two_parts_of_one_name_are_the_same_rows():
    """As files they are one: of others, all but the last would be lost."""
    chance, stranger = random.Random(5), made_packets(1500, every=31, device="cyton00000000002")[4]
    follower = StreamFollower(place_of(PACKETS[0]), FollowSettings(account_s=1), lambda: 7)
    steps: list[Step] = []
    named: dict[tuple[str, str], Any] = {}
    for packet in PACKETS:
        if chance.random() < 0.1:
            continue
        steps += [follower.packet(packet) for _ in range(chance.choice((1, 1, 3)))]
        steps += [follower.packet(stranger), follower.silence(), follower.silence()]
    steps.append(follower.end())
    parts = [part for step in steps for part in step.parts]
    assert {"events", "stream_accounts"} < {part.table for part in parts}
    for part in parts:
        if isinstance(part, TablePart):
            assert named.setdefault((part.table, part.name), part.rows).equals(part.rows)
