from __future__ import annotations

import dataclasses

import numpy as np

from tests.transforms.report.windows_by_hand import gap_free, windows_of
from transforms.engine import WINDOW_NS, StreamSpec
from transforms.recordings import Marker
from transforms.report import ReportCollector, StreamReport
from transforms.report.marker_figures import look_backs, marker_figures, ticks

NAMES = ("Fp1", "Fp2", "C3", "C4", "P3", "P4", "O1", "O2", "Cz", "X")


def report_of(signal: str, feature: str, before: float, after: float) -> StreamReport:
    """Ten markers, 8 s apart; for 5 s after each, a feature of the third channel is another."""
    spec = StreamSpec(signal, 100, NAMES)
    samples = gap_free(spec, 9000)
    batch = windows_of(spec, samples)
    onsets = [60 + 160 * k for k in range(10)]
    features = np.full_like(batch.features, before)
    for onset in onsets:
        features[onset : onset + 100, 2, batch.feature_names.index(feature)] = after
    batch = dataclasses.replace(batch, features=features, flags=np.zeros_like(batch.flags))
    markers = [Marker(onset * WINDOW_NS, 0, "<left> fist") for onset in onsets]
    collector = ReportCollector(spec, markers)
    collector.add(0, samples, batch)
    return collector.summary()


def test_a_halved_power_is_minus_three_decibels_on_its_channel():
    (figure,) = marker_figures(report_of("eeg", "alpha_power", 10.0, 5.0))
    assert figure.title == "<left> fist"
    assert figure.count == "10 in the recording, up to 10 averaged"
    panel = next(panel for panel in figure.panels if panel.name.startswith("alpha"))
    assert "C3 in orange" in panel.name
    assert "C3 \N{MINUS SIGN}3.01 ± 0 dB" in panel.alternative
    assert "mean of channels \N{MINUS SIGN}0.301 ± 0 dB" in panel.alternative
    assert figure.reach == "±3.01 dB"


def test_a_map_shows_where_power_changes():
    (figure,) = marker_figures(report_of("eeg", "alpha_power", 10.0, 5.0))
    alpha, beta = figure.maps
    assert "from \N{MINUS SIGN}3.01 dB on C3" in alpha.alternative
    assert "<image" in alpha.drawing
    assert beta.name.endswith("±1 dB")  # nothing changes: not blown up


def test_rates_change_in_their_own_unit():
    (figure,) = marker_figures(report_of("spikes", "spike_rate_hz", 10.0, 14.0))
    panel = next(panel for panel in figure.panels if panel.name.startswith("spike"))
    assert "C3 4 ± 0 Hz" in panel.alternative
    assert "±4 Hz" in panel.name
    assert not figure.maps
    assert not figure.reach


def test_the_marker_is_a_quarter_into_the_curve():
    assert {label: at for at, label in ticks()}["0 s"] == 0.25


def test_the_page_says_how_far_back_each_value_reaches():
    assert (
        look_backs(report_of("eeg", "alpha_power", 10.0, 5.0))
        == "0.5 s beta, gamma and high gamma, 1 s theta and alpha, 2 s delta"
    )
    assert look_backs(report_of("ecg", "heart_rate_bpm", 60.0, 70.0)) == (
        "10 s heart rate, 60 s RMSSD and SDNN"
    )
