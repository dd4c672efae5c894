"""A snapshot is small, checked, and refuses what it is not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulator import SimulatorSettings, simulate
from tests.transforms.engine.streams import assert_same, run
from transforms.engine import SignalEngine, SnapshotError, StreamSpec, WindowBatch

SPEC = StreamSpec("eeg", 250, [f"c{i}" for i in range(8)])
SAMPLES = np.random.default_rng(4).normal(size=(20_003, 8)) * 15


def taken() -> bytes:
    engine = SignalEngine(SPEC)
    engine.push(0, SAMPLES)
    return engine.snapshot()


BLOB = taken()


def test_a_snapshot_of_eight_channels_at_250_hz_is_at_most_100_kilobytes():
    assert len(BLOB) <= 100_000


def test_state_does_not_grow_with_the_session():
    engine = SignalEngine(SPEC)
    engine.push(0, SAMPLES[:5000])
    early = len(engine.snapshot())
    for start in range(5000, 5000 + 40 * 15_000, 15_000):
        engine.push(start, SAMPLES[:15_000])
    assert abs(len(engine.snapshot()) - early) <= 13 * 8 * 8  # the open window


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(SAMPLES)))
def test_a_long_stream_is_continued_bit_for_bit(cut: int):
    cut = max(cut, len(SAMPLES) - 3000)
    engine = SignalEngine(SPEC)
    head = engine.push(0, SAMPLES[:cut])
    engine = SignalEngine.restore(SPEC, engine.snapshot())
    windows = WindowBatch.concatenate([head, engine.push(cut, SAMPLES[cut:]), engine.finish()])
    assert_same(windows, run(SPEC, [(0, SAMPLES)]))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(BLOB) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(at: int, bit: int):
    damaged = bytearray(BLOB)
    damaged[at] ^= 1 << bit
    with pytest.raises(SnapshotError):
        SignalEngine.restore(SPEC, bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(
    blob=st.one_of(st.binary(max_size=300), st.integers(0, len(BLOB) - 1).map(lambda n: BLOB[:n]))
)
def test_bytes_that_are_no_snapshot_are_refused(blob: bytes):
    with pytest.raises(SnapshotError):
        SignalEngine.restore(SPEC, blob)


@pytest.mark.parametrize(
    "other",
    [
        StreamSpec("eeg", 256, SPEC.channels),
        StreamSpec("ecog", 250, SPEC.channels),
        StreamSpec("eeg", 250, SPEC.channels[:7]),
        StreamSpec("eeg", 250, SPEC.channels, start_ns=1),
        StreamSpec("eeg", 250, SPEC.channels, line_hz=60),
    ],
)
def test_a_snapshot_of_another_stream_is_refused(other: StreamSpec):
    with pytest.raises(SnapshotError) as refused:
        SignalEngine.restore(other, BLOB)
    assert refused.value.field == "snapshot.digest"


def test_the_end_is_remembered():
    engine = SignalEngine(SPEC)
    engine.push(0, SAMPLES[:100])
    engine.finish()
    again = SignalEngine.restore(SPEC, engine.snapshot())
    assert len(again.finish()) == 0


def test_everything_that_detectors_remember_is_in_the_snapshot():
    made = simulate(SimulatorSettings(seed=77, duration_s=90.0))
    spec = StreamSpec("eeg", 250, made.channels, adc_range=made.adc_range_uv)
    engine, batches = SignalEngine(spec), []
    for start in range(0, len(made.samples_uv), 137):
        engine = SignalEngine.restore(spec, engine.snapshot())
        batches.append(engine.push(start, made.samples_uv[start : start + 137]))
    batches.append(engine.finish())
    assert_same(WindowBatch.concatenate(batches), run(spec, [(0, made.samples_uv)]))


@pytest.mark.parametrize("rate", [256.01, Fraction(1000, 3), 100, 19.9, 10, 1])
def test_a_blink_across_a_restore_is_the_same_blink(rate: float | Fraction):
    times_s = np.arange(int(rate * 12)) / float(rate)
    noise = np.random.default_rng(9).normal(size=(len(times_s), 1)) * 5
    samples = noise + 150 * np.exp(-(((times_s - 9) / 0.12) ** 2))[:, None]
    spec = StreamSpec("eeg", rate, ("Fp1",))
    whole = run(spec, [(0, samples)])
    for cut in range(int(rate * 8.7), int(rate * 9.4) + 1, max(1, int(rate / 30))):
        engine = SignalEngine(spec)
        head = engine.push(0, samples[:cut])
        engine = SignalEngine.restore(spec, engine.snapshot())
        tail = [engine.push(cut, samples[cut:]), engine.finish()]
        assert_same(WindowBatch.concatenate([head, *tail]), whole)
