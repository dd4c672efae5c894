"""Promise 1: the windows depend on the samples, not on how they were packed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.engine.streams import LOW_RATES, RATES, Stream, assert_same, run, streams
from transforms.engine import SignalEngine, StreamSpec, WindowBatch


@settings(max_examples=150, deadline=None)
@given(stream=streams())
def test_any_split_into_packets_gives_the_same_windows(stream: Stream):
    assert_same(run(stream.spec, stream.packets), run(stream.spec, [(0, stream.samples)]))


@settings(max_examples=100, deadline=None)
@given(stream=streams())
def test_a_row_of_nan_and_a_missing_row_are_the_same(stream: Stream):
    present = ~np.isnan(stream.samples).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(int)))
    without = [(int(a), stream.samples[a:b]) for a, b in edges.reshape(-1, 2)]
    assert_same(run(stream.spec, without), run(stream.spec, [(0, stream.samples)]))


@settings(max_examples=100, deadline=None)
@given(stream=streams(), data=st.data())
def test_packets_sent_again_change_nothing(stream: Stream, data: st.DataObject):
    packets = []
    for packet in stream.packets:
        packets.append(packet)
        packets += data.draw(st.lists(st.sampled_from(packets), max_size=2))
    assert_same(run(stream.spec, packets), run(stream.spec, [(0, stream.samples)]))


@settings(max_examples=100, deadline=None)
@given(stream=streams(), at=st.integers(0, 12))
def test_a_restored_engine_goes_on_as_if_nothing_had_been(stream: Stream, at: int):
    engine = SignalEngine(stream.spec)
    batches = []
    for number, (first, rows) in enumerate(stream.packets):
        if number == at % len(stream.packets):
            engine = SignalEngine.restore(stream.spec, engine.snapshot())
        batches.append(engine.push(first, rows))
    restored = WindowBatch.concatenate([*batches, engine.finish()])
    assert_same(restored, run(stream.spec, [(0, stream.samples)]))


@pytest.mark.parametrize("rate", RATES + LOW_RATES)
def test_packets_from_one_sample_to_all_of_them(rate: float):
    spec = StreamSpec("eeg", rate, ("Fp1", "Cz", "O1"), start_ns=1_700_000_000_012_345_678)
    n_samples = int(rate * (3.3 if rate < 5000 else 0.33))
    samples = np.random.default_rng(1).normal(size=(n_samples, 3)).cumsum(axis=0)
    whole = run(spec, [(0, samples)])
    for size in (1, 7, max(1, int(rate / 20)), max(1, int(rate / 4)), int(rate)):
        packets = [(at, samples[at : at + size]) for at in range(0, n_samples, size)]
        assert_same(run(spec, packets), whole)


def test_a_minute_in_one_packet_equals_a_minute_in_packets_of_a_quarter_second():
    spec = StreamSpec("eeg", 250, ("Fp1", "Cz"), start_ns=1)
    samples = np.random.default_rng(2).normal(size=(250 * 60, 2)) * 20
    samples[5000:5400, 0] += 400
    samples[9000:9100] = np.nan
    packets = [(at, samples[at : at + 62]) for at in range(0, len(samples), 62)]
    assert_same(run(spec, packets), run(spec, [(0, samples)]))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.int64])
def test_integers_and_narrow_floats_are_taken_by_value(dtype: type):
    spec = StreamSpec("eeg", 250, ("Cz",))
    samples = np.random.default_rng(3).integers(0, 200, size=(900, 1))
    assert_same(run(spec, [(0, samples.astype(dtype))]), run(spec, [(0, samples.astype(float))]))
