from __future__ import annotations

import datetime
import gzip
from fractions import Fraction

import numpy as np
import pytest
import pyxdf

from tests.transforms.recordings.fuzzing import assert_only_typed_errors
from tests.transforms.recordings.made_xdf import (
    channels_xml,
    clock_offset,
    footer,
    numeric_stream,
    stream_header,
    strings,
    write_xdf,
)
from tests.transforms.recordings.real_files import real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run, open_recording
from transforms.recordings.times import date_ns
from transforms.recordings.xdf.loader import load_xdf

AUTO = RecordingSettings()
MINIMAL = "raw_formats/xdf/minimal.xdf"
RESETS = "raw_formats/xdf/clock_resets.xdf"
EMPTY = "raw_formats/xdf/empty_streams.xdf"
OBCI = "raw_formats/eeglab/test.xdf"


def noise(n, n_channels=2, dtype="<f4", seed=0):
    return np.random.default_rng(seed).normal(0, 20, (n, n_channels)).astype(dtype)


def even(n, rate=100.0, start=500.0):
    return start + np.arange(n) / rate


def kinds(loaded):
    return [notice.kind for notice in loaded.notices]


def test_the_minimal_file_is_what_its_readme_says():
    loaded = load_xdf(real_file(MINIMAL), AUTO)
    (stream,) = loaded.streams
    assert (stream.signal, float(stream.sampling_rate)) == ("eeg", 10)
    assert stream.start_ns == 5_000_000_000  # 5.1, and the clock offset of -0.1
    assert stream.runs == (Run(0, 0, 9),)
    assert stream.samples.tolist()[0] == [192.0, 255.0, 238.0]
    assert stream.samples.tolist()[1:] == [
        [12.0 + i, 22.0 + i, 32.0 + i] for i in (0, 1, 2, 3, 0, 1, 2, 3)
    ]
    texts = [marker.description for marker in loaded.markers]
    assert texts[1:] == ["Hello", "World", "from", "LSL", "Hello", "World", "from", "LSL"]
    assert [m.start_ns for m in loaded.markers] == [5_100_000_000 + i * 10**8 for i in range(9)]
    assert set(kinds(loaded)) == {"unknown_start", "unit_missing"}


def test_clock_resets_are_two_runs_with_the_gap_of_the_restart():
    path = real_file(RESETS)
    loaded = load_xdf(path, AUTO)
    (stream,) = loaded.streams
    assert [(run.file_sample, run.n_samples) for run in stream.runs] == [
        (0, 12_876),
        (12_876, 14_939),
    ]
    streams, _ = pyxdf.load_xdf(path)  # its own removal of jitter has nothing to close here
    reference = next(s for s in streams if s["info"]["type"] == ["EEG"])
    rate = float(stream.sampling_rate)
    for run in stream.runs:
        at_s = stream.start_ns / 1e9 + run.first_sample / rate
        assert at_s == pytest.approx(reference["time_stamps"][run.file_sample], abs=1.0)
    np.testing.assert_array_equal(stream.samples, reference["time_series"])
    assert len(loaded.markers) == 175


def test_stamps_that_show_quite_another_rate_are_believed():
    loaded = load_xdf(real_file(RESETS), AUTO)
    (drift,) = [n.detail for n in loaded.notices if n.kind == "clock_drift"]
    assert "100 by its header" in drift
    assert float(loaded.streams[0].sampling_rate) == pytest.approx(92.93, abs=0.1)


def test_empty_streams_survive_and_are_told():
    loaded = load_xdf(real_file(EMPTY), AUTO)
    assert loaded.streams == ()
    assert sorted(kinds(loaded)) == ["channels_left_out", "empty_stream", "empty_stream"]
    (marker,) = loaded.markers
    assert marker.description == '{"state": 2}'
    # 8.3 s after the first measurement of a clock offset, when the recorder wrote its date.
    assert marker.start_ns / 1e9 == pytest.approx(1_738_282_877 + 8.3, abs=0.1)
    with pytest.raises(RecordingError) as refused:
        open_recording(real_file(EMPTY), AUTO)
    assert refused.value.reason is Reason.NO_SIGNAL


def test_a_jittering_stream_is_one_run_at_its_nominal_rate():
    loaded = load_xdf(real_file(OBCI), AUTO)
    (stream,) = loaded.streams
    assert (float(stream.sampling_rate), stream.runs) == (1000, (Run(0, 0, 9520),))
    assert "clock_jitter" in kinds(loaded)


@pytest.fixture
def many_streams(tmp_path):
    """Streams of several kinds and units, of an unknown kind, and without a rate."""

    def stream(number, values, kind, rate, labels=(), unit="", kinds=()):
        desc = channels_xml(labels, unit=unit, kinds=kinds) if labels else ""
        stamps = even(len(values), rate or 100)
        return numeric_stream(number, values, stamps, kind=kind, rate=rate, desc=desc)

    return write_xdf(
        tmp_path / "a.xdf",
        stream(1, noise(300), "EEG", 100, ["C3", "C4"], "microvolts"),
        stream(2, noise(300), "EEG", 100, ["C3", "TRIG"], "V"),
        stream(3, noise(150, 3), "Accelerometer", 50, ["x", "y", "z"], "m/s^2"),
        stream(4, noise(300), "ExG", 100, ["a", "b"], "mV", ["EMG", "ECG"]),
        stream(5, noise(300), "Gaze", 100),
        stream(6, noise(30), "EEG", 0),
    )


def test_every_stream_is_its_own_by_its_type(many_streams):
    loaded = load_xdf(str(many_streams), AUTO)
    found = [(s.signal, float(s.sampling_rate), s.channels) for s in loaded.streams]
    assert found == [
        ("eeg", 100, ("C3", "C4")),
        ("eeg", 100, ("C3",)),
        ("acc", 50, ("x", "y", "z")),
        ("emg", 100, ("a",)),
        ("ecg", 100, ("b",)),
    ]
    assert kinds(loaded).count("channels_left_out") == 3
    plans = open_recording(str(many_streams), AUTO).streams
    assert [plan.stream for plan in plans] == ["eeg0", "eeg1", "emg0", "ecg0", "acc0"]


def test_units_are_those_of_the_description(many_streams):
    streams = load_xdf(str(many_streams), AUTO).streams
    stored = noise(300).astype(float)
    np.testing.assert_array_equal(streams[0].samples, stored)
    np.testing.assert_array_equal(streams[1].samples, stored[:, :1] * 1e6)
    np.testing.assert_array_equal(streams[3].samples, stored[:, :1] * 1e3)
    assert streams[2].samples[0, 0] == pytest.approx(noise(150, 3)[0, 0] / 9.80665)


def test_labels_that_occur_twice_are_numbered(tmp_path):
    stream = numeric_stream(
        1, noise(200), even(200), kind="EEG", rate=100, desc=channels_xml(["Cz", "Cz"])
    )
    loaded = load_xdf(str(write_xdf(tmp_path / "a.xdf", stream)), AUTO)
    assert loaded.streams[0].channels == ("Cz-0", "Cz-1")
    assert "duplicate_labels" in kinds(loaded)


def test_a_pause_of_a_connection_is_a_gap_even_where_pyxdf_would_close_it(tmp_path):
    stamps = even(1000)
    stamps[600:] += 0.5
    stream = numeric_stream(1, noise(1000), stamps, kind="EEG", rate=100)
    (loaded,) = load_xdf(str(write_xdf(tmp_path / "a.xdf", stream)), AUTO).streams
    assert loaded.runs == (Run(0, 0, 600), Run(650, 600, 400))


def test_a_short_pause_is_a_delay_since_a_connected_stream_loses_nothing(tmp_path):
    stamps = even(1000)
    stamps[600:] += 0.1
    stream = numeric_stream(1, noise(1000), stamps, kind="EEG", rate=100)
    (loaded,) = load_xdf(str(write_xdf(tmp_path / "a.xdf", stream)), AUTO).streams
    assert loaded.runs == (Run(0, 0, 1000),)


def test_the_date_of_the_header_is_that_of_the_earliest_moment(tmp_path):
    stream = numeric_stream(1, noise(200), even(200), kind="EEG", rate=100)
    path = write_xdf(tmp_path / "a.xdf", stream, datetime="2026-03-01T10:00:00+0100")
    loaded = load_xdf(str(path), AUTO)
    date = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
    assert loaded.streams[0].start_ns == date_ns(date)
    assert "unknown_start" not in kinds(loaded)


def test_clock_offsets_bring_two_computers_together_and_markers_to_their_samples(tmp_path):
    header = stream_header(1, kind="EEG", n_channels=2, rate=100)
    offsets = b"".join(clock_offset(1, 500.0 + 5 * i, 1000.0) for i in range(4))
    values = numeric_stream(1, noise(2000), even(2000), kind="EEG", rate=100)[len(header) :]
    texts = stream_header(2, kind="Markers", n_channels=1, rate=0, dtype="string", name="m")
    texts += strings(2, [1501.0, 1500.5], ["late", "early"]) + footer(2)
    path = write_xdf(tmp_path / "a.xdf", header, offsets, values, texts)
    loaded = load_xdf(str(path), AUTO)
    start_ns = loaded.streams[0].start_ns
    assert start_ns == pytest.approx(1500 * 10**9, abs=1000)
    assert [m.description for m in loaded.markers] == ["early", "late"]
    assert [m.start_ns - start_ns for m in loaded.markers] == pytest.approx([5e8, 1e9], abs=1e4)


def test_markers_stay_beside_their_samples_when_the_rate_drifts(tmp_path):
    stamps = even(6000, rate=99.5)  # 0.3 s behind after a minute
    eeg = numeric_stream(1, noise(6000), stamps, kind="EEG", rate=100)
    texts = stream_header(2, kind="Markers", n_channels=1, rate=0, dtype="string")
    texts += strings(2, [stamps[5000]], ["here"]) + footer(2)
    loaded = load_xdf(str(write_xdf(tmp_path / "a.xdf", eeg, texts)), AUTO)
    (stream,), (marker,) = loaded.streams, loaded.markers
    assert stream.sampling_rate == 100
    assert (marker.start_ns - stream.start_ns) / 1e7 == pytest.approx(5000, abs=0.5)
    assert "clock_drift" in kinds(loaded)


def test_numbers_of_a_marker_stream_are_markers_too(tmp_path):
    codes = numeric_stream(2, np.array([[7], [9]], "<i4"), [500.1, 500.2], kind="Markers", rate=0)
    eeg = numeric_stream(1, noise(200), even(200), kind="EEG", rate=100)
    loaded = load_xdf(str(write_xdf(tmp_path / "a.xdf", eeg, codes)), AUTO)
    assert [m.description for m in loaded.markers] == ["7", "9"]


def test_a_file_cut_while_it_was_written_is_read_to_its_last_whole_chunk(tmp_path):
    stream = numeric_stream(1, noise(300), even(300), kind="EEG", rate=100, per_chunk=100)
    path = write_xdf(tmp_path / "a.xdf", stream)
    path.write_bytes(path.read_bytes()[:-700])
    loaded = load_xdf(str(path), AUTO)
    assert loaded.streams[0].runs == (Run(0, 0, 200),)
    assert "unclosed_file" in kinds(loaded)


def test_a_packed_file_is_read_and_a_bomb_is_not(tmp_path):
    stream = numeric_stream(1, noise(300), even(300), kind="EEG", rate=100)
    content = write_xdf(tmp_path / "a.xdf", stream).read_bytes()
    packed = tmp_path / "a.xdfz"
    packed.write_bytes(gzip.compress(content))
    assert len(load_xdf(str(packed), AUTO).streams[0].samples) == 300
    packed.write_bytes(gzip.compress(content + bytes(1_000_000)))
    with pytest.raises(RecordingError) as refused:
        load_xdf(str(packed), RecordingSettings(max_file_bytes=100_000))
    assert refused.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("signal", ["emg", "lfp"])
def test_the_kind_that_the_user_names_counts(tmp_path, signal):
    stream = numeric_stream(1, noise(200), even(200), kind="EEG", rate=100)
    path = str(write_xdf(tmp_path / "a.xdf", stream))
    (loaded,) = load_xdf(path, RecordingSettings(signal=signal, unit="mV")).streams
    assert loaded.signal == signal
    np.testing.assert_array_equal(loaded.samples, noise(200).astype(float) * 1e3)


@pytest.mark.parametrize("kind", ["", "data"])
def test_a_stream_that_does_not_say_what_it_is_is_what_the_user_says(tmp_path, kind):
    stream = numeric_stream(1, noise(200), even(200), kind=kind, rate=100)
    path = str(write_xdf(tmp_path / "a.xdf", stream))
    assert load_xdf(path, RecordingSettings()).streams == ()
    (loaded,) = load_xdf(path, RecordingSettings(signal="eeg")).streams
    assert loaded.signal == "eeg"


def test_rates_are_exact(tmp_path):
    stream = numeric_stream(1, noise(200), even(200, 128.5), kind="EEG", rate=128.5)
    (loaded,) = load_xdf(str(write_xdf(tmp_path / "a.xdf", stream)), AUTO).streams
    assert loaded.sampling_rate == Fraction(257, 2)


def test_a_damaged_file_is_read_or_refused(tmp_path):
    eeg = numeric_stream(
        1, noise(60), even(60), kind="EEG", rate=100, desc=channels_xml(["C3", "C4"]), per_chunk=10
    )
    texts = stream_header(2, kind="Markers", n_channels=1, rate=0, dtype="string")
    texts += strings(2, [500.1, 500.3], ["a", "b"]) + clock_offset(1, 500, 1) + footer(2)
    path = write_xdf(tmp_path / "a.xdf", eeg, texts, datetime="2026-03-01T10:00:00")
    outcomes = assert_only_typed_errors([path], 1000)
    assert outcomes["read"] > 50
    assert outcomes["unreadable"] > 50
