from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_persyst import write_persyst
from tests.transforms.recordings.real_files import PERSYST, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run
from transforms.recordings.persyst.loader import load_persyst

AUTO = RecordingSettings()
LABELS = ("Fp1-Ref", "POL DC01-Ref", "POL EKG1-Ref", "Cz-Ref")
STORED = np.random.default_rng(2).integers(-2000, 2000, (1000, 4)).astype(np.int16)


def test_the_real_recording_is_what_mne_reads():
    path = real_file(PERSYST)
    recording = load_persyst(path, AUTO)
    eeg, ecg = recording.streams
    assert (eeg.signal, eeg.samples.shape) == ("eeg", (847, 60))
    assert eeg.sampling_rate == 200
    assert ecg.channels == ("POL EKG1", "POL EKG2")
    raw = mne.io.read_raw_persyst(path, verbose="error")
    for stream in recording.streams:
        volts = raw.get_data(picks=[name.upper() for name in stream.channels])
        np.testing.assert_allclose(stream.samples, volts.T * 1e6, rtol=1e-12)
    assert 10 < np.median(eeg.samples.std(axis=0)) < 200  # microvolts, as of a brain


def test_inputs_without_a_signal_are_named():
    recording = load_persyst(real_file(PERSYST), AUTO)
    (notice,) = recording.notices
    assert notice.kind == "channels_left_out"
    named = [part.split(" (")[0] for part in notice.detail.split(": ")[1].split(", ")]
    direct = [f"POL DC{i:02}" for i in range(1, 17)]
    assert named == ["POL E", *direct, "POL $TP9", "POL $TP10", "POL PAT", "POL TECH"]


def test_the_real_start_has_the_fraction_that_mne_drops():
    recording = load_persyst(real_file(PERSYST), AUTO)
    # 2014-12-19 02:37:48 in [Patient], 9468.360 s after midnight in [SampleTimes].
    assert recording.streams[0].start_ns == 1_418_956_668_360_000_000
    marker = recording.markers[-1]
    assert (marker.description, marker.duration_ns) == ("Clip1", 504_000_000)
    assert marker.start_ns == 1_418_956_668_360_000_000 + 3_730_000_000
    assert [m.description for m in recording.markers][2] == "seizure1,2"


@pytest.mark.parametrize("dtype", [np.int16, np.int32])
def test_both_sample_types_are_scaled_to_microvolts(tmp_path: Path, dtype):
    path = write_persyst(tmp_path, STORED.astype(dtype), LABELS)
    eeg, ecg = load_persyst(str(path), AUTO).streams
    np.testing.assert_array_equal(eeg.samples, STORED[:, [0, 3]] * 0.5)
    np.testing.assert_array_equal(ecg.samples, STORED[:, [2]] * 0.5)
    assert eeg.channels == ("Fp1", "Cz")
    expected = ((-16384.0, 16383.5),) * 2 if dtype is np.int16 else None
    assert eeg.adc_range == expected


def test_the_place_in_the_map_counts_not_the_line(tmp_path: Path):
    path = write_persyst(tmp_path, STORED[:, :2], ("A", "B"))
    path.write_text(path.read_text().replace("A=1\nB=2", "B=2\nA=1"))
    (stream,) = load_persyst(str(path), AUTO).streams
    assert stream.channels == ("A", "B")


def test_pieces_are_runs(tmp_path: Path):
    # The second piece begins 3 s late; the third when the second ends, but for the rounding.
    times = "0=86395.000\n600=86401.000\n800=2.0009"
    path = write_persyst(tmp_path, STORED, LABELS, sample_times=times)
    eeg = load_persyst(str(path), AUTO).streams[0]
    assert eeg.runs == (Run(0, 0, 600), Run(1200, 600, 400))


def test_a_piece_before_the_end_of_the_last_one_is_refused(tmp_path: Path):
    path = write_persyst(tmp_path, STORED, LABELS, sample_times="0=100.0\n600=101.5")
    with pytest.raises(RecordingError) as refused:
        load_persyst(str(path), AUTO)
    assert refused.value.reason is Reason.BAD_RECORD_TIMES


def test_times_of_another_file_are_told_and_not_used(tmp_path: Path):
    path = write_persyst(tmp_path, STORED, LABELS, sample_times="0=3600\n5000=4600")
    recording = load_persyst(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 1000),)
    assert "reader_warning" in [notice.kind for notice in recording.notices]


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"DataType": "4"}, Reason.BAD_HEADER),
        ({"SamplingRate": "0"}, Reason.BAD_HEADER),
        ({"Calibration": "x"}, Reason.BAD_HEADER),
        ({"WaveformCount": "5"}, Reason.BAD_HEADER),
        ({"WaveformCount": "99999999"}, Reason.BAD_HEADER),
        ({"FileType": "Planar"}, Reason.BAD_HEADER),
        ({"HeaderLength": "8000"}, Reason.NO_SAMPLES),
        ({"HeaderLength": "9000"}, Reason.TRUNCATED),
        ({"HeaderLength": "1"}, Reason.TRUNCATED),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, info, reason):
    path = write_persyst(tmp_path, STORED, LABELS, info=info)
    with pytest.raises(RecordingError) as refused:
        load_persyst(str(path), AUTO)
    assert refused.value.reason is reason


def test_the_samples_are_found_beside_it_or_missed_by_name(tmp_path: Path):
    path = write_persyst(tmp_path, STORED, LABELS, info={"File": r"D:\eeg\MADE.DAT"})
    assert load_persyst(str(path), AUTO).streams
    (tmp_path / "made.dat").unlink()
    with pytest.raises(RecordingError) as refused:
        load_persyst(str(path), AUTO)
    assert refused.value.reason is Reason.MISSING_PART
    assert "MADE.DAT" in refused.value.message


def test_comments_that_are_none_are_counted(tmp_path: Path):
    comments = "1.5,0.25,0,1,a, b\nnonsense\nx,y,0,1,z"
    path = write_persyst(tmp_path, STORED, LABELS, comments=comments, patient="")
    recording = load_persyst(str(path), AUTO)
    (marker,) = recording.markers
    assert (marker.start_ns, marker.duration_ns) == (1_500_000_000, 250_000_000)
    assert marker.description == "a, b"
    kinds = [notice.kind for notice in recording.notices]
    assert sorted(kinds) == ["channels_left_out", "reader_warning", "unknown_start"]
    assert recording.streams[0].sampling_rate == Fraction(200)
