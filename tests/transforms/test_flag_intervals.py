from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.made_windows import cut_windows, made_windows
from transforms.engine import Flag, StreamSpec
from transforms.flag_intervals import FLAGS, FlagIntervals, Intervals

SPEC = StreamSpec("eeg", 100, ("A", "B", "C"))


def slow_intervals(batch):
    """One window and channel at a time, as the words say it."""
    found = set()
    for flag in FLAGS:
        for channel in range(batch.flags.shape[1]):
            start, last = None, 0
            for index, flags in zip(batch.index.tolist(), batch.flags[:, channel], strict=True):
                if start is not None and (index != last + 1 or not flags & flag):
                    found.add((flag, channel, start, last + 1))
                    start = None
                if flags & flag:
                    start, last = (index if start is None else start), index
            if start is not None:
                found.add((flag, channel, start, last + 1))
    return found


def as_set(parts: list[Intervals]) -> list[tuple[Flag, int, int, int]]:
    return [
        (FLAGS[flag], channel, start, stop)
        for part in parts
        for flag, channel, start, stop in zip(
            *(getattr(part, f.name).tolist() for f in dataclasses.fields(part)), strict=True
        )
    ]


indices = st.lists(st.sampled_from([1, 1, 1, 1, 2, 5]), max_size=60).map(np.cumsum)


@given(steps=indices, seed=st.integers(0, 9), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_any_cutting_gives_the_intervals_of_the_slow_way(steps, seed, cuts):
    batch = made_windows(SPEC, 1000 + steps, seed)
    follower = FlagIntervals(SPEC.n_channels)
    parts = [follower.add(piece) for piece in cut_windows(batch, cuts)] + [follower.finish()]
    found = as_set(parts)
    assert len(found) == len(set(found))
    assert set(found) == slow_intervals(batch)


def test_each_answer_is_in_time_order():
    batch = made_windows(SPEC, np.arange(200))
    part = FlagIntervals(SPEC.n_channels).add(batch)
    assert len(part) > 20
    assert (np.diff(part.start) >= 0).all()


def test_a_missing_window_ends_an_interval():
    batch = made_windows(SPEC, [10, 11, 13])
    flags = np.full((3, 3), int(Flag.FLAT), np.uint32)
    follower = FlagIntervals(SPEC.n_channels)
    ended = follower.add(dataclasses.replace(batch, flags=flags))
    assert as_set([ended]) == [(Flag.FLAT, channel, 10, 12) for channel in range(3)]
    assert as_set([follower.finish()]) == [(Flag.FLAT, channel, 13, 14) for channel in range(3)]


def test_a_stream_without_windows_has_no_intervals():
    follower = FlagIntervals(SPEC.n_channels)
    assert len(follower.add(made_windows(SPEC, []))) == 0
    assert len(follower.finish()) == 0
