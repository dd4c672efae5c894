from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.transforms.report.windows_by_hand import (
    at_rate,
    gap_free,
    pushes,
    window_of,
    windows_of,
)
from transforms.engine import Flag, StreamSpec, WindowBatch
from transforms.report import ReportCollector
from transforms.report.excerpt import MAX_CHANNELS, Excerpt

STREAMS = [(160, 0), ("257/2", 987_654_321), (512, 10**18 + 7)]


def quiet(batch: WindowBatch) -> WindowBatch:
    return dataclasses.replace(batch, flags=np.zeros_like(batch.flags))


def excerpt_of(
    spec: StreamSpec, samples: np.ndarray, batch: WindowBatch, cuts: list[int]
) -> Excerpt:
    collector = ReportCollector(spec)
    for push in pushes(spec, samples, cuts, batch):
        collector.add(*push)
    excerpt = collector.summary().excerpt
    assert excerpt is not None
    return excerpt


@pytest.mark.parametrize("cuts", [[], [17, 3001, 3002, 7000]])
@pytest.mark.parametrize(("rate", "start_ns"), STREAMS)
def test_it_shows_every_sample_of_the_ten_seconds_with_most_artifacts(rate, start_ns, cuts):
    spec = at_rate(rate, n_channels=9, start_ns=start_ns)
    samples = gap_free(spec, int(35 * spec.sampling_rate_hz))
    batch = quiet(windows_of(spec, samples))
    batch.flags[450:470, [0, 2, 3, 4, 7, 8]] = Flag.MUSCLE
    batch.flags[20:40, 1] = Flag.BLINK
    batch.flags[:, 5] = Flag.FLAT  # lasts; no reason to look at one place
    excerpt = excerpt_of(spec, samples, batch, cuts)
    numbers = np.array([window_of(spec, k) for k in range(len(samples))]) - window_of(spec, 0)
    inside = (numbers >= 400) & (numbers < 600)
    assert excerpt.channels == (0, 2, 3, 4, 7, 8)
    expected = samples[inside][:, excerpt.channels]
    np.testing.assert_array_equal(excerpt.raw, expected.astype(np.float32))
    np.testing.assert_array_equal(excerpt.filtered, (expected / 2).astype(np.float32))
    np.testing.assert_array_equal(excerpt.flags, batch.flags[400:600][:, excerpt.channels])
    np.testing.assert_array_equal(np.diff(excerpt.edges), np.bincount(numbers[inside] - 400))
    assert excerpt.n_events == 20 * 6
    assert excerpt.start_s == pytest.approx(20, abs=1 / spec.sampling_rate_hz)


def test_without_artifacts_it_is_the_beginning():
    spec = at_rate(100)
    samples = gap_free(spec, 2500)
    excerpt = excerpt_of(spec, samples, quiet(windows_of(spec, samples)), [600])
    assert excerpt.start_s == 0
    assert excerpt.n_events == 0
    assert excerpt.raw.shape == (1000, 3)


def test_absent_rows_keep_their_place():
    spec = at_rate(100)
    samples = gap_free(spec, 900)
    samples[100:333] = np.nan
    samples[500:600, 1] = np.nan
    excerpt = excerpt_of(spec, samples, quiet(windows_of(spec, samples)), [50, 700])
    np.testing.assert_array_equal(excerpt.raw, samples.astype(np.float32))
    np.testing.assert_array_equal(excerpt.filtered, (samples / 2).astype(np.float32))


def test_fast_streams_give_fewer_seconds_and_no_more_rows():
    spec = at_rate(30_000, n_channels=8)
    samples = gap_free(spec, 30_000)
    excerpt = excerpt_of(spec, samples, windows_of(spec, samples), [7000])
    assert excerpt.raw.shape == (6000, MAX_CHANNELS)


def test_slow_streams_may_have_windows_without_samples():
    spec = at_rate(1)
    samples = gap_free(spec, 30)
    excerpt = excerpt_of(spec, samples, quiet(windows_of(spec, samples)), [7])
    np.testing.assert_array_equal(excerpt.filtered, (samples[:10] / 2).astype(np.float32))
