"""Promise 4: filtered samples are one sosfilt a run, features are their written-out formulas."""

from __future__ import annotations

from fractions import Fraction

import antropy
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings

from tests import recordings
from tests.transforms.engine import reference
from tests.transforms.engine.streams import Stream, run, streams
from transforms.engine import Flag, StreamSpec, WindowBatch

RELATIVE = 1e-9


def assert_features_equal_reference(
    spec: StreamSpec, samples: np.ndarray, windows: WindowBatch, picked: np.ndarray
) -> int:
    """Compares the windows numbered `picked`; returns how many values were numbers."""
    sos = reference.sections(spec.sampling_rate_hz, spec.line_hz)
    paths = {name: reference.filtered(samples, part) for name, part in sos.items()}
    n_numbers = 0
    for w in picked:
        end = reference.end_of(spec, int(windows.index[w]))
        for c in range(spec.n_channels):
            expected = reference.features({k: v[:, c] for k, v in paths.items()}, end, spec)
            if windows.flags[w, c] & Flag.FLAT:
                expected = {}
            for f, name in enumerate(windows.feature_names):
                found, right = windows.features[w, c, f], expected.get(name, np.nan)
                np.testing.assert_allclose(found, right, rtol=RELATIVE, err_msg=f"{name} {w} {c}")
                n_numbers += not np.isnan(found)
    return n_numbers


@settings(max_examples=80, deadline=None)
@given(stream=streams())
def test_filtered_samples_are_one_sosfilt_over_each_unbroken_run(stream: Stream):
    spec = StreamSpec("eeg", stream.spec.sampling_rate, stream.spec.channels, line_hz=50)
    windows = run(spec, stream.packets)
    sos = reference.sections(spec.sampling_rate_hz, 50)["main"]
    expected = reference.filtered(stream.samples, sos)
    there = np.isfinite(stream.samples).any(axis=1)
    np.testing.assert_array_equal(windows.filtered, expected[there])


@settings(max_examples=80, deadline=None)
@given(stream=streams())
def test_every_present_row_is_counted_in_the_window_of_its_time(stream: Stream):
    windows = run(stream.spec, stream.packets)
    there = np.flatnonzero(np.isfinite(stream.samples).any(axis=1))
    expected = [reference.window_of(stream.spec, int(n)) for n in there]
    np.testing.assert_array_equal(np.repeat(windows.index, windows.n_samples), expected)
    np.testing.assert_array_equal(windows.start_ns, windows.index * 50_000_000)


@settings(max_examples=40, deadline=None)
@given(stream=streams(rates=(12, 100, 125, 128, 128.5, 160, 250, 256, 1000, Fraction(1000, 3))))
def test_features_equal_their_formulas_on_any_stream(stream: Stream):
    samples = stream.samples + np.random.default_rng(0).normal(size=stream.samples.shape)
    spec = StreamSpec(
        "eeg", stream.spec.sampling_rate, stream.spec.channels, stream.spec.start_ns, line_hz=50
    )
    windows = run(spec, [(0, samples)])
    picked = np.unique(np.linspace(0, max(0, len(windows) - 1), 12).astype(int))
    assert_features_equal_reference(spec, samples, windows, picked[: len(windows)])


@pytest.mark.parametrize(
    ("rate_of", "start_ns"),
    [(None, 0), (None, 1_250_000_007), ("125", 3), ("128.5", 0), ("500/3", 17)],
)
def test_every_feature_equals_its_formula_on_openbci(rate_of: str | None, start_ns: int):
    samples, own_rate, names = recordings.openbci()
    rate = Fraction(rate_of or str(own_rate))  # the same samples, taken as if at another rate
    spec = StreamSpec("eeg", rate, names, start_ns=start_ns, line_hz=60 if rate > 140 else 50)
    windows = run(spec, [(0, samples[:6000])])
    n = assert_features_equal_reference(
        spec, samples[:6000], windows, np.arange(0, len(windows), 23)
    )
    assert n > 1000


@pytest.mark.parametrize("name", ["S001R01_first60s", "S001R02_first60s", "S001R04"])
def test_every_feature_equals_its_formula_on_physionet(name: str):
    samples, rate, names = recordings.physionet(name)
    spec = StreamSpec("eeg", rate, names, start_ns=1_250_093_700_000_000_000, line_hz=60)
    windows = run(spec, [(0, samples[: 160 * 20])])
    n = assert_features_equal_reference(
        spec, samples[: 160 * 20], windows, np.arange(0, len(windows), 57)
    )
    assert n > 1000


@pytest.mark.parametrize(
    ("signal", "order", "cutoff_hz", "line_hz"),
    [("emg", 4, 20, 50), ("spikes", 2, 250, 50), ("ecg", 2, 0.5, 50), ("acc", 2, 0.5, None)],
)
def test_each_kind_has_the_filters_of_its_profile(
    signal: str, order: int, cutoff_hz: float, line_hz: int | None
):
    samples = np.random.default_rng(7).normal(size=(4000, 2)).cumsum(axis=0)
    windows = run(StreamSpec(signal, 1000, ("a", "b"), line_hz=50), [(0, samples)])
    sos = scipy.signal.butter(order, cutoff_hz, "highpass", fs=1000, output="sos")
    for harmonic in range(50, 251, 50) if line_hz else ():
        sos = np.concatenate([sos, np.concatenate(scipy.signal.iirnotch(harmonic, 30, 1000))[None]])
    np.testing.assert_array_equal(windows.filtered, reference.filtered(samples, sos))


def test_the_features_of_emg_equal_their_formulas_on_a_real_recording():
    path = recordings.recording("biosppy/emg.txt")
    samples = np.loadtxt(path, comments="#").reshape(-1, 1)[:20_000]
    windows = run(StreamSpec("emg", 1000, ("arm",)), [(0, samples)])
    compared = 0
    for w in range(100, 400, 13):
        x = windows.filtered[50 * (w + 1) - 1000 : 50 * (w + 1), 0]
        mobility, complexity = antropy.hjorth_params(x)
        expected = {
            "rms": np.sqrt((x**2).mean()),
            "log_variance": np.log(x.var()),
            "line_length": np.abs(np.diff(x)).sum(),
            "mean_absolute": np.abs(x).mean(),
            "hjorth_mobility": mobility,
            "hjorth_complexity": complexity,
            "median_frequency": reference.edge(x[-500:], 1000, 20, 200, 0.5),
        }
        for name, right in expected.items():
            found = windows.features[w, 0, windows.feature_names.index(name)]
            np.testing.assert_allclose(found, right, rtol=RELATIVE, err_msg=name)
            compared += 1
    assert compared == 7 * 24


@pytest.mark.parametrize("rate", [100, 160, 1000])
def test_a_gap_of_whole_windows_restarts_the_filters_too(rate: int):
    samples = np.random.default_rng(8).normal(size=(rate * 6, 2)).cumsum(axis=0)
    samples[rate * 3 : rate * 3 + rate // 2] = np.nan  # from a window's border to another's
    spec = StreamSpec("eeg", rate, ("Fp1", "Cz"))
    there = ~np.isnan(samples[:, 0])
    windows = run(spec, [(0, samples)])
    expected = reference.filtered(samples, reference.sections(rate, 50)["main"])
    np.testing.assert_array_equal(windows.filtered, expected[there])
    assert_features_equal_reference(spec, samples, windows, np.arange(len(windows)))
    after = windows.index >= 70
    assert (windows.flags[after][:10] & int(Flag.SETTLING) > 0).all()
