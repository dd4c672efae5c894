from __future__ import annotations

import dataclasses
import re

import numpy as np

from tests.transforms.report.windows_by_hand import gap_free, windows_of
from transforms.engine import Flag, StreamSpec
from transforms.report import ReportCollector, StreamReport
from transforms.report.spectra import Spectra
from transforms.report.spectrum_figures import (
    channel_spectra,
    median_spectrum,
    relative_spectrogram,
    spectrogram,
)

RATE = 200


def report_of(samples: np.ndarray, filtered: np.ndarray | None = None) -> StreamReport:
    names = [f"E{k}" for k in range(samples.shape[1])]
    spec = StreamSpec("eeg", RATE, names)
    batch = windows_of(spec, samples)
    batch = dataclasses.replace(
        batch,
        flags=np.zeros_like(batch.flags),
        filtered=samples if filtered is None else filtered,
    )
    collector = ReportCollector(spec)
    collector.add(0, samples, batch)
    return collector.summary()


def spectra_of(report: StreamReport) -> Spectra:
    assert report.spectra is not None
    return report.spectra


def noise(seconds: int, n_channels: int = 2) -> np.ndarray:
    return gap_free(StreamSpec("eeg", RATE, [str(k) for k in range(n_channels)]), seconds * RATE)


def hum(n: int) -> np.ndarray:
    return 200 * np.sin(2 * np.pi * 50 * np.arange(n) / RATE)[:, None]


def test_what_the_filter_takes_is_told_in_decibel():
    clean = noise(20)
    report = report_of(clean + hum(len(clean)), clean)
    plot = median_spectrum(report, spectra_of(report))
    assert plot is not None
    told = re.search(r"the filter takes (\d+\.?\d*) dB at 50 Hz", plot.alternative)
    assert told is not None
    assert 30 < float(told[1]) < 50


def test_the_median_spectrum_tells_each_band():
    report = report_of(noise(20))
    plot = median_spectrum(report, spectra_of(report))
    assert plot is not None
    assert [name for _, _, name in plot.bands] == ["delta", "theta", "alpha", "beta", "gamma"]
    densities = dict(re.findall(r"(\w+) (\d+\.?\d*)", plot.alternative))
    for band in ("theta", "alpha", "beta"):
        assert 3.2 < float(densities[band]) < 4.8  # white noise of 20 uV: 400 / 100 uV^2/Hz
    assert "takes" not in plot.alternative


def test_each_channel_has_a_small_plot_on_the_same_axes():
    samples = noise(10, 3)
    samples[:, 2] *= 30
    report = report_of(samples)
    panels = channel_spectra(report, spectra_of(report), [2, 0])
    assert [panel.name for panel in panels] == ["E2", "E0"]
    heights = [np.mean([int(y) for y in re.findall(r"[ML]\d+ (\d+)", p.drawing)]) for p in panels]
    assert heights[0] < heights[1] - 20  # larger is higher


def test_a_channel_that_is_never_clean_says_so():
    spec = StreamSpec("eeg", RATE, ["A", "B"])
    samples = noise(5)
    batch = windows_of(spec, samples)
    flags = np.zeros_like(batch.flags)
    flags[:, 1] = Flag.FLAT
    collector = ReportCollector(spec)
    collector.add(0, samples, dataclasses.replace(batch, flags=flags))
    report = collector.summary()
    panel = channel_spectra(report, spectra_of(report), [1])[0]
    assert panel.alternative == "B: no clean second"
    flags[:] = Flag.FLAT
    collector = ReportCollector(spec)
    collector.add(0, samples, dataclasses.replace(batch, flags=flags))
    report = collector.summary()
    assert median_spectrum(report, spectra_of(report)) is None


def test_a_burst_is_seen_in_its_column():
    samples = noise(30)
    samples[12 * RATE : 13 * RATE] *= 10
    report = report_of(samples)
    plot = relative_spectrogram(report, spectra_of(report))
    assert re.search(r"most above it, (1\d|2\d)\.?\d* dB, at 12 s", plot.alternative)
    absolute = spectrogram(report, spectra_of(report))
    assert "30 s across" in absolute.alternative
    assert absolute.down[0][0] > absolute.down[-1][0]  # high frequencies above
    assert str(absolute.drawing).startswith("data:image/png;base64,")
