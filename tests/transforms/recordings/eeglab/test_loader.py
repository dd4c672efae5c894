from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_eeglab import made_dataset, write_set_v5, write_set_v73
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run, open_recording
from transforms.recordings.eeglab.loader import load_eeglab

AUTO = RecordingSettings()
DATA_UV = np.random.default_rng(3).normal(0, 20, (3, 1000)).astype(np.float32)
LABELS = ["Fz", "Cz", "EOG1"]
EVENTS = [
    {"type": "go", "latency": 11.0, "duration": 0.0},
    {"type": "boundary", "latency": 500.5, "duration": 250.0},
    {"type": "stop", "latency": 601.0, "duration": 5.0},
]

Writer = Callable[[Path, dict[str, Any]], Path]


def write_fields_v5(path: Path, eeg: dict[str, Any]) -> Path:
    return write_set_v5(path, eeg, as_struct=False)


WRITERS = [write_set_v5, write_fields_v5, write_set_v73]


@pytest.mark.parametrize("write", WRITERS)
def test_each_version_gives_the_same_recording(tmp_path: Path, write: Writer):
    path = write(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, event=EVENTS))
    recording = load_eeglab(str(path), AUTO)
    (stream,) = recording.streams
    np.testing.assert_array_equal(stream.samples, DATA_UV.T.astype(float))
    assert (stream.signal, stream.channels) == ("eeg", tuple(LABELS))
    assert stream.sampling_rate == 250
    assert stream.runs == (Run(0, 0, 500), Run(750, 500, 500))  # 250 samples were cut out
    assert [(m.start_ns, m.duration_ns, m.description) for m in recording.markers] == [
        (40_000_000, 0, "go"),
        (3_400_000_000, 20_000_000, "stop"),  # 600 samples in, and the second that was cut out
    ]
    assert [notice.kind for notice in recording.notices] == ["unknown_start"]


@pytest.mark.parametrize("write", WRITERS)
def test_samples_and_events_are_what_mne_reads(tmp_path: Path, write: Writer):
    events = [EVENTS[0], EVENTS[2]]
    path = write(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, event=events))
    recording = load_eeglab(str(path), AUTO)
    with warnings.catch_warnings(action="ignore"):
        raw = mne.io.read_raw_eeglab(path, verbose="error")
    np.testing.assert_allclose(
        recording.streams[0].samples, raw.get_data().T * 1e6, rtol=1e-12, atol=1e-12
    )
    onsets = [marker.start_ns / 1e9 for marker in recording.markers]
    assert onsets == pytest.approx(raw.annotations.onset.tolist())


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("stored", [".fdt", ".dat"])
def test_samples_beside_it_are_found_though_it_was_renamed(tmp_path: Path, write: Writer, stored):
    by_sample = DATA_UV.T if stored == ".fdt" else DATA_UV
    (tmp_path / f"new{stored}").write_bytes(np.ascontiguousarray(by_sample).tobytes())
    path = write(tmp_path / "new.set", made_dataset(DATA_UV, LABELS, data=f"old{stored}"))
    (stream,) = load_eeglab(str(path), AUTO).streams
    np.testing.assert_array_equal(stream.samples, DATA_UV.T.astype(float))


@pytest.mark.parametrize(("change", "reason"), [(-4, Reason.TRUNCATED), (4, Reason.SIZE_MISMATCH)])
def test_a_file_of_samples_of_another_size_is_refused(tmp_path: Path, change, reason):
    content = DATA_UV.T.tobytes()
    (tmp_path / "a.fdt").write_bytes(content[:change] if change < 0 else content + b"\0" * change)
    path = write_set_v5(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, data="a.fdt"))
    with pytest.raises(RecordingError) as refused:
        load_eeglab(str(path), AUTO)
    assert refused.value.reason is reason


def test_without_its_samples_it_is_refused_by_their_name(tmp_path: Path):
    path = write_set_v5(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, data="b.fdt"))
    with pytest.raises(RecordingError, match=r"b\.fdt") as refused:
        load_eeglab(str(path), AUTO)
    assert refused.value.reason is Reason.MISSING_PART


@pytest.mark.parametrize("write", WRITERS)
def test_epochs_are_refused_with_advice(tmp_path: Path, write: Writer):
    data = DATA_UV[:, :900].reshape(3, 300, 3)
    eeg = made_dataset(data, LABELS, trials=3.0, pnts=300.0)
    with pytest.raises(RecordingError, match="before pop_epoch") as refused:
        load_eeglab(str(write(tmp_path / "a.set", eeg)), AUTO)
    assert refused.value.reason is Reason.EPOCHED


@pytest.mark.parametrize("write", WRITERS)
def test_types_of_channels_decide_and_others_are_left_out(tmp_path: Path, write: Writer):
    types = ["EEG", "ECG", "GSR"]
    places = [{"labels": name, "type": t} for name, t in zip("abc", types, strict=True)]
    recording = load_eeglab(
        str(write(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, chanlocs=places))), AUTO
    )
    assert [(s.signal, s.channels) for s in recording.streams] == [("eeg", ("a",)), ("ecg", ("b",))]
    assert "c (" in recording.notices[0].detail


def test_positions_are_turned_to_right_front_up_in_metres(tmp_path: Path):
    # EEGLAB: X to the nose, Y to the left ear, Z up; here in millimetres.
    places = [
        {"labels": "Fz", "type": "", "X": 85.0, "Y": 0.0, "Z": 0.0},
        {"labels": "C3", "type": "", "X": 0.0, "Y": 85.0, "Z": 0.0},
        {"labels": "E", "type": "", "X": np.zeros(0), "Y": np.zeros(0), "Z": np.zeros(0)},
    ]
    path = write_set_v5(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, chanlocs=places))
    positions = load_eeglab(str(path), AUTO).streams[0].positions
    assert positions is not None
    assert positions[0] == pytest.approx((0, 0.095, 0))
    assert positions[1] == pytest.approx((-0.095, 0, 0))
    assert positions[2] is None


@pytest.mark.parametrize("write", WRITERS)
def test_boundaries_of_unknown_length_are_told(tmp_path: Path, write: Writer):
    events = [
        {"type": "boundary", "latency": 0.5, "duration": 0.0},
        {"type": "boundary", "latency": 300.5, "duration": float("nan")},
    ]
    path = write(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, event=events))
    recording = load_eeglab(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 300), Run(550, 300, 700))
    assert [notice.kind for notice in recording.notices] == ["unknown_start", "unknown_pause"]


@pytest.mark.parametrize("write", WRITERS)
def test_numbered_events_and_a_single_channel(tmp_path: Path, write: Writer):
    events = [{"type": 7.0, "latency": 1.0}, {"type": 12.5, "latency": 251.0}]
    path = write(tmp_path / "a.set", made_dataset(DATA_UV[:1], ["Oz"], event=events, srate=128.5))
    recording = load_eeglab(str(path), AUTO)
    assert [marker.description for marker in recording.markers] == ["7", "12.5"]
    assert recording.streams[0].channels == ("Oz",)
    assert recording.streams[0].sampling_rate == Fraction(257, 2)


def test_the_start_that_importers_leave_is_used(tmp_path: Path):
    eeg = made_dataset(DATA_UV, LABELS, etc={"T0": np.array([2023, 11, 2, 13, 39, 27.5])})
    recording = load_eeglab(str(write_set_v5(tmp_path / "a.set", eeg)), AUTO)
    assert recording.streams[0].start_ns == 1_698_932_367_500_000_000
    assert recording.notices == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"srate": 0.0}, Reason.BAD_HEADER),
        ({"srate": float("inf")}, Reason.BAD_HEADER),
        ({"srate": "fast"}, Reason.BAD_HEADER),
        ({"nbchan": 4.0}, Reason.BAD_HEADER),
        ({"pnts": 1e12}, Reason.BAD_HEADER),
        ({"pnts": 0.0}, Reason.NO_SAMPLES),
        ({"nbchan": -1.0}, Reason.BAD_HEADER),
        ({"data": DATA_UV * 1j}, Reason.BAD_HEADER),
    ],
)
def test_a_structure_that_makes_no_sense_is_refused(tmp_path: Path, fields, reason):
    path = write_set_v5(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, **fields))
    with pytest.raises(RecordingError) as refused:
        load_eeglab(str(path), AUTO)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "content", [b"no MATLAB", b"MATLAB 5.0 MAT-file, cut", b"MATLAB 7.3 MAT-file"]
)
def test_other_content_is_refused(tmp_path: Path, content):
    path = tmp_path / "a.set"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as refused:
        load_eeglab(str(path), AUTO)
    assert refused.value.reason in (Reason.UNKNOWN_FORMAT, Reason.UNREADABLE)


def test_another_matlab_file_is_no_dataset(tmp_path: Path):
    path = write_set_v5(tmp_path / "a.set", {"x": 1.0}, as_struct=False)
    with pytest.raises(RecordingError, match="no EEGLAB dataset") as refused:
        load_eeglab(str(path), AUTO)
    assert refused.value.reason is Reason.UNKNOWN_FORMAT


def test_texts_that_are_no_unicode_do_not_reach_the_tables(tmp_path: Path):
    events = [{"type": "g\udc00o", "latency": 11.0}, {"type": "stop", "latency": 21.0}]
    dataset = made_dataset(DATA_UV, ["F\ud800", "Cz", "Pz"], event=events)
    recording = load_eeglab(str(write_set_v73(tmp_path / "a.set", dataset)), AUTO)
    assert recording.streams[0].channels[0] == "F?"
    assert recording.markers[0].description == "g?o"


def test_a_rate_next_to_nothing_is_refused(tmp_path: Path):
    path = write_set_v5(tmp_path / "a.set", made_dataset(DATA_UV, LABELS, event=EVENTS, srate=1e-9))
    with pytest.raises(RecordingError, match="hertz from 1 to 50000"):
        open_recording(str(path), AUTO)
