from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import scipy.signal

from tests.transforms.report.windows_by_hand import at_rate, gap_free, pushes, windows_of
from transforms.engine import Flag, StreamSpec, WindowBatch
from transforms.report import ReportCollector
from transforms.report.frequencies import FrequencyGrid
from transforms.report.spectra import ALL_BELOW, Spectra, every_at


def spectra_of(
    spec: StreamSpec, samples: np.ndarray, batch: WindowBatch, cuts: list[int] | None = None
) -> Spectra | None:
    collector = ReportCollector(spec)
    for push in pushes(spec, samples, cuts or [], batch):
        collector.add(*push)
    return collector.summary().spectra


def clean(batch: WindowBatch) -> WindowBatch:
    return dataclasses.replace(batch, flags=np.zeros_like(batch.flags))


def grouped(samples: np.ndarray, rate: int) -> np.ndarray:
    """(n, c) of one second to (c, g), by scipy."""
    density = scipy.signal.welch(samples.T, rate, window="hann", nperseg=rate)[1]
    grid = FrequencyGrid.of_segment(rate, rate)
    spans = zip(grid.starts, grid.starts + grid.sizes, strict=True)
    return np.stack([density[:, a:b].mean(axis=1) for a, b in spans], axis=1)


@pytest.mark.parametrize("rate", [64, 125, 1000])
def test_a_spectrum_is_the_mean_periodogram_of_the_seconds_that_nothing_spoils(rate):
    spec = at_rate(rate)
    samples = gap_free(spec, 10 * rate + rate // 2)
    samples[:, 1] *= 10
    batch = clean(windows_of(spec, samples))
    batch.flags[70, 2] = Flag.BLINK  # in second 3
    batch.flags[130, 2] = Flag.LINE_NOISE  # spoils nothing
    found = spectra_of(spec, samples, batch, [333, 5 * rate])
    assert found is not None
    assert found.n_segments == 10
    assert found.n_clean.tolist() == [10, 10, 9]
    seconds = np.stack([grouped(samples[k * rate : (k + 1) * rate], rate) for k in range(10)])
    np.testing.assert_allclose(found.raw[:2], seconds.mean(axis=0)[:2], rtol=1e-4)
    unspoilt = np.delete(seconds, 3, axis=0).mean(axis=0)
    np.testing.assert_allclose(found.raw[2], unspoilt[2], rtol=1e-4)
    np.testing.assert_allclose(found.filtered[2], unspoilt[2] / 4, rtol=1e-4)  # half the amplitude


def test_a_spectrogram_shows_the_median_channel_flagged_or_not():
    spec = at_rate(100)
    samples = gap_free(spec, 500)
    samples[:, 1] *= 100
    batch = clean(windows_of(spec, samples))
    batch.flags[:] = Flag.MUSCLE
    found = spectra_of(spec, samples, batch)
    assert found is not None
    assert np.isnan(found.filtered).all()
    for k in range(5):
        density = grouped(samples[k * 100 : (k + 1) * 100] / 2, 100)
        expected = np.log10(np.median(density, axis=0))
        np.testing.assert_allclose(found.spectrogram[k], expected, atol=2e-3)


def test_a_sine_has_its_power_at_its_frequency():
    spec = StreamSpec("eeg", 200, ["A"])
    wave = np.sqrt(2) * 5 * np.sin(2 * np.pi * 12 * np.arange(2000) / 200)
    found = spectra_of(spec, wave[:, None], clean(windows_of(spec, wave[:, None])))
    assert found is not None
    at = int(found.raw[0].argmax())
    assert found.edges_hz[at] < 12 < found.edges_hz[at + 1]
    widths = np.diff(found.edges_hz)
    assert (found.raw[0] * widths)[at - 1 : at + 2].sum() == pytest.approx(25, rel=1e-3)


def test_seconds_with_absent_samples_are_left_out_on_their_channel():
    spec = at_rate(100)
    samples = gap_free(spec, 500)
    samples[120, 0] = np.nan
    samples[250:260] = np.nan
    found = spectra_of(spec, samples, clean(windows_of(spec, samples)))
    assert found is not None
    assert found.n_clean.tolist() == [3, 4, 4]
    assert found.n_segments == 4
    assert np.isnan(found.spectrogram[2]).all()


@pytest.mark.parametrize(("rate", "n_samples"), [(10, 500), (100, 99)])
def test_without_a_second_of_enough_samples_there_is_no_spectrum(rate, n_samples):
    spec = at_rate(rate)
    samples = gap_free(spec, n_samples)
    assert spectra_of(spec, samples, windows_of(spec, samples)) is None


def test_a_long_recording_is_sampled_evenly_and_no_column_is_empty():
    spec = at_rate(20, n_channels=1)
    samples = gap_free(spec, 20 * 2000)
    samples[20 * 1000 :] *= 3
    found = spectra_of(spec, samples, clean(windows_of(spec, samples)))
    assert found is not None
    assert found.n_segments == sum(k % every_at(1, k) == 0 for k in range(2000)) < 1000
    assert found.bin_s == 4
    assert np.isfinite(found.spectrogram).all()
    # Half of the time counts half, though fewer of its seconds were transformed.
    expected = (1 + 9) / 2 * 20**2 / 10
    assert found.raw[0, 2:-1].mean() == pytest.approx(expected, rel=0.1)


def test_all_seconds_of_the_first_minute_count():
    assert all(every_at(32, second) == 1 for second in range(ALL_BELOW))
    assert every_at(32, ALL_BELOW) == 32
    assert every_at(1, 86_400) == 256
