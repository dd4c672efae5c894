"""A written recording reads back as it was, and the truth stays beside it."""

from __future__ import annotations

import csv
import dataclasses
import json
from fractions import Fraction

import edfio
import mne
import numpy as np
import pytest

from devices.simulator import SettingsError, SimulatorSettings, simulate
from devices.simulator.files import write_recording

CLINICAL = SimulatorSettings(
    duration_s=20, adc_bits=16, adc_full_scale_uv=3276.8, electrode_offset_uv=0.0
)


def test_an_edf_loses_nothing(tmp_path):
    recording = simulate(CLINICAL)
    path = write_recording(recording, tmp_path / "made" / "here", "one").recording
    file = edfio.read_edf(path)
    assert path.suffix == ".edf"
    assert file.labels == recording.channels
    for column, one in enumerate(file.signals):
        assert one.physical_dimension == "uV"
        assert one.physical_range == pytest.approx(recording.adc_range_uv, abs=1e-9)
        np.testing.assert_allclose(one.data, recording.samples_uv[:, column], atol=1e-9, rtol=0)
        assert one.digital_range == (-32768, 32767)


def test_mne_reads_an_edf_in_volts(tmp_path):
    recording = simulate(CLINICAL)
    path = write_recording(recording, tmp_path, "one").recording
    raw = mne.io.read_raw_edf(path, preload=True, verbose="error")
    assert raw.info["sfreq"] == 250
    assert tuple(raw.ch_names) == recording.channels
    np.testing.assert_allclose(raw.get_data().T * 1e6, recording.samples_uv, atol=1e-6)


def test_a_bdf_loses_less_than_a_step_in_24_bits(tmp_path):
    recording = simulate(SimulatorSettings(duration_s=20))
    path = write_recording(recording, tmp_path, "one").recording
    assert path.suffix == ".bdf"
    data = np.stack([one.data for one in edfio.read_bdf(path).signals], axis=1)
    assert np.abs(data - recording.samples_uv).max() < 0.6 * recording.adc_step_uv
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    np.testing.assert_allclose(raw.get_data().T * 1e6, data, atol=1e-6)


@pytest.mark.parametrize(("rate", "record_s"), [(128.5, 2), (Fraction(1000, 3), 3), (30_000, 1)])
def test_any_rate_keeps_its_samples(tmp_path, rate, record_s):
    recording = simulate(dataclasses.replace(CLINICAL, duration_s=6, sampling_rate_hz=rate))
    file = edfio.read_edf(write_recording(recording, tmp_path, "one").recording)
    assert file.data_record_duration == record_s
    assert len(file.signals[0].data) == len(recording.samples_uv) == 6 * rate


def test_a_detector_finds_no_truth_in_the_file(tmp_path):
    path = write_recording(simulate(CLINICAL), tmp_path, "one").recording
    assert edfio.read_edf(path).annotations == ()
    assert b"blink" not in path.read_bytes()


def test_the_same_recording_is_the_same_bytes(tmp_path):
    for folder in ("first", "second"):
        write_recording(simulate(CLINICAL), tmp_path / folder, "one")
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == ["one.edf", "one_events.json", "one_events.tsv"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_the_truth_reads_back_from_the_table(tmp_path):
    recording = simulate(CLINICAL)
    truth = write_recording(recording, tmp_path, "one").truth
    with truth.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert b"\r" not in truth.read_bytes()  # the same bytes on every system
    columns = json.loads(truth.with_suffix(".json").read_text())
    assert set(rows[0]) == set(columns)
    assert len(rows) == len(recording.truth)
    for row, one in zip(rows, recording.truth, strict=True):
        assert float(row["onset"]) == pytest.approx(one.start_s, abs=5e-4)
        assert float(row["onset"]) + float(row["duration"]) == pytest.approx(one.end_s, abs=1e-3)
        assert row["trial_type"] == one.kind
        assert row["trial_type"] in columns["trial_type"]["Levels"]
        assert tuple(row["channel"].split(",")) == one.channels


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("duration_s", {"duration_s": 10.5}),
        ("duration_s", {"duration_s": 3, "sampling_rate_hz": 128.5}),
        ("sampling_rate_hz", {"sampling_rate_hz": 250.001}),
        ("channels", {"channels": ("a name of seventeen",)}),
        ("channels", {"channels": ("Ω",)}),
    ],
)
def test_what_an_edf_cannot_hold_is_refused_by_name(tmp_path, field, change):
    recording = simulate(dataclasses.replace(CLINICAL, **change))
    with pytest.raises(SettingsError, match=f"^{field} is "):
        write_recording(recording, tmp_path, "one")
    assert list(tmp_path.iterdir()) == []
