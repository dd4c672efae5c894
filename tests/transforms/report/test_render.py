from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time

import mne
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.report.pages import Page
from tests.transforms.report.windows_by_hand import at_rate, gap_free, pushes, windows_of
from transforms.engine import Flag, StreamSpec
from transforms.recordings import Marker
from transforms.report import ReportCollector, StreamReport, render_report


def report_of(spec: StreamSpec, samples: np.ndarray) -> StreamReport:
    collector = ReportCollector(spec)
    for push in pushes(spec, samples, [len(samples) // 2], windows_of(spec, samples)):
        collector.add(*push)
    return collector.summary()


def page_of(*streams: StreamReport, name: str = "a.edf", notes: tuple[str, ...] = ()) -> Page:
    return Page(html_of(*streams, name=name, notes=notes))


def html_of(*streams: StreamReport, name: str = "a.edf", notes: tuple[str, ...] = ()) -> str:
    return render_report(name, streams, code_version="9.8.7", notes=notes)


@pytest.fixture(scope="module")
def ordinary() -> StreamReport:
    spec = at_rate(160, n_channels=20, start_ns=1_250_000_000_000_000_000)
    samples = gap_free(spec, 6000)
    samples[1000:1100] = np.nan
    return report_of(spec, samples)


def test_a_page_says_what_was_recorded_how_long_and_how_good(ordinary):
    text = page_of(ordinary, name="S001R04.edf").text
    assert "S001R04.edf" in text
    assert "37.5 s of EEG" in text
    assert "20 channels, 160 samples a second, from 2009-08-11 14:13:20 UTC" in text
    assert "missing on all channels in 1 gap, 625 ms altogether (1.7 %)." in text
    counts = ordinary.per_channel
    clean = counts.unflagged.sum() / counts.n_windows / 20
    assert f"{clean * 100:.1f} % of all 50 ms windows" in text
    assert f"median quality is {counts.overall_quality:.2f}" in text
    assert "9.8.7" in text
    assert ordinary.parameter_version in text


def test_a_page_fetches_nothing(ordinary):
    html = html_of(ordinary)
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "object")
        for name in ("src", "href", "srcset", "xlink:href"):
            assert attributes.get(name, "data:").startswith(("data:", "#"))
    assert "http" not in html.replace("http-equiv", "")
    assert "url(" not in html
    assert "@import" not in html
    assert any("default-src 'none'" in meta.get("content", "") for meta in page.all("meta"))


def test_every_drawing_is_told_in_words(ordinary):
    page = page_of(ordinary)
    drawings = page.all("svg")
    told = [a["aria-label"] for a in page.all("div") if a.get("role") == "img"]
    assert len(drawings) == len(told) > 20
    assert all(svg["aria-hidden"] == "true" for svg in drawings)
    assert all(len(text) > 20 for text in told)
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    assert page.all("html")[0]["lang"] == "en"
    assert "width=device-width" in page.all("meta")[1]["content"]


def test_every_flag_that_occurs_is_in_the_legend_and_the_table(ordinary):
    text = page_of(ordinary).text
    for label in ("blink", "muscle", "line noise", "gap", "settling", "saturated"):
        assert text.count(label) >= 4  # table of kinds, two legends, flags over time


def test_a_page_says_how_it_is_cited(ordinary):
    text = page_of(ordinary).text
    assert f"Neural Engine, version 9.8.7, parameters {ordinary.parameter_version}." in text
    assert "high-passed at 0.5 Hz" in text


def test_without_markers_or_places_there_is_no_figure_of_them(ordinary):
    text = page_of(ordinary).text
    assert "Around markers" not in text
    assert "Where on the head" not in text  # E0, E1, ... are no sites
    assert "Spectrogram" in text


texts = st.text(min_size=1, max_size=80).filter(lambda name: name.strip())


@given(name=texts, channel=texts, note=texts)
@settings(max_examples=50, deadline=None)
def test_names_from_a_file_stay_text(name, channel, note):
    spec = StreamSpec("eeg", 100, [channel, "<script>alert(1)</script>" + channel])
    samples = gap_free(spec, 400)
    harmless = StreamSpec("eeg", 100, ["A", "B"])
    html = html_of(report_of(spec, samples), name=name, notes=(note,))
    expected = page_of(report_of(harmless, samples), notes=("a",))
    found = Page(html)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in expected.elements]
    html.encode("utf-8")
    assert "\0" not in html


@pytest.mark.parametrize(
    "mark", ['"><img src=x onerror=a>', "</style>", "{{ 7 * 7 }}", "'", "&lt;"]
)
def test_markup_in_names_is_shown_as_it_is_written(mark):
    spec = StreamSpec("eeg", 100, [mark])
    page = page_of(report_of(spec, gap_free(spec, 400)), name=mark, notes=(mark,))
    assert page.text.count(mark) >= 5
    assert {"title", "class"} >= {
        name for name in page.all("td")[-1] if name not in ("style", "data-label")
    }


def test_the_same_report_gives_the_same_bytes_in_every_process(ordinary):
    code = (
        "import hashlib\n"
        "from tests.transforms.report.test_render import at_rate, gap_free, html_of, report_of\n"
        "spec = at_rate(100, n_channels=5)\n"
        "html = html_of(report_of(spec, gap_free(spec, 1000)))\n"
        "print(hashlib.sha256(html.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "TZ": zone,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1
    assert html_of(ordinary) == html_of(ordinary)


def test_a_recording_without_windows_has_a_page():
    page = page_of(ReportCollector(at_rate(100)).summary())
    assert "empty" in page.text
    assert "nothing to judge" in page.text


def test_a_recording_without_streams_has_a_page():
    assert "no stream that could be read" in page_of(notes=("The file is empty.",)).text


@pytest.mark.parametrize("signal", ["eeg", "ecog", "lfp", "spikes", "emg", "ecg", "acc"])
def test_every_kind_of_signal_has_a_page(signal):
    spec = StreamSpec(signal, 1000, ["only"])
    page = page_of(report_of(spec, gap_free(spec, 3000)))
    assert "1 channel" in page.text
    assert "over time" in page.text


def test_channels_that_are_absent_or_constant_have_a_page():
    spec = at_rate(100)
    samples = gap_free(spec, 1000)
    samples[:, 0], samples[:, 1] = np.nan, 7.0
    page = page_of(report_of(spec, samples))
    assert "no samples" in page.text
    assert "nan" not in page.text.lower().replace("nanosecond", "")
    empty = Page(html_of(report_of(at_rate(100), np.full((100, 3), np.nan))))
    assert "No sample is present" in empty.text


def test_a_wide_recording_stays_small_and_quick():
    spec = at_rate(512, n_channels=256)
    report = report_of(spec, gap_free(spec, 20 * 512))
    costs = []
    for _ in range(3):
        before = time.process_time()
        html = html_of(report)
        costs.append(time.process_time() - before)
    assert len(html.encode()) < 3_000_000
    assert min(costs) < 1.5


def test_an_hour_of_64_channels_with_every_figure_is_a_small_page():
    names = mne.channels.make_standard_montage("biosemi64").ch_names
    spec = StreamSpec("eeg", 80, names)
    markers = [Marker(k * 4_000_000_000, 0, f"cue {k % 6}") for k in range(900)]
    block = gap_free(spec, 80 * 60)
    windows = windows_of(spec, block)
    windows.flags[:600] = 0
    collector = ReportCollector(spec, markers)
    for k in range(60):
        minute = dataclasses.replace(windows, index=windows.index + k * len(windows))
        collector.add(k * len(block), block, minute)
    html = html_of(collector.summary())
    assert len(html.encode()) < 3_000_000
    text = Page(html).text
    for heading in ("Spectrogram", "Spectrum before", "Where on the head", "Around markers"):
        assert heading in text
    assert text.count("150 in the recording") == 6


def test_many_streams_share_a_page_that_stays_small():
    spec = at_rate(600, n_channels=64)
    html = html_of(*[report_of(spec, gap_free(spec, 36_000))] * 8)
    assert len(html.encode()) < 3_000_000
    targets = {attributes.get("id") for _, attributes in Page(html).elements}
    assert {link["href"][1:] for link in Page(html).all("a")} <= targets


def test_a_verdict_follows_the_median_quality(ordinary):
    for quality, verdict in ((0.8, "mostly clean"), (0.79, "usable with care"), (0.49, "poor")):
        counts = dataclasses.replace(ordinary.per_channel, overall_quality=quality)
        assert (
            f"EEG, 20 channels: {verdict}"
            in page_of(dataclasses.replace(ordinary, per_channel=counts)).text
        )


def test_a_bad_channel_is_named():
    spec = StreamSpec("eeg", 100, ["Good", "Loose"])
    samples = gap_free(spec, 2000)
    batch = windows_of(spec, samples)
    flags = np.zeros_like(batch.flags)
    flags[:, 1] = Flag.POP
    quality = np.ones_like(batch.quality)
    collector = ReportCollector(spec)
    collector.add(0, samples, dataclasses.replace(batch, flags=flags, quality=quality))
    text = page_of(collector.summary()).text
    assert "One channel is bad more than half of the time: Loose." in text
    assert "most on Loose" in text
    assert "The most frequent flag is pop (50 % of windows" in text
