from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from tests.transforms.recordings.real_files import real_file
from transforms.recordings import (
    OpenedRecording,
    Reason,
    RecordingError,
    RecordingSettings,
    Run,
    blocks,
    open_recording,
    read_blocks,
)
from transforms.recordings.plausible import PlausibilityCheck

AUTO = RecordingSettings()
ECOG = (
    "pynm_ecog_bids/sub-testsub/ses-EphysMedOff/ieeg/"
    "sub-testsub_ses-EphysMedOff_task-gripforce_run-0_ieeg.vhdr"
)
RECORDER = "raw_formats/mne-python/brainvision/test.vhdr"
NEURONE = "raw_formats/mne-testing-data/Brainvision/test_NO.vhdr"
V_AMP = "raw_formats/mne-testing-data/Brainvision/test_VAmp.ahdr"
ANALYZER = "raw_formats/eeglab/testbva.vhdr"
START_NS = 1704164645678901000  # 2024-01-02T03:04:05.678901Z


def samples_of(path: Path | str, opened: OpenedRecording, stream: int = 0) -> np.ndarray:
    plan = opened.streams[stream]
    return np.concatenate([block.samples for block in read_blocks(str(path), plan)])


def made(tmp_path: Path, **changes: object) -> Path:
    recording = MadeBrainvision(**{"stored": counted(250), **changes})  # type: ignore[arg-type]
    return write_brainvision(tmp_path, recording)


def refusal(path: Path) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        open_recording(str(path), AUTO)
    return caught.value


@pytest.mark.parametrize("name", [RECORDER, NEURONE, V_AMP, ANALYZER, ECOG])
def test_real_files_are_read_as_mne_reads_them(name):
    path = real_file(name)
    opened = open_recording(path, AUTO)
    raw = mne.io.read_raw_brainvision(path, verbose="error")
    assert {float(p.spec.sampling_rate) for p in opened.streams} == {raw.info["sfreq"]}
    for stream, plan in enumerate(opened.streams):
        volts = raw.get_data(picks=list(plan.source_channels)).T
        ours = samples_of(path, opened, stream)
        np.testing.assert_allclose(ours, volts * 1e6, rtol=1e-12, atol=1e-12)
    expected = [note for note in raw.annotations if note["description"] != "New Segment/"]
    assert [m.description for m in opened.markers] == [n["description"] for n in expected]


def test_channels_in_other_units_than_volts_are_left_out():
    opened = open_recording(real_file(RECORDER), AUTO)
    (left_out,) = [n for n in opened.notices if n.kind == "channels_left_out"]
    assert "CP5 (BS), CP6 (µS), HL (ARU), HR (uS), Vb (S), ReRef (C)" in left_out.detail
    assert opened.streams[0].spec.n_channels == 26


def test_labels_say_which_channels_are_muscle_and_heart():
    kinds = {
        p.spec.signal: p.spec.channels for p in open_recording(real_file(NEURONE), AUTO).streams
    }
    assert kinds["emg"] == ("EMGright", "EMGleft")
    kinds = {
        p.spec.signal: p.spec.channels for p in open_recording(real_file(ANALYZER), AUTO).streams
    }
    assert kinds["ecg"] == ("Ekg1", "Ekg2")


def test_coordinates_become_positions_in_metres():
    plan = open_recording(real_file(ANALYZER), AUTO).streams[0]
    assert plan.positions is not None
    place = dict(zip(plan.spec.channels, plan.positions, strict=True))
    assert place["Cz"] == pytest.approx((0, 0, 0.095))
    left_front, right_back = place["Fp1"], place["O2"]
    assert left_front is not None
    assert right_back is not None
    assert left_front[0] < 0 < left_front[1]
    assert right_back[0] > 0 > right_back[1]
    assert place["Eog"] is None  # radius 0


def test_numbers_labelled_a_million_times_too_large_are_told_and_can_be_put_right():
    path = real_file(ECOG)
    settings = RecordingSettings(signal="ecog")

    def notices(settings: RecordingSettings) -> list[str]:
        opened = open_recording(path, settings)
        plan = opened.streams[0]
        check = PlausibilityCheck(plan.spec, plan.unit)
        check.add(samples_of(path, opened))
        return [n.detail for n in check.notices() if n.kind == "implausible_unit"]

    (detail,) = notices(settings)
    assert "1,000,000 times too large, --unit pV reads it right" in detail
    assert notices(dataclasses.replace(settings, unit="pV")) == []


@pytest.mark.parametrize("binary_format", ["INT_16", "INT_32", "IEEE_FLOAT_32"])
@pytest.mark.parametrize("vectorized", [False, True])
def test_every_layout_gives_the_stored_numbers_times_the_resolution(
    tmp_path, monkeypatch, binary_format, vectorized
):
    channels = ("Cz,,0.5,µV", "Pz,Cz,2,nV")
    path = made(tmp_path, channels=channels, binary_format=binary_format, vectorized=vectorized)
    opened = open_recording(str(path), AUTO)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2 * 8 * 7)
    np.testing.assert_array_equal(samples_of(path, opened), counted(250) * [0.5, 2e-3])
    assert opened.streams[0].spec.sampling_rate == 250
    assert opened.start_ns == START_NS


def test_the_ends_of_16_bits_are_the_ends_of_the_converter(tmp_path):
    path = made(tmp_path, stored=np.array([[-32768, 32767], [0, 1]]))
    opened = open_recording(str(path), AUTO)
    samples, adc_range = samples_of(path, opened), opened.streams[0].spec.adc_range
    assert adc_range is not None
    assert adc_range[0] == (samples[0, 0], samples[0, 1])
    assert open_recording(
        str(made(tmp_path, binary_format="IEEE_FLOAT_32")), AUTO
    ).streams[0].spec.adc_range is None  # fmt: skip


@pytest.mark.parametrize("unit", ["µV", "μV", "uV", "", "mV", "V", "nV"])
def test_units_in_every_spelling(tmp_path, unit):
    path = made(tmp_path, channels=(f"Cz,,1,{unit}", "Pz,,"))
    factors = open_recording(str(path), AUTO).streams[0].factors
    assert factors == ({"mV": 1e3, "V": 1e6, "nV": 1e-3}.get(unit, 1.0), 1.0)


def test_acceleration_is_known_by_its_unit(tmp_path):
    path = made(tmp_path, channels=("Cz,,1,µV", "x,,0.5,mg"))
    plans = {plan.stream: plan for plan in open_recording(str(path), AUTO).streams}
    assert plans["acc0"].factors == (0.0005,)


@pytest.mark.parametrize(
    "first_line",
    [
        "Brain Vision Data Exchange Header File Version 2.0",
        "Brain Vision Data Exchange Header File, Version 1.0",
        "BrainVision Core Data Header File Version 1.0",
        "Brain Vision Core Data Format Header File Version 1.0",
    ],
)
def test_first_lines_of_every_version(tmp_path, first_line):
    path = made(tmp_path, first_line=first_line)
    if "Format" in first_line:
        assert refusal(path).reason is Reason.UNKNOWN_FORMAT
    else:
        assert open_recording(str(path), AUTO).streams[0].n_samples == 250


def test_headers_of_old_recorders_are_in_the_windows_code_page(tmp_path):
    path = made(tmp_path, channels=("Cz,,0.1,µV", "Größe,,0.1,µV"), encoding="cp1252")
    assert open_recording(str(path), AUTO).streams[0].spec.channels == ("Cz", "Größe")


def test_commas_in_names_and_repeated_names(tmp_path):
    path = made(tmp_path, stored=counted(250, 3), channels=("A\\1B,,1", "E,,1", "E,,1"))
    opened = open_recording(str(path), AUTO)
    assert opened.streams[0].spec.channels == ("A,B", "E-0", "E-1")
    assert [notice.kind for notice in opened.notices] == ["duplicate_labels"]
    np.testing.assert_array_equal(samples_of(path, opened), counted(250, 3))


def test_text_is_read_line_by_line(tmp_path, monkeypatch):
    path = made(tmp_path, more=("[ASCII Infos]", "DecimalSymbol=,", "SkipLines=1", "SkipColumns=1"))
    path.write_text(path.read_text().replace("DataFormat=BINARY", "DataFormat=ASCII"))
    rows = counted(250) + 0.5
    lines = ["time Cz Pz", *(f"{i} {a} {b}".replace(".", ",") for i, (a, b) in enumerate(rows))]
    path.with_suffix(".eeg").write_text("\n".join(lines) + "\n")
    opened = open_recording(str(path), AUTO)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2 * 8 * 7)
    np.testing.assert_allclose(samples_of(path, opened), rows * 0.1)
    path.with_suffix(".eeg").write_text("\n".join([*lines[:100], "100 7,5 none", *lines[101:]]))
    with pytest.raises(RecordingError, match=r"'100 7.5 none'; expected 2 numbers"):
        samples_of(path, opened)


def test_missing_data_are_named_and_missing_markers_noticed(tmp_path):
    path = made(tmp_path)
    path.with_suffix(".vmrk").unlink()
    opened = open_recording(str(path), AUTO)
    assert [n.kind for n in opened.notices] == ["markers_missing", "unknown_start"]
    path.with_suffix(".eeg").unlink()
    assert refusal(path).reason is Reason.MISSING_PART
    assert "'a.eeg', which is not beside it" in refusal(path).message


def test_a_header_cannot_name_a_file_elsewhere(tmp_path):
    (tmp_path / "below").mkdir()
    path = write_brainvision(tmp_path / "below", MadeBrainvision(counted(250)))
    (tmp_path / "other.eeg").write_bytes(bytes(1000))
    path.write_text(path.read_text().replace("DataFile=a.eeg", "DataFile=../other.eeg"))
    assert refusal(path).reason is Reason.MISSING_PART


@pytest.mark.parametrize(
    ("n_bytes", "said", "reason"),
    [
        (1000, "DataPoints=250", None),
        (996, "DataPoints=250", Reason.TRUNCATED),
        (1004, "DataPoints=250", Reason.SIZE_MISMATCH),
        (999, "", Reason.SIZE_MISMATCH),
        (3, "", Reason.NO_SAMPLES),
    ],
)
def test_the_size_of_the_data_is_checked_first(tmp_path, n_bytes, said, reason):
    path = made(tmp_path, common=(said,))
    path.with_suffix(".eeg").write_bytes(bytes(n_bytes))
    if reason is None:
        assert open_recording(str(path), AUTO).streams[0].n_samples == 250
    else:
        assert refusal(path).reason is reason


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NumberOfChannels=2", "NumberOfChannels=99999999", "whole number, 1 to 4096"),
        ("NumberOfChannels=2", "NumberOfChannels=3", "entry Ch3"),
        ("SamplingInterval=4000", "SamplingInterval=0", "SamplingInterval is '0'"),
        ("SamplingInterval=4000", "SamplingInterval=1e400", "SamplingInterval is '1e400'"),
        ("DataOrientation=MULTIPLEXED", "DataOrientation=X", "MULTIPLEXED or VECTORIZED"),
        ("BinaryFormat=INT_16", "BinaryFormat=INT_8", "INT_16, UINT_16, INT_32, IEEE_FLOAT_32"),
        ("DataFormat=BINARY", "DataType=FREQUENCYDOMAIN", "spectra are no signal"),
        ("DataFile=a.eeg", "DataFile=", "the name of the file with the samples"),
    ],
)
def test_fields_that_make_no_sense_are_named(tmp_path, old, new, message):
    path = made(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    error = refusal(path)
    assert error.reason is Reason.BAD_HEADER
    assert message in error.message


def test_rates_are_exact(tmp_path):
    def rate(interval_us: str) -> Fraction:
        return (
            open_recording(str(made(tmp_path, interval_us=interval_us)), AUTO)
            .streams[0]
            .spec.sampling_rate
        )

    assert rate("1953.125") == 512
    assert rate("3000") == Fraction(1000, 3)


@pytest.mark.parametrize("name", ["a.vhdr", "a.vmrk"])
def test_a_text_is_not_taken_for_samples(tmp_path, name):
    path = made(tmp_path)
    path.write_text(path.read_text("utf-8").replace("DataFile=a.eeg", f"DataFile={name}"))
    assert refusal(path).message == (
        f"DataFile is {name!r} in the header, a text; expected the name of the file with the"
        " samples"
    )


def test_a_header_cannot_name_a_file_of_another_folder(tmp_path):
    (tmp_path / "secret.eeg").write_bytes(bytes(1000))
    (tmp_path / "here").mkdir()
    path = made(tmp_path / "here")
    path.write_text(path.read_text("utf-8").replace("DataFile=a.eeg", "DataFile=../secret.eeg"))
    assert refusal(path).reason is Reason.MISSING_PART


def test_a_name_as_long_as_a_page_is_refused(tmp_path):
    path = made(tmp_path, channels=["x" * 1_000_000 + ",,0.1,µV", "Pz,,0.1,µV"])
    assert refusal(path).message.startswith("the name of a channel has 1000000 characters;")


def test_columns_that_became_shorter_while_read_are_refused(tmp_path):
    path = made(tmp_path, vectorized=True)
    (plan,) = open_recording(str(path), AUTO).streams
    longer = dataclasses.replace(plan, runs=(Run(0, 0, 300),))  # as it was a moment ago
    samples = read_blocks(str(path), longer)
    with pytest.raises(RecordingError, match="became shorter"):
        list(samples)
