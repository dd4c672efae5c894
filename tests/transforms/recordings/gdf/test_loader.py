from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.recordings.made_gdf import (
    FLOAT32,
    FLOAT64,
    INT16,
    INT24,
    INT32,
    METRE_PER_S2,
    MICROVOLT,
    MILLIVOLT,
    OHM,
    MadeGdfChannel,
    write_gdf,
)
from tests.transforms.recordings.real_files import GDF_ECG, real_file
from transforms.recordings import RecordingSettings, Run
from transforms.recordings.gdf.loader import load_gdf

AUTO = RecordingSettings()
RNG = np.random.default_rng(4)
NOISE = RNG.integers(-3000, 3000, 1000)


def test_the_real_ecg_is_read_by_its_label_and_unit():
    path = real_file(GDF_ECG)
    recording = load_gdf(path, AUTO)
    (stream,) = recording.streams
    assert (stream.signal, stream.channels) == ("ecg", ("ECG",))
    assert stream.sampling_rate == 150
    # Stored as 32-bit floats of millivolts behind two headers of 256 bytes.
    by_hand = np.fromfile(path, "<f4", count=4500, offset=512).astype(float) * 1e3
    np.testing.assert_allclose(stream.samples[:, 0], by_hand, rtol=1e-6, atol=1e-6)
    volts = mne.io.read_raw_gdf(path, verbose="error").get_data()
    np.testing.assert_allclose(stream.samples, volts.T * 1e6, rtol=1e-9, atol=1e-9)
    assert stream.adc_range is None  # the range of floats is no converter's
    assert [notice.kind for notice in recording.notices] == ["unknown_start"]
    assert recording.markers == ()


@pytest.mark.parametrize("version", ["1.25", "2.10"])
def test_channels_of_one_rate_are_what_mne_reads(tmp_path: Path, version):
    unit = MICROVOLT if version == "1.25" else MILLIVOLT  # MNE takes mV of version 1 for V
    channels = [
        MadeGdfChannel("EEG-Fz", NOISE, 100),
        MadeGdfChannel("EOG-left", NOISE[::-1], 100, unit=unit),
    ]
    path = write_gdf(tmp_path / "a.gdf", channels, version=version)
    (stream,) = load_gdf(str(path), AUTO).streams
    volts = mne.io.read_raw_gdf(path, verbose="error").get_data()
    np.testing.assert_allclose(stream.samples, volts.T * 1e6, rtol=1e-9, atol=1e-9)
    assert stream.channels == ("EEG-Fz", "EOG-left")


def test_each_channel_keeps_its_own_rate(tmp_path: Path):
    channels = [
        MadeGdfChannel("Fz", NOISE, 200),
        MadeGdfChannel("Cz", NOISE[:640], 128),
        MadeGdfChannel("EMG", NOISE[:500], 100),
    ]
    path = write_gdf(tmp_path / "a.gdf", channels, record_s=(2, 1))
    streams = load_gdf(str(path), AUTO).streams
    assert [(s.channels, s.sampling_rate) for s in streams] == [
        (("Fz",), Fraction(100)),
        (("Cz",), Fraction(64)),
        (("EMG",), Fraction(50)),
    ]
    for stream, channel in zip(streams, channels, strict=True):
        np.testing.assert_allclose(stream.samples[:, 0], channel.digital * 0.1, atol=1e-9)


@pytest.mark.parametrize("stored", [INT16, INT24, INT32, FLOAT32, FLOAT64])
def test_all_stored_types_are_read(tmp_path: Path, stored):
    channel = MadeGdfChannel("Fz", NOISE, 100, stored=stored, physical=(-32768, 32767))
    path = write_gdf(tmp_path / "a.gdf", [channel, MadeGdfChannel("Cz", NOISE, 100)])
    (stream,) = load_gdf(str(path), AUTO).streams
    np.testing.assert_array_equal(stream.samples[:, 0], NOISE)


def test_overflows_are_absent_and_the_ends_of_the_range_are_kept(tmp_path: Path):
    digital = np.array([-2001, -2000, 0, 2000, 2001] * 20)
    made = MadeGdfChannel("Fz", digital, 100, physical=(-700, 700.3), digital_range=(-2000, 2000))
    path = write_gdf(tmp_path / "a.gdf", [made])
    (stream,) = load_gdf(str(path), AUTO).streams
    five = stream.samples[:5, 0]
    assert np.isnan(five).tolist() == [True, False, False, False, True]
    assert stream.adc_range == ((five[1], five[3]),)  # to the last bit


def test_units_that_are_no_voltage_are_left_out_and_acceleration_is_in_g(tmp_path: Path):
    channels = [
        MadeGdfChannel("Fz", NOISE, 100),
        MadeGdfChannel("Imp", NOISE, 100, unit=OHM),
        MadeGdfChannel("ACC x", NOISE, 100, unit=METRE_PER_S2),
        MadeGdfChannel("Pz", NOISE, 100, unit=0),
    ]
    recording = load_gdf(str(write_gdf(tmp_path / "a.gdf", channels)), AUTO)
    eeg, acc = recording.streams
    assert (eeg.channels, acc.channels) == (("Fz", "Pz"), ("ACC x",))
    np.testing.assert_allclose(acc.samples[:, 0], NOISE * 0.1 / 9.80665)
    kinds = [notice.kind for notice in recording.notices]
    assert kinds == ["unknown_start", "channels_left_out", "unit_missing"]


def test_events_are_markers_with_code_and_name(tmp_path: Path):
    events = [(1, 0x0300, 0, 0), (301, 0x0301, 0, 50), (401, 0x8301, 2, 0), (9, 0x7FFF, 1, 0)]
    channels = [MadeGdfChannel("C3", NOISE, 100), MadeGdfChannel("C4", NOISE, 100)]
    path = write_gdf(tmp_path / "a.gdf", channels, events=events, event_rate_hz=200)
    trial, cue, end = load_gdf(str(path), AUTO).markers
    assert (trial.start_ns, trial.description) == (0, "0x0300 trial start")
    assert (cue.start_ns, cue.duration_ns) == (1_500_000_000, 250_000_000)
    assert cue.description == "0x0301 cue: left hand"
    assert (end.description, end.channels) == ("0x8301 end of cue: left hand", ("C4",))


def test_a_new_segment_is_a_pause_and_moves_what_follows(tmp_path: Path):
    events = [(1, 0x7FFE, 0, 0), (401, 0x7FFE, 0, 0), (401, 0x0302, 0, 0), (400, 0x0301, 0, 0)]
    path = write_gdf(
        tmp_path / "a.gdf", [MadeGdfChannel("C3", NOISE, 100)], events=events, event_rate_hz=100
    )
    recording = load_gdf(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 400), Run(500, 400, 600))
    times = {marker.description[:6]: marker.start_ns for marker in recording.markers}
    assert times == {"0x0302": 5_000_000_000, "0x0301": 3_990_000_000}
    assert "unknown_pause" in [notice.kind for notice in recording.notices]


def test_an_unclosed_file_has_its_whole_records(tmp_path: Path):
    channel = MadeGdfChannel("Fz", NOISE, 100)
    path = write_gdf(tmp_path / "a.gdf", [channel], n_records_said=-1, with_table=False)
    path.write_bytes(path.read_bytes()[:-51])
    recording = load_gdf(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 900),)
    assert [notice.kind for notice in recording.notices] == ["unclosed_file", "unknown_start"]


@given(
    low=st.integers(-30000, -1), high=st.integers(1, 30000), top=st.floats(0.5, 1e5), n=st.data()
)
def test_scaling_is_the_line_through_the_ranges(tmp_path_factory, low, high, top, n):
    digital = np.array(n.draw(st.lists(st.integers(low, high), min_size=4, max_size=4)))
    made = MadeGdfChannel("Fz", digital, 4, physical=(-top, 2 * top), digital_range=(low, high))
    path = write_gdf(tmp_path_factory.mktemp("g") / "a.gdf", [made])
    (stream,) = load_gdf(str(path), AUTO).streams
    line = [
        float(Fraction(int(d) - low, high - low) * Fraction(3 * top) - Fraction(top))
        for d in digital
    ]
    np.testing.assert_allclose(stream.samples[:, 0], line, rtol=1e-9, atol=1e-9 * top)
