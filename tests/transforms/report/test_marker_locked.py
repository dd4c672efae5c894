from __future__ import annotations

import itertools
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.report.windows_by_hand import at_rate
from transforms.engine import WINDOW_NS
from transforms.recordings import Marker
from transforms.report.marker_locked import (
    AFTER,
    BEFORE,
    MAX_KINDS,
    MIN_MARKERS,
    SPAN,
    STEP,
    MarkerLocked,
    MarkerLockedCollector,
)
from transforms.report.timeline import Timeline

START_NS = 1_250_000_000_000_000_000
FEATURES = ("alpha_power", "beta_power")


def at(window: int, description: str = "go") -> Marker:
    """A marker inside of a window counted from the stream's first."""
    return Marker(START_NS + window * WINDOW_NS + 7, 0, description)


def collector_of(markers: list[Marker], n_channels: int = 3) -> MarkerLockedCollector:
    timeline = Timeline(at_rate(100, start_ns=START_NS))
    return MarkerLockedCollector(timeline, markers, FEATURES, tuple(range(n_channels)))


def locked(
    markers: list[Marker], windows: np.ndarray, values: np.ndarray, cuts: list[int]
) -> MarkerLocked:
    collector = collector_of(markers, values.shape[1])
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(windows)}), len(windows)]
    for first, end in itertools.pairwise(bounds):
        collector.take_windows(windows[first:end], values[first:end])
    return collector.summary()


def made(n_windows: int, seed: int = 0, n_channels: int = 3) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(n_windows, n_channels, 2))
    return values.astype(np.float32)


def one_by_one(onset: int, windows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(steps, 1 + c, 2) of one marker, the mean over channels first, by a loop."""
    known = dict(zip(windows.tolist(), values.astype(float), strict=True))
    nothing = np.full(values.shape[1:], np.nan)
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        steps = np.array(
            [
                np.nanmean([known.get(k + j, nothing) for j in range(STEP)], axis=0)
                for k in range(onset - BEFORE, onset + AFTER, STEP)
            ]
        )
        baseline = np.nanmean(steps[:10], axis=0)
        baseline[np.isfinite(steps[:10]).sum(axis=0) < 5] = np.nan
        change = steps - baseline
        return np.concatenate((np.nanmean(change, axis=1)[:, None], change), axis=1)


def test_an_average_is_that_of_its_markers_one_by_one():
    onsets = [60, 200, 333, 400, 470, 900, 1100]
    values = made(1300)
    values[350:420, 1] = np.nan
    windows = np.delete(np.arange(1300), slice(880, 890))
    values = np.delete(values, slice(880, 890), axis=0)
    (found,) = locked([at(k) for k in onsets], windows, values, [100, 101, 777]).averages
    each = np.stack([one_by_one(k, windows, values) for k in onsets])
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        mean, n = np.nanmean(each, axis=0), np.isfinite(each).sum(axis=0)
        error = np.nanstd(each, axis=0, ddof=1) / np.sqrt(n)
    mean[n < MIN_MARKERS], error[n < MIN_MARKERS] = np.nan, np.nan
    for k in range(2):
        for course in found.courses[k]:
            row = 0 if course.channel is None else course.channel + 1
            np.testing.assert_allclose(course.mean, mean[:, row, k], rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(course.error, error[:, row, k], rtol=1e-4, atol=1e-6)
    assert (found.n_markers, found.n_used) == (7, (7, 7))


def test_the_channel_that_responds_is_found_and_its_change_is_told():
    onsets = list(range(100, 2000, 250))
    values = made(2400) * 0.01
    for onset in onsets:
        values[onset : onset + 120, 2, 0] -= 0.3  # alpha halves on channel 2
    (found,) = locked([at(k) for k in onsets], np.arange(2400), values, []).averages
    mean, best = found.courses[0]
    assert (mean.channel, best.channel) == (None, 2)
    np.testing.assert_allclose(best.mean[10:], -0.3, atol=0.02)
    np.testing.assert_allclose(best.mean[:10], 0, atol=0.02)
    np.testing.assert_allclose(mean.mean[10:], -0.1, atol=0.02)
    np.testing.assert_allclose(found.response[0], [0, 0, -0.3], atol=0.02)
    assert (best.error < 0.01).all()


@given(
    onsets=st.lists(st.integers(-300, 1500), min_size=MIN_MARKERS, max_size=12),
    cuts=st.lists(st.integers(0, 1000), max_size=5),
    gap=st.tuples(st.integers(0, 900), st.integers(0, 400)),
)
@settings(max_examples=40, deadline=None)
def test_any_packets_give_the_same_average(onsets, cuts, gap):
    keep = np.ones(1000, bool)
    keep[gap[0] : gap[0] + gap[1]] = False
    windows, values = np.flatnonzero(keep), made(1000)[keep]
    markers = [at(k) for k in onsets]
    whole = locked(markers, windows, values, [])
    pieces = locked(markers, windows, values, cuts)
    assert pickle.dumps(pieces) == pickle.dumps(whole)


def test_rare_markers_are_not_averaged_but_counted():
    markers = [at(100 * k, "often") for k in range(1, 9)]
    markers += [at(100 * k, "rare") for k in range(1, MIN_MARKERS)]
    found = locked(markers, np.arange(1000), made(1000), [])
    assert [average.description for average in found.averages] == ["often"]
    assert found.n_left_out == 1


def test_the_most_frequent_kinds_are_averaged_in_the_order_of_time():
    kinds = [f"kind {k}" for k in range(MAX_KINDS + 2)]
    markers = [
        at(100 + 10 * k + 200 * j, kind)
        for k, kind in enumerate(kinds)
        for j in range(5 if k < 2 else 6)
    ]
    found = locked(markers[::-1], np.arange(1600), made(1600), [])
    assert [average.description for average in found.averages] == kinds[2:]
    assert found.n_left_out == 2


def test_markers_outside_of_the_stream_do_not_count():
    markers = [at(k) for k in (-5000, -4000, 100, 200, 300, 400, 500, 9000, 9500)]
    (found,) = locked(markers, np.arange(800), made(800), []).averages
    assert found.n_markers == 5
    assert not locked(
        [at(k) for k in range(5000, 6000, 100)], np.arange(800), made(800), []
    ).averages


def test_memory_does_not_grow_with_the_recording():
    collector = collector_of([at(50 * k) for k in range(2000)])
    sizes = []
    for k in range(10):
        collector.take_windows(np.arange(1000) + 1000 * k, made(1000, k))
        sizes.append(len(pickle.dumps(collector)))
    assert max(sizes) - min(sizes) < 10_000


@pytest.mark.parametrize("markers", [[], [at(3)]])
def test_without_markers_there_is_nothing_to_keep(markers):
    collector = collector_of(markers)
    assert not collector.possible
    assert collector.summary().averages == ()
    assert SPAN == BEFORE + AFTER
