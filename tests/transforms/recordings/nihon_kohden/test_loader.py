from __future__ import annotations

import shutil
import struct
from pathlib import Path

import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_nihon_kohden import write_nihon_kohden
from tests.transforms.recordings.real_files import PERSYST, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run
from transforms.recordings.nihon_kohden.loader import load_nihon_kohden

AUTO = RecordingSettings()
NOON, LATER = bytes.fromhex("231102120000"), bytes.fromhex("231102120033")
RNG = np.random.default_rng(6)
FIRST, SECOND = RNG.integers(-9000, 9000, (400, 3)), RNG.integers(-9000, 9000, (200, 3))
NAMES = "[ELECTRODE]\n0000=Fp1\n0001=ECG\n[OTHER]\n0000=no\n"


def test_two_blocks_are_two_runs_as_far_apart_as_their_dates(tmp_path: Path):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST), (LATER, SECOND)], [0, 1, 4], names=NAMES)
    eeg, ecg = load_nihon_kohden(str(path), AUTO).streams
    assert (eeg.channels, ecg.channels) == (("Fp1", "C3"), ("ECG",))
    assert eeg.sampling_rate == 200
    assert eeg.start_ns == 1_698_926_400_000_000_000  # 2023-11-02 12:00
    assert eeg.runs == (Run(0, 0, 400), Run(33 * 200, 400, 200))


def test_samples_are_what_mne_reads(tmp_path: Path):
    path = write_nihon_kohden(
        tmp_path, [(NOON, FIRST), (LATER, SECOND)], [0, 1, 42], names=NAMES, events=[]
    )
    eeg, ecg = load_nihon_kohden(str(path), AUTO).streams
    volts = mne.io.read_raw_nihon(path, verbose="error").get_data()
    np.testing.assert_allclose(eeg.samples[:, 0], volts[0] * 1e6, atol=1e-9)
    np.testing.assert_allclose(ecg.samples[:, 0], volts[1] * 1e6, atol=1e-9)


def test_inputs_of_direct_current_are_left_out_with_their_unit(tmp_path: Path):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 42, 76], events=[])
    recording = load_nihon_kohden(str(path), AUTO)
    assert recording.streams[0].channels == ("FP1",)
    (notice,) = recording.notices
    assert notice.detail.endswith(": DC01 (mV), Mark1 (mV)")


def test_a_sample_at_the_end_of_the_range_equals_it(tmp_path: Path):
    stored = np.array([[-32768, 0, 0], [32767, 0, 0]] * 10)
    path = write_nihon_kohden(tmp_path, [(NOON, stored)], [0, 1, 2])
    (stream,) = load_nihon_kohden(str(path), AUTO).streams
    assert stream.adc_range is not None
    assert stream.adc_range[0] == (stream.samples[0, 0], stream.samples[1, 0])
    assert stream.adc_range[0] == pytest.approx((-3200, 3199.902))


def test_events_of_the_log_are_markers(tmp_path: Path):
    events = [("start", "000000"), ("eyes closed", "000131"), ("none", "12:3x0")]
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 1, 2], events=events)
    recording = load_nihon_kohden(str(path), AUTO)
    start = recording.streams[0].start_ns
    assert [(m.start_ns - start, m.description) for m in recording.markers] == [
        (0, "start"),
        (91_000_000_000, "eyes closed"),
    ]
    assert recording.notices == ()


def test_without_a_log_people_are_told(tmp_path: Path):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 1, 2])
    assert [n.kind for n in load_nihon_kohden(str(path), AUTO).notices] == ["markers_missing"]


def test_blocks_without_dates_are_apart_by_an_unknown_time(tmp_path: Path):
    none = bytes.fromhex("ffffffffffff")
    path = write_nihon_kohden(tmp_path, [(none, FIRST), (none, SECOND)], [0, 1, 2], events=[])
    recording = load_nihon_kohden(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 400), Run(600, 400, 200))
    assert [n.kind for n in recording.notices] == ["unknown_start", "unknown_pause"]


@pytest.mark.parametrize(
    ("place", "layout", "value", "reason"),
    [
        (0, "16s", b"EEG-9999Z V01.00", Reason.UNKNOWN_FORMAT),
        (0x81, "4s", b"what", Reason.BAD_HEADER),
        (0x17FE, "B", 0, Reason.BAD_HEADER),
        (0x91, "B", 2, Reason.BAD_HEADER),
        (0x92, "<I", 2**31, Reason.TRUNCATED),
        (0x1800 + 17, "B", 0, Reason.NO_SAMPLES),
        (0x1800 + 17, "B", 200, Reason.TRUNCATED),
        (0x1800 + 38 + 0x1A, "<H", 0, Reason.BAD_HEADER),
        (0x1800 + 38 + 0x1C, "<I", 2**32 - 1, Reason.TRUNCATED),
        (0x1800 + 38 + 0x1C, "<I", 0, Reason.NO_SAMPLES),
        (0x1800 + 38 + 0x26, "B", 0, Reason.BAD_HEADER),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(tmp_path: Path, place, layout, value, reason):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 1, 2])
    content = bytearray(path.read_bytes())
    struct.pack_into(layout, content, place, value)
    path.write_bytes(bytes(content))
    with pytest.raises(RecordingError) as refused:
        load_nihon_kohden(str(path), AUTO)
    assert refused.value.reason is reason


def test_extended_blocks_of_the_eeg_1200a_are_refused_with_advice(tmp_path: Path):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 1, 2])
    content = bytearray(path.read_bytes())
    content[:16] = b"EEG-1200A V01.00"
    struct.pack_into("<I", content, 0x3EE, 0x1800)
    path.write_bytes(bytes(content))
    with pytest.raises(RecordingError, match="export it to EDF") as refused:
        load_nihon_kohden(str(path), AUTO)
    assert refused.value.reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("n_bytes", [0, 10, 0x1000, 0x1805, 0x1830, 0x1A00])
def test_a_cut_file_is_refused(tmp_path: Path, n_bytes):
    path = write_nihon_kohden(tmp_path, [(NOON, FIRST)], [0, 1, 2])
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(RecordingError) as refused:
        load_nihon_kohden(str(path), AUTO)
    assert refused.value.reason in (Reason.TRUNCATED, Reason.EMPTY, Reason.UNKNOWN_FORMAT)


def test_a_foreign_file_of_that_name_is_refused(tmp_path: Path):
    data = str(Path(real_file(PERSYST)).with_suffix(".dat"))
    path = shutil.copy(data, tmp_path / "a.EEG")
    with pytest.raises(RecordingError) as refused:
        load_nihon_kohden(str(path), AUTO)
    assert refused.value.reason is Reason.UNKNOWN_FORMAT


def test_the_highest_rate_of_the_amplifiers_is_read(tmp_path: Path):
    stored = RNG.integers(-9000, 9000, (2000, 3))
    path = write_nihon_kohden(tmp_path, [(NOON, stored)], [0, 1, 2], rate_hz=10_000)
    (stream,) = load_nihon_kohden(str(path), AUTO).streams
    assert stream.sampling_rate == 10_000
    assert stream.runs == (Run(0, 0, 2000),)
