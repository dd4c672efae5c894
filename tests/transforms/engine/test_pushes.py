"""What a push takes, what it refuses, and when windows come out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.signal

from tests.transforms.engine.streams import assert_same, run
from transforms.engine import (
    EngineError,
    Flag,
    JumpError,
    SamplesError,
    SignalEngine,
    SpecError,
    StreamSpec,
)

SPEC = StreamSpec("eeg", 250, ("Fp1", "Cz"))


def noise(n_samples: int, n_channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_samples, n_channels)) * 10


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("signal", {"signal": "meg"}),
        ("sampling_rate", {"sampling_rate": 0.5}),
        ("sampling_rate", {"sampling_rate": float("nan")}),
        ("sampling_rate", {"sampling_rate": True}),
        ("sampling_rate", {"sampling_rate": 100.000000000001}),
        ("channels", {"channels": ()}),
        ("channels", {"channels": None}),
        ("adc_range", {"adc_range": 5}),
        ("pairs", {"pairs": [5]}),
        ("channels", {"channels": ("Cz", "Cz")}),
        ("channels", {"channels": ("Cz", " ")}),
        ("start_ns", {"start_ns": 1.5}),
        ("start_ns", {"start_ns": 2**63}),
        ("line_hz", {"line_hz": 55}),
        ("adc_range", {"adc_range": (5, -5)}),
        ("adc_range", {"adc_range": [(0, 1)]}),
        ("pairs", {"pairs": [("Cz", "Cz")]}),
        ("pairs", {"pairs": [("Cz", "Pz")]}),
    ],
)
def test_a_stream_that_cannot_exist_is_refused_by_name(field: str, arguments: dict):
    with pytest.raises(SpecError) as refused:
        StreamSpec(
            **{"signal": "eeg", "sampling_rate": 250, "channels": ("Fp1", "Cz"), **arguments}
        )
    assert refused.value.field == field
    assert "expected" in str(refused.value)


def test_an_error_survives_the_way_between_workers():
    error = pickle.loads(pickle.dumps(JumpError("first_sample", 5, "less")))
    assert isinstance(error, EngineError)
    assert str(error) == "first_sample is 5; expected less"


@pytest.mark.parametrize(
    ("first_sample", "samples"),
    [
        (0, np.zeros(5)),
        (0, np.zeros((5, 3))),
        (0, np.zeros((5, 2), dtype=complex)),
        (0, np.zeros((5, 2), dtype=bool)),
        (0, [["a", "b"]]),
        (0, [[1, 2], [3]]),
        (0, np.ma.masked_all((5, 2))),
        (-1, np.zeros((5, 2))),
        (0.5, np.zeros((5, 2))),
        (2**63, np.zeros((5, 2))),
    ],
)
def test_what_is_no_block_of_samples_is_refused_and_changes_nothing(first_sample, samples):
    samples_before = noise(600)
    engine = SignalEngine(SPEC)
    head = engine.push(0, samples_before[:300])
    with pytest.raises(SamplesError):
        engine.push(first_sample, samples)
    tail = [engine.push(300, samples_before[300:]), engine.finish()]
    assert_same(type(head).concatenate([head, *tail]), run(SPEC, [(0, samples_before)]))


def test_a_jump_of_more_than_an_hour_is_refused_and_changes_nothing():
    engine = SignalEngine(SPEC)
    engine.push(0, noise(100))
    before = engine.snapshot()
    hour = 3600 * 250
    with pytest.raises(JumpError):
        engine.push(100 + hour + 1, noise(10))
    within = np.full((hour + 2, 2), np.nan)
    with pytest.raises(JumpError):
        engine.push(100, np.concatenate([noise(50), within, noise(50)]))
    assert engine.snapshot() == before
    assert len(engine.push(100 + hour, noise(100))) > 0


def test_nothing_can_be_pushed_after_the_end():
    engine = SignalEngine(SPEC)
    engine.push(0, noise(105))
    assert len(engine.finish()) == 1
    assert len(engine.finish()) == 0
    with pytest.raises(SamplesError):
        engine.push(105, noise(10))


def test_a_window_is_emitted_with_its_last_sample_and_not_before():
    engine = SignalEngine(SPEC)
    assert len(engine.push(0, noise(12))) == 0  # samples 0 to 12 lie in the first 50 ms
    assert len(engine.push(12, noise(1))) == 1
    assert len(engine.push(13, noise(11))) == 0
    assert len(engine.push(24, noise(1))) == 1


def test_repeated_rows_are_counted():
    engine = SignalEngine(SPEC)
    engine.push(0, noise(100))
    engine.push(50, noise(100))
    engine.push(0, noise(20))
    assert engine.repeated_samples == 70
    assert engine.next_sample == 150


def test_the_callers_samples_are_left_alone():
    samples = noise(200)
    samples[3, 0] = np.inf
    kept = samples.copy()
    samples.flags.writeable = False
    run(SPEC, [(0, samples)])
    np.testing.assert_array_equal(samples, kept)


def test_lists_slices_and_other_memory_orders_are_taken_by_value():
    samples = noise(600)
    expected = run(SPEC, [(0, samples)])
    assert_same(run(SPEC, [(0, np.asfortranarray(samples))]), expected)
    assert_same(run(SPEC, [(0, np.repeat(samples, 2, axis=0)[::2])]), expected)
    assert_same(run(SPEC, [(0, samples.tolist())]), expected)


def test_a_gap_flags_the_windows_it_touches_and_settles_again():
    samples = noise(2000)
    windows = run(SPEC, [(0, samples[:1000]), (1030, samples[1030:])])
    gap = windows.flags & int(Flag.GAP) > 0
    touched = {1000 // 250 * 20 + 0, 1030 * 20 // 250}
    assert set(windows.index[gap.all(axis=1)]) == touched - {80}  # window 80 has no sample at all
    settling = windows.flags[windows.index == 1030 * 20 // 250 + 5] & int(Flag.SETTLING)
    assert settling.all()


def test_settling_lasts_until_the_slowest_pole_has_decayed_to_a_thousandth():
    windows = run(SPEC, [(0, noise(2000))])
    radius = np.abs(np.roots(scipy.signal.butter(2, 0.5, "high", fs=250)[1]))
    expected = int(np.ceil(np.log(0.001) / np.log(radius.max())))
    settling = (windows.flags[:, 0] & int(Flag.SETTLING)) > 0
    last = windows.index[settling][-1]
    assert last == (expected - 1) * 20 // 250


def test_the_first_windows_have_no_features_but_no_gap_either():
    windows = run(SPEC, [(0, noise(1000))])
    assert np.isnan(windows.features[0]).all()
    assert not (windows.flags & int(Flag.GAP)).any()
    alpha = windows.features[:, 0, windows.feature_names.index("alpha_power")]
    assert np.isnan(alpha[:19]).all()
    assert not np.isnan(alpha[19:]).any()


def test_a_flat_channel_is_flagged_its_features_are_absent_its_neighbour_is_not_touched():
    samples = noise(1500)
    samples[500:1000, 0] = 42.0
    windows = run(SPEC, [(0, samples)])
    inside = (windows.index >= 46) & (windows.index < 79)
    assert (windows.flags[inside, 0] & int(Flag.FLAT) > 0).all()
    assert np.isnan(windows.features[inside, 0]).all()
    assert (windows.quality[inside, 0] == 0).all()
    alone = run(StreamSpec("eeg", 250, ("Fp1", "Cz")), [(0, np.where([True, True], samples, 0))])
    np.testing.assert_array_equal(windows.features[:, 1], alone.features[:, 1])
    assert not (windows.flags[:, 1] & int(Flag.FLAT)).any()


def test_saturation_is_two_samples_at_the_end_of_the_range():
    spec = StreamSpec("eeg", 250, ("Fp1", "Cz"), adc_range=(-100.0, 100.0))
    samples = np.clip(noise(1500), -50, 50)
    samples[1000, 0] = 100.0
    samples[1200:1202, 0] = -100.0
    windows = run(spec, [(0, samples)])
    saturated = windows.index[windows.flags[:, 0] & int(Flag.SATURATED) > 0]
    assert list(saturated) == [96]


def test_samples_beyond_the_range_show_that_it_is_not_the_converters():
    samples = np.random.default_rng(4).normal(0, 20, (2000, 1))
    spec = StreamSpec("eeg", 250, ("Cz",), adc_range=(0.0, 10.0))
    assert not (run(spec, [(0, samples)]).flags & int(Flag.SATURATED)).any()
    samples[1000:1010] = 10.0
    assert (run(spec, [(0, samples)]).flags & int(Flag.SATURATED)).any()


@pytest.mark.parametrize("rate", [1, 3, 19.9, 20, 59, 66.6, 24414.0625, 50_000])
def test_any_rate_gives_every_sample_a_window(rate: float):
    spec = StreamSpec("acc", rate, ("x", "y", "z"), start_ns=-123_456_789_012_345)
    n_samples = min(int(rate * 20), 60_000)
    windows = run(spec, [(0, noise(n_samples, 3))])
    assert windows.n_samples.sum() == n_samples
    assert (np.diff(windows.index) > 0).all()


def test_three_hundred_channels_are_three_hundred_streams_side_by_side():
    samples = noise(700, 300)
    many = run(StreamSpec("ecog", 250, [f"c{i}" for i in range(300)]), [(0, samples)])
    for c in (0, 150, 299):
        one = run(StreamSpec("ecog", 250, (f"c{c}",)), [(0, samples[:, [c]])])
        np.testing.assert_array_equal(many.features[:, c], one.features[:, 0])
        np.testing.assert_array_equal(many.flags[:, c], one.flags[:, 0])


def test_an_accelerometer_at_rest_is_not_flat_and_one_that_shakes_moves():
    spec = StreamSpec("acc", 100, ("x", "y", "z"), line_hz=None)
    samples = np.round(np.random.default_rng(5).normal(size=(6000, 3)) * 0.002, 3)
    samples[:, 2] += 1.0  # gravity
    samples[3000:3200, 0] += np.sin(2 * np.pi * 3 * np.arange(200) / 100)
    windows = run(spec, [(0, samples)])
    assert not (windows.flags & int(Flag.FLAT)).any()
    motion = windows.flags & int(Flag.MOTION) > 0
    assert motion[600:640, 0].mean() > 0.8
    assert motion[100:590].mean() < 0.01


@pytest.mark.parametrize("rate", [50, 60, 66, 75, 100])
def test_muscle_is_only_seen_where_there_is_room_for_it(rate: int):
    samples = np.random.default_rng(6).normal(size=(rate * 60, 1)) * 10
    burst = slice(rate * 40, rate * 42)
    samples[burst, 0] += 100 * np.sin(2 * np.pi * 5 * np.arange(2 * rate) / rate)
    windows = run(StreamSpec("eeg", rate, ("Cz",), line_hz=None), [(0, samples)])
    assert not (windows.flags & int(Flag.MUSCLE)).any()
