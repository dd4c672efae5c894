from __future__ import annotations

import pickle
import re
from collections.abc import Sequence

import mne
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings

from tests.transforms.engine.streams import Stream, streams
from tests.transforms.recordings.real_files import S001R04, real_file
from tests.transforms.report.pages import Page
from tests.transforms.report.test_collector import assert_same
from tests.transforms.report.test_intervals import one_by_one
from transforms.engine import Flag, SignalEngine, StreamSpec, WindowBatch
from transforms.recordings import Marker
from transforms.report import ReportCollector, StreamReport, render_report
from transforms.report.kinds import KINDS, SPOILS_POWER
from transforms.report.scalp_figures import scalp_maps
from transforms.report.spectra import every_at

OPENBCI = "openbci_gui_blinks_jaw_alpha/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"


def report_of(
    spec: StreamSpec, packets: list[tuple[int, np.ndarray]], markers: Sequence[Marker] = ()
) -> tuple[StreamReport, WindowBatch]:
    engine, collector, batches = SignalEngine(spec), ReportCollector(spec, markers), []
    for first, samples in packets:
        batches.append(engine.push(first, samples))
        collector.add(first, samples, batches[-1])
    batches.append(engine.finish())
    collector.add(0, np.zeros((0, spec.n_channels)), batches[-1])
    return collector.summary(), WindowBatch.concatenate(batches)


@given(streams())
@settings(max_examples=30, deadline=None)
def test_any_packets_through_the_engine_give_the_same_report(stream: Stream):
    whole, _ = report_of(stream.spec, [(0, stream.samples)])
    pieces, _ = report_of(stream.spec, stream.packets)
    assert_same(pieces, whole)
    Page(render_report("x", [whole], code_version="1"))


@pytest.fixture(scope="module")
def s001r04() -> tuple[StreamReport, WindowBatch, np.ndarray]:
    raw = mne.io.read_raw_edf(real_file(S001R04), preload=True, verbose="error")
    samples = raw.get_data().T * 1e6
    spec = StreamSpec("eeg", 160, raw.ch_names, line_hz=60)
    packets = [(at, samples[at : at + 3200]) for at in range(0, len(samples), 3200)]
    return *report_of(spec, packets, markers_of(raw)), samples


def markers_of(raw: mne.io.BaseRaw) -> list[Marker]:
    return [
        Marker(round(found["onset"] * 1e9), 0, str(found["description"]))
        for found in raw.annotations
    ]


def test_a_real_recording_is_told_as_the_engine_saw_it(s001r04):
    report, windows, samples = s001r04
    assert report.per_channel.n_windows == len(windows)
    for k, kind in enumerate(KINDS):
        flagged = (windows.flags & kind.flag != 0).sum(axis=0)
        np.testing.assert_array_equal(report.per_channel.flagged[k], flagged)
    shown = list(report.shown)
    highest = np.nanmax(report.over_time.raw_high, axis=0)
    np.testing.assert_array_equal(highest, samples[:, shown].max(axis=0).astype(np.float32))
    lowest = np.nanmin(report.over_time.filtered_low, axis=0)
    expected = np.nanmin(windows.filtered, axis=0)[shown].astype(np.float32)
    np.testing.assert_array_equal(lowest, expected)
    excerpt = report.excerpt
    assert excerpt is not None
    first = round(excerpt.start_s * 160)
    rows = slice(first, first + 1600)
    kept = windows.filtered[rows][:, excerpt.channels].astype(np.float32)
    np.testing.assert_array_equal(excerpt.filtered, kept)


def test_alpha_of_a_real_head_is_strongest_at_its_back(s001r04):
    report, _, _ = s001r04
    assert report.directions is not None
    assert np.isfinite(report.directions).all()  # "Fc5." and "T10." are found
    alpha = report.over_time.channel_trend[:, report.over_time.trend_names.index("alpha_power")]
    front = report.directions[:, 1]
    assert alpha[front < -0.7].mean() > 1.5 * alpha[front > 0.3].mean()
    maps = scalp_maps(report)
    assert maps is not None
    assert maps.n_placed == 64
    most = re.search(r"most on (\w+)", maps.large.alternative)
    assert most is not None
    assert most[1] in {"O1", "Oz", "O2", "Iz", "Po3", "Poz", "Po4", "Po7", "Po8"}


def test_alpha_and_beta_decrease_where_a_real_hand_is_imagined(s001r04):
    report, _, _ = s001r04
    averages = {average.description: average for average in report.marker_locked.averages}
    assert {text: average.n_markers for text, average in averages.items()} == {
        "T0": 15,
        "T1": 8,
        "T2": 7,
    }
    names = [name.strip(".").upper() for name in report.spec.channels]
    left = [names.index(name) for name in ("FC3", "C5", "C3", "C1", "CP3")]
    # The right fist, so the left half of the brain; and a rebound when it is over.
    assert (averages["T2"].response[[2, 3]][:, left] * 10).mean() < -0.8
    assert (averages["T0"].response[[2, 3]][:, left] * 10).mean() > 0.4
    assert report.marker_locked.trend_names[2:4] == ("alpha_power", "beta_power")


def test_the_spectra_of_a_real_recording_are_those_of_scipy(s001r04):
    report, windows, samples = s001r04
    spectra = report.spectra
    assert spectra is not None
    at = report.spec.channels.index("O1..")
    spoilt = (windows.flags[:, at] & np.uint32(SPOILS_POWER) != 0).reshape(-1, 20).any(axis=1)
    used = [k for k in range(125) if k % every_at(4, k) == 0 and not spoilt[k]]
    weights = [every_at(4, k) for k in used]
    seconds = np.stack([samples[k * 160 : (k + 1) * 160, at] for k in used])
    density = scipy.signal.welch(seconds, 160, window="hann", nperseg=160)[1]
    expected = np.average(density, axis=0, weights=weights)[1:]
    np.testing.assert_allclose(spectra.raw[at], expected, rtol=1e-3)
    assert spectra.n_clean[at] == len(used)


def test_a_real_recording_has_a_small_page(s001r04):
    report, _, _ = s001r04
    html = render_report("S001R04.edf", [report], code_version="1")
    assert len(pickle.dumps(report)) < 1_000_000
    assert len(html) < 1_000_000
    text = Page(html).text
    assert "125 s of EEG" in text
    assert "64 channels, 160 samples a second" in text
    assert "No sample is missing" in text
    for heading in ("Spectrogram", "Spectrum before and after", "Where on the head", "Around"):
        assert heading in text
    assert "8 in the recording, up to 8 averaged" in text
    assert "How to cite" in text
    assert "high gamma 70\N{EN DASH}150 Hz. The sampling rate is too low" in text


def test_flagged_intervals_of_a_real_recording_are_those_of_the_engine():
    rows = np.genfromtxt(real_file(OPENBCI), delimiter=",", comments="%", skip_header=5)
    samples = rows[np.isfinite(rows[:, 1]), 1:9]
    spec = StreamSpec("eeg", 250, [f"EXG {k}" for k in range(8)], line_hz=60)
    report, windows = report_of(spec, [(0, samples)])
    for kind, found in zip(KINDS, report.flagged, strict=True):
        n_channels = (windows.flags & kind.flag != 0).sum(axis=1).tolist()
        flagged = dict(zip(windows.index.tolist(), n_channels, strict=True))
        expected = one_by_one({window: n for window, n in flagged.items() if n})
        assert found.count == len(expected)
        assert set(found.longest) <= set(expected)
    assert any(
        interval.start / 20 < 20 for interval in report.flagged[_position(Flag.BLINK)].longest
    )
    page = Page(render_report("x", [report], code_version="1"))
    told = [a["aria-label"] for a in page.all("div") if a.get("role") == "img"]
    assert any(text.startswith("EXG 0: raw") and "blink" in text for text in told)


def _position(flag: Flag) -> int:
    return [kind.flag for kind in KINDS].index(flag)
