from __future__ import annotations

import numpy as np

from tests.transforms.report.windows_by_hand import gap_free, windows_of
from transforms.engine import StreamSpec, profile_for
from transforms.report import ReportCollector
from transforms.report.citation import citation, methods


def methods_of(spec: StreamSpec) -> str:
    samples = gap_free(spec, 3 * int(spec.sampling_rate))
    collector = ReportCollector(spec)
    collector.add(0, samples, windows_of(spec, samples))
    return methods(collector.summary(), "9.8.7")


def test_a_citation_names_all_that_the_numbers_depend_on():
    text = citation("9.8.7", ["eeg-1-abc", "acc-1-def"])
    assert "version 9.8.7, parameters eeg-1-abc and acc-1-def." in text
    assert "docs/features.md" in text


def test_methods_tell_filters_look_backs_and_versions():
    text = methods_of(StreamSpec("eeg", 500, ["A", "B"], line_hz=60))
    assert "EEG of 2 channels, sampled at 500 Hz" in text
    assert profile_for("eeg").parameter_version in text
    assert "high-passed at 0.5 Hz (Butterworth, order 2)" in text
    assert "notched at 60 Hz and its harmonics up to 225 Hz (Q 30)" in text
    assert "alpha 8\N{EN DASH}13 Hz (1 s), beta 13\N{EN DASH}30 Hz (0.5 s)" in text


def test_methods_say_nothing_of_stages_that_are_left_out():
    slow = methods_of(StreamSpec("eeg", 100, ["A"], line_hz=50))
    assert "notched" not in slow
    alone = methods_of(StreamSpec("eeg", 160, ["A"], line_hz=60))
    assert "notched at 60 Hz (Q 30)" in alone  # 120 Hz is above what the rate allows
    assert "notched" not in methods_of(StreamSpec("eeg", 500, ["A"], line_hz=None))
    rates = methods_of(StreamSpec("ecg", 200, ["A"]))
    assert "The features followed are heart rate" in rates


def test_a_stream_without_samples_has_methods():
    text = methods(ReportCollector(StreamSpec("eeg", 100, ["A"])).summary(), "1")
    assert "Spectra" not in text
    assert not np.char.find(text, "nan") >= 0
