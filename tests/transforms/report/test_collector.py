from __future__ import annotations

import dataclasses
import pickle
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.report.windows_by_hand import (
    at_rate,
    between,
    gap_free,
    pushes,
    window_of,
    windows_of,
)
from transforms.engine import Flag, StreamSpec, WindowBatch
from transforms.recordings import Marker
from transforms.report import ReportCollector, ReportError, StreamReport
from transforms.report.collector import KEPT_GAPS
from transforms.report.intervals import Interval
from transforms.report.kinds import KINDS, SPOILS_POWER


def report_of(
    spec: StreamSpec,
    samples: np.ndarray,
    cuts: list[int],
    batch: WindowBatch | None = None,
    markers: Sequence[Marker] = (),
) -> StreamReport:
    batch = windows_of(spec, samples) if batch is None else batch
    collector = ReportCollector(spec, markers)
    for push in pushes(spec, samples, cuts, batch):
        collector.add(*push)
    return collector.summary()


def assert_same(one: Any, other: Any) -> None:
    """Equal in every field, arrays bit for bit, NaN matching NaN."""
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other or one != one


rates = st.sampled_from([1, 7, 100, "257/2", 160, 256, 1000])


@given(
    rate=rates,
    start_ns=st.integers(0, 10**18),
    length=st.integers(1, 700),
    cuts=st.lists(st.integers(0, 700), max_size=6),
    absent=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 200)), max_size=3),
    onsets=st.lists(st.integers(0, 700), min_size=5, max_size=9),
)
@settings(max_examples=40, deadline=None)
def test_any_packets_give_the_same_report(rate, start_ns, length, cuts, absent, onsets):
    spec = at_rate(rate, start_ns=start_ns)
    samples = gap_free(spec, length)
    for start, n in absent:
        samples[start : start + n] = np.nan
    samples[-1] = 1.0  # absent rows at the end do not belong to the stream yet
    samples[length // 3 :, 1] = np.nan
    markers = [Marker(start_ns + int(k / spec.sampling_rate * 10**9), 0, "go") for k in onsets]
    whole = report_of(spec, samples, [], markers=markers)
    assert_same(report_of(spec, samples, cuts, markers=markers), whole)


def test_repeated_samples_change_nothing():
    spec = at_rate(250)
    samples = gap_free(spec, 2500)
    batch = windows_of(spec, samples)
    collector = ReportCollector(spec)
    for first, block, windows in pushes(spec, samples, [700, 1900], batch):
        collector.add(first, block, windows)
        again = max(first - 300, 0)
        collector.add(again, samples[again:first] + 500, between(windows, 0, 0))
    assert_same(collector.summary(), report_of(spec, samples, []))


def test_a_row_of_nan_and_a_missing_row_give_the_same_report():
    spec = at_rate(250)
    samples = gap_free(spec, 2500)
    samples[1000:1300] = np.nan
    batch = windows_of(spec, samples)
    collector = ReportCollector(spec)
    collector.add(0, samples[:1000], between(batch, 0, 0))
    collector.add(1300, samples[1300:], batch)
    assert_same(collector.summary(), report_of(spec, samples, []))


@pytest.mark.parametrize("n_samples", [300, 40_000])
def test_an_envelope_is_the_lowest_and_highest_sample_of_each_bin(n_samples):
    spec = at_rate(100, n_channels=2, start_ns=1_234_567_890_123_456_789)
    samples = gap_free(spec, n_samples)
    samples[50:90, 0] = np.inf
    over_time = report_of(spec, samples, [123, 20_001]).over_time
    windows = np.array([window_of(spec, k) for k in range(n_samples)]) - window_of(spec, 0)
    bins = windows // over_time.bin_windows
    assert over_time.bin_windows == (1 if n_samples == 300 else 8)
    assert len(over_time.raw_low) == bins[-1] + 1 <= 1200
    finite = np.where(np.isfinite(samples), samples, np.nan).astype(np.float32)
    for at in np.unique(bins):
        inside = finite[bins == at]
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(over_time.raw_low[at], np.fmin.reduce(inside))
            np.testing.assert_array_equal(over_time.raw_high[at], np.fmax.reduce(inside))
            half = (inside.astype(np.float64) / 2).astype(np.float32)
            np.testing.assert_array_equal(over_time.filtered_high[at], np.fmax.reduce(half))


def test_flags_are_counted_for_each_channel_and_bin():
    spec = at_rate(100)
    samples = gap_free(spec, 10_000)
    batch = windows_of(spec, samples)
    report = report_of(spec, samples, [3333])
    for k, kind in enumerate(KINDS):
        flagged = batch.flags & kind.flag != 0
        np.testing.assert_array_equal(report.per_channel.flagged[k], flagged.sum(axis=0))
        in_bins = flagged.reshape(-1, report.over_time.bin_windows, 3).mean(axis=1)
        np.testing.assert_allclose(report.over_time.shown_flagged[:, k], in_bins, rtol=1e-3)
        everywhere = in_bins.mean(axis=1)
        np.testing.assert_allclose(report.over_time.all_flagged[:, k], everywhere, rtol=1e-6)
    unflagged = (batch.flags == 0).sum(axis=0)
    np.testing.assert_array_equal(report.per_channel.unflagged, unflagged)
    assert report.per_channel.n_windows == len(batch)


def test_quality_is_the_median_of_windows_and_the_mean_of_a_bin():
    spec = at_rate(100, n_channels=2)
    samples = gap_free(spec, 6000)
    batch = windows_of(spec, samples)
    per_channel = report_of(spec, samples, []).per_channel
    expected = np.median(batch.quality, axis=0)
    np.testing.assert_allclose(per_channel.median_quality, expected, atol=0.011)
    assert per_channel.overall_quality == pytest.approx(np.median(batch.quality), abs=0.011)
    assert per_channel.map_windows == 4
    means = batch.quality.reshape(-1, 4, 2).mean(axis=1)
    np.testing.assert_allclose(per_channel.quality_map, means, atol=1e-3)


def test_a_trend_is_the_geometric_mean_of_windows_that_nothing_spoils():
    spec = at_rate(100)
    samples = gap_free(spec, 2000)
    batch = windows_of(spec, samples)
    over_time = report_of(spec, samples, [99]).over_time
    alpha = batch.features[:, :, batch.feature_names.index("alpha_power")]
    clean = (batch.flags & SPOILS_POWER == 0) & np.isfinite(alpha)
    expected = [
        np.exp(np.log(row[use]).mean()) if use.any() else np.nan
        for row, use in zip(alpha, clean, strict=True)
    ]
    at = over_time.trend_names.index("alpha_power")
    np.testing.assert_allclose(over_time.trend[:, at], expected, rtol=1e-5)


def test_the_mean_of_a_channel_is_that_of_its_windows():
    spec = at_rate(100)
    samples = gap_free(spec, 2000)
    batch = windows_of(spec, samples)
    over_time = report_of(spec, samples, [99, 1500]).over_time
    alpha = batch.features[:, :, batch.feature_names.index("alpha_power")]
    clean = (batch.flags & SPOILS_POWER == 0) & np.isfinite(alpha)
    expected = [np.exp(np.log(alpha[clean[:, k], k]).mean()) for k in range(3)]
    at = over_time.trend_names.index("alpha_power")
    np.testing.assert_allclose(over_time.channel_trend[:, at], expected, rtol=1e-5)


def test_mains_hum_alone_does_not_hide_a_window_from_the_trend():
    assert not SPOILS_POWER & Flag.LINE_NOISE
    assert SPOILS_POWER & Flag.BLINK


def test_gaps_are_runs_of_rows_without_any_channel():
    spec = at_rate(100)
    samples = gap_free(spec, 3000)
    samples[:40] = np.nan
    samples[500:510] = [np.nan, np.inf, -np.inf]
    samples[700:900, 0] = np.nan  # the others are there
    samples[2990:] = np.nan  # not a gap until something follows
    report = report_of(spec, samples, [505, 2000])
    assert report.gaps.longest == (Interval(0, 40, 3), Interval(500, 10, 3))
    assert (report.gaps.count, report.gaps.total_length) == (2, 50)
    assert report.n_samples == 2990
    assert report.duration_s == 29.9


def test_only_the_longest_gaps_are_listed_but_all_are_counted():
    spec = at_rate(100, n_channels=1)
    samples = gap_free(spec, 20_000)
    samples[10::40] = np.nan
    samples[8000:8010] = np.nan
    gaps = report_of(spec, samples, []).gaps
    assert gaps.count == 500
    assert len(gaps.longest) == KEPT_GAPS
    assert Interval(8000, 11, 1) in gaps.longest


@pytest.mark.parametrize("n_channels", [1, 256, 4096])
def test_a_report_stays_small_whatever_the_stream(n_channels):
    spec = at_rate(40, n_channels)  # two samples a window
    samples = gap_free(spec, 5_000 if n_channels < 4096 else 500)
    report = report_of(spec, samples, [])
    assert len(pickle.dumps(report)) < 2_000_000
    assert len(report.over_time.raw_low) <= 1200


def test_a_day_takes_no_more_memory_than_ten_minutes():
    spec = at_rate(20, n_channels=4)  # one sample a window
    block = gap_free(spec, 20 * 600)
    windows = windows_of(spec, block)
    collector, sizes = ReportCollector(spec), []
    for k in range(24 * 6):
        index = windows.index + k * len(windows)
        collector.add(k * len(block), block, dataclasses.replace(windows, index=index))
        sizes.append(len(pickle.dumps(collector)))
    report = collector.summary()
    assert sizes[-1] < sizes[0] + 100_000
    assert len(pickle.dumps(report)) < 2_000_000
    assert report.duration_s == 86_400
    assert report.per_channel.n_windows == 24 * 60 * 1200


def test_an_empty_stream_has_a_report():
    spec = at_rate(100)
    collector = ReportCollector(spec)
    nothing = windows_of(spec, np.zeros((0, 3)))
    collector.add(0, np.zeros((0, 3)), nothing)
    collector.add(0, np.full((500, 3), np.nan), nothing)
    report = collector.summary()
    assert (report.n_samples, report.per_channel.n_windows, report.excerpt) == (0, 0, None)
    assert np.isnan(report.per_channel.median_quality).all()


def test_another_number_of_channels_is_refused():
    spec = at_rate(100)
    nothing = windows_of(spec, np.zeros((0, 3)))
    with pytest.raises(ReportError, match=r"samples_uv.shape is \(5, 4\); expected .*3"):
        ReportCollector(spec).add(0, np.zeros((5, 4)), nothing)


def test_64_channels_for_two_minutes_cost_far_less_than_a_second():
    spec = at_rate(160, n_channels=64)
    samples = gap_free(spec, 20_000)
    blocks = list(pushes(spec, samples, list(range(0, 20_000, 1600)), windows_of(spec, samples)))
    costs = []
    for _ in range(3):
        collector, before = ReportCollector(spec), time.process_time()
        for push in blocks:
            collector.add(*push)
        collector.summary()
        costs.append(time.process_time() - before)
    assert min(costs) < 0.5  # 0.06 where this was written; a loop over samples takes seconds
