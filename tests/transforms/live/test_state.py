from __future__ import annotations

import contextlib
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.live.followed import follow, made_packets, place_of
from transforms.live.counter import CounterUnwrapper
from transforms.live.follower_cache import FollowerCache
from transforms.live.follower_state import dump
from transforms.live.followers import load_follower
from transforms.live.head import Head, Status
from transforms.live.ranges import Ranges
from transforms.live.settings import FollowSettings, SettingsError
from transforms.live.state_bytes import StateError, pack, unpack

PACKETS = made_packets(400, every=31)
WRONG: tuple[Any, ...] = (None, "x", -1, [], {}, 2**80)


def test_what_is_packed_comes_back():
    arrays: dict[str, Any] = {
        "x": np.arange(6.0).reshape(2, 3),
        "flags": np.array([True, False]),
        "raw": b"abc",
    }
    fields, blobs = unpack(pack({"n": 2**70, "text": "µ", "none": None}, arrays))
    assert fields == {"n": 2**70, "text": "µ", "none": None}
    assert blobs["raw"] == b"abc"
    np.testing.assert_array_equal(blobs["x"], arrays["x"])
    assert blobs["flags"].dtype == bool


def test_damaged_snapshots_are_refused_with_our_error_only():
    follower = follow([PACKETS[0], *PACKETS[2:7]], end=False).follower
    follower.flush()
    packed, place = dump(follower), place_of(PACKETS[0])
    chance = random.Random(4)
    for number in range(120):
        wrong = bytearray(packed)
        at = chance.randrange(len(wrong))
        wrong[at] ^= 1 << chance.randrange(8)
        cut = bytes(wrong[: chance.randrange(len(wrong))]) if number % 3 else bytes(wrong)
        with pytest.raises(StateError):
            load_follower(cut, place, FollowSettings(), lambda: 0)


def test_a_sound_checksum_over_nonsense_is_refused_with_our_error_too():
    follower = follow(PACKETS[:6], end=False).follower
    follower.flush()
    fields, blobs = unpack(dump(follower))
    place, refused = place_of(PACKETS[0]), 0
    for name in list(fields):
        for value in WRONG:
            try:
                load_follower(pack({**fields, name: value}, blobs), place, FollowSettings(), int)
            except StateError:
                refused += 1
    for name in list(blobs):
        for blob in (b"", b"\0" * 40, np.zeros((3, 7))):
            with contextlib.suppress(StateError):
                load_follower(pack(fields, {**blobs, name: blob}), place, FollowSettings(), int)
    assert refused > 60


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_our_error(packed):
    with contextlib.suppress(StateError):
        Head.from_bytes(packed)
    head = Head(Status.OPEN, "subject000000001", b"c" * 16, b"s" * 16, 5, 4, 3, 2, 1)
    assert Head.from_bytes(head.to_bytes()) == head
    with pytest.raises(StateError):
        Head.from_bytes(head.to_bytes() + packed[:1] + b"\0")


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=30), st.data())
def test_ranges_take_every_place_once(steps, data):
    ranges, missing, at = Ranges(), set[int](), 0
    for skipped, missed in steps:
        ranges.add(at + skipped, at + skipped + missed)
        missing |= set(range(at + skipped, at + skipped + missed))
        at += skipped + missed
    for _ in range(6):
        first = data.draw(st.integers(0, at + 2))
        stop = first + data.draw(st.integers(1, 12))
        asked = set(range(first, stop))
        assert ranges.take(first, stop) == len(missing & asked)
        missing -= asked
    assert sum(stop - first for first, stop in ranges.ranges) == len(missing)


def test_ranges_stay_few():
    ranges = Ranges(most=4)
    for number in range(50):
        ranges.add(10 * number, 10 * number + 1)
    assert ranges.ranges == [(0, 461), (470, 471), (480, 481), (490, 491)]


def test_a_narrow_counter_is_told_apart_by_the_sequence():
    unwrapper = CounterUnwrapper()
    place = 0
    for sequence in range(400):
        if sequence % 90 not in range(40, 70):  # 30 packets lost: more than a turn of 8 bits
            assert unwrapper.place(sequence, place % 256, 8, 25) == place
        place += 25
    assert unwrapper.place(380, 380 * 25 % 256, 8, 25) == 380 * 25


def test_the_cache_forgets_the_least_recently_used_and_whoever_has_another_history():
    cache = FollowerCache[str](100)
    cache.put("a", b"1", "A", 60)
    assert cache.take("a", b"2") is None
    assert cache.take("a", b"1") is None  # it was of no use to anybody
    for key in "abc":
        cache.put(key, b"1", key.upper(), 40)
    assert cache.take("a", b"1") is None
    assert cache.take("c", b"1") == "C"
    assert len(cache) == 1


def test_settings_say_what_would_be_right():
    with pytest.raises(SettingsError, match=r"reorder_ms is -1; expected 0 to 60000"):
        FollowSettings(reorder_ms=-1)
