from __future__ import annotations

from fractions import Fraction

import edfio
import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import (
    BDF,
    DUPLICATES,
    HYPNOGRAM,
    S001R04,
    STIM,
    SUBSECOND,
    UNCLOSED_BDF,
    UNEVEN,
    real_file,
)
from transforms.recordings import (
    Reason,
    RecordingError,
    RecordingSettings,
    Run,
    open_recording,
    read_blocks,
)

AUTO = RecordingSettings()
RECORDS = 5
SIGNAL = MadeSignal("EEG Cz", noise(RECORDS * 100), 100)
SIGNAL_SHORT = MadeSignal("EEG Cz", noise(200, 3), 100)


def read_all(path, settings=AUTO):
    """Stream name to (rows, columns) of everything, absent rows as NaN."""
    streams = {}
    for plan in open_recording(str(path), settings).streams:
        last = plan.runs[-1]
        whole = np.full((last.first_sample + last.n_samples, plan.spec.n_channels), np.nan)
        for block in read_blocks(str(path), plan):
            whole[block.first_sample : block.first_sample + len(block.samples)] = block.samples
        streams[plan.stream] = whole
    return streams


def kinds(recording):
    return [notice.kind for notice in recording.notices]


def test_samples_are_microvolts_as_mne_reads_them():
    path = real_file(S001R04)
    (stream,) = read_all(path).values()
    volts = mne.io.read_raw_edf(path, verbose="error").get_data()
    np.testing.assert_array_equal(stream, volts[:64].T * 1e6)


@pytest.mark.parametrize("name", [S001R04, UNEVEN, SUBSECOND])
def test_every_rate_is_read_as_stored(name):
    path = real_file(name)
    stored = {s.label: s for s in edfio.read_edf(path).signals}
    streams = read_all(path)
    for plan in open_recording(path, AUTO).streams:
        for column, channel in enumerate(plan.spec.channels):
            signal = stored[channel]
            unit = {"V": 1e6, "uV": 1.0}[signal.physical_dimension]
            ours = streams[plan.stream][:, column]
            np.testing.assert_allclose(ours, signal.data * unit, rtol=1e-12, atol=1e-9)


def test_mixed_rates_are_one_stream_each():
    streams = open_recording(real_file(UNEVEN), AUTO).streams
    assert [(p.stream, p.spec.sampling_rate, p.n_samples) for p in streams] == [
        ("eeg0", Fraction(100), 11000),
        ("eeg1", Fraction(64, 5), 1408),
    ]


def test_the_date_and_the_fraction_of_a_second_are_exact():
    recording = open_recording(real_file(SUBSECOND), AUTO)
    assert recording.start_ns == 1579838756_394531200
    assert recording.markers[0].description == "XLSpike"
    assert recording.markers[0].start_ns == 1579838758_345703100


def test_no_date_is_said_and_counts_from_1970(tmp_path):
    path = write_edf(tmp_path / "a.edf", [SIGNAL], date="xx.xx.xx")
    recording = open_recording(str(path), AUTO)
    assert recording.start_ns == 0
    assert kinds(recording) == ["unknown_start"]


def test_labels_that_occur_twice_are_numbered_and_told():
    recording = open_recording(real_file(DUPLICATES), AUTO)
    assert recording.streams[0].spec.channels == ("EEG F1-Ref-0", "EEG F2-Ref", "EEG F1-Ref-1")
    assert kinds(recording) == ["duplicate_labels"]


def test_both_channels_of_one_label_are_read(tmp_path):
    signals = [MadeSignal("Cz", noise(500, seed), 100) for seed in (1, 2)]
    (samples,) = read_all(write_edf(tmp_path / "a.edf", signals)).values()
    expected = np.stack([s.digital for s in signals], axis=1) * 0.1
    np.testing.assert_allclose(samples, expected, atol=1e-6)


def test_triggers_are_left_out_and_told():
    recording = open_recording(real_file(UNCLOSED_BDF), AUTO)
    assert kinds(recording) == ["unclosed_file", "channels_left_out"]
    assert "Status" not in recording.streams[0].spec.channels


CHANNEL_TYPES = "raw_formats/mne-testing-data/EDF/chtypes_edf.edf"
NIHON_KOHDEN = "raw_formats/mne-testing-data/NihonKohden/MB0400FU.EDF"


def test_channels_of_a_clinical_export_go_by_their_labels():
    recording = open_recording(real_file(CHANNEL_TYPES), AUTO)
    by_kind = {plan.spec.signal: plan.spec for plan in recording.streams}
    assert by_kind["ecg"].channels == ("ECG ECG1", "ECG ECG2")
    (left_out,) = [n.detail for n in recording.notices if n.kind == "channels_left_out"]
    assert {"SaO2 X9", "POL $A1", "POL E"} <= {
        name.split(" (")[0] for name in left_out.split(": ", 1)[1].split(", ")
    }
    assert "POL DC01" not in by_kind["eeg"].channels
    assert {spec.sampling_rate for spec in by_kind.values()} == {200}


def test_an_export_of_nihon_kohden_has_its_streams_and_markers():
    recording = open_recording(real_file(NIHON_KOHDEN), AUTO)
    (plan,) = recording.streams
    assert (plan.spec.signal, plan.spec.sampling_rate_hz, plan.n_samples) == ("eeg", 200, 5800)
    assert "Segment: REC START ALLE EEG" in [marker.description for marker in recording.markers]


def test_bdf_is_read_as_mne_reads_it():
    path = real_file(BDF)
    (stream,) = read_all(path).values()
    volts = mne.io.read_raw_bdf(path, verbose="error").get_data(picks="eeg")
    np.testing.assert_array_equal(stream, volts.T * 1e6)


def test_signal_kinds_go_by_label_unless_one_is_named():
    path = real_file(STIM)
    assert [p.stream for p in open_recording(path, AUTO).streams] == ["eeg0", "ecg0"]
    named = open_recording(path, RecordingSettings(signal="ecog")).streams
    assert [p.stream for p in named] == ["ecog0"]


def test_gaps_of_a_discontinuous_file_are_kept(tmp_path):
    path = write_edf(
        tmp_path / "a.edf", [SIGNAL], kind="EDF+D", onsets=["+0", "+1", "+3.5", "+4.5", "+9"]
    )
    (plan,) = open_recording(str(path), AUTO).streams
    assert plan.runs == (Run(0, 0, 200), Run(350, 200, 200), Run(900, 400, 100))
    (samples,) = read_all(path).values()
    present = np.flatnonzero(~np.isnan(samples[:, 0]))
    expected = [*range(200), *range(350, 550), *range(900, 1000)]
    assert present.tolist() == expected
    np.testing.assert_allclose(samples[present, 0], SIGNAL.digital * 0.1, atol=1e-6)


def test_a_file_that_says_discontinuous_but_is_not_is_one_run(tmp_path):
    onsets = [f"+{i}" for i in range(RECORDS)]
    path = write_edf(tmp_path / "a.edf", [SIGNAL], kind="EDF+D", onsets=onsets)
    (plan,) = open_recording(str(path), AUTO).streams
    assert plan.runs == (Run(0, 0, 500),)


@pytest.mark.parametrize("onset", ["+1.5", "-7"])
def test_records_that_overlap_are_refused(tmp_path, onset):
    path = write_edf(
        tmp_path / "a.edf", [SIGNAL], kind="EDF+D", onsets=["+0", "+1", onset, "+3", "+4"]
    )
    with pytest.raises(RecordingError) as refused:
        open_recording(str(path), AUTO)
    assert refused.value.reason is Reason.BAD_RECORD_TIMES


@pytest.mark.parametrize(
    ("dimension", "unit", "factor"),
    [
        ("uV", None, 1),
        ("\u00b5V", None, 1),
        ("mV", None, 1e3),
        ("MV", None, 1e3),
        ("V", None, 1e6),
        ("nV", None, 1e-3),
        ("", None, 1),
        ("V", "uV", 1),
        ("uV", "mV", 1e3),
        ("", "V", 1e6),
        ("mV", "nV", 1e-3),
    ],
)
def test_the_unit_of_the_file_counts_unless_one_is_named(tmp_path, dimension, unit, factor):
    signal = MadeSignal("Cz", noise(200), 100, dimension)
    path = write_edf(tmp_path / "a.edf", [signal])
    (samples,) = read_all(path, RecordingSettings(unit=unit)).values()
    np.testing.assert_allclose(samples[:, 0], signal.digital * 0.1 * factor, rtol=1e-6, atol=1e-9)


def test_a_missing_unit_is_told(tmp_path):
    path = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(200), 100, "")])
    assert kinds(open_recording(str(path), AUTO)) == ["unit_missing"]
    assert kinds(open_recording(str(path), RecordingSettings(unit="uV"))) == []


def test_acceleration_is_in_g(tmp_path):
    signal = MadeSignal("ACC X", noise(200), 100, "mg")
    streams = read_all(write_edf(tmp_path / "a.edf", [SIGNAL_SHORT, signal]))
    np.testing.assert_allclose(streams["acc0"][:, 0], signal.digital * 0.1 * 1e-3, atol=1e-9)


def test_samples_at_the_rail_equal_the_range(tmp_path):
    digital = np.array([-32768, 32767, 0, 5] * 50, np.int16)
    signals = [
        MadeSignal("A", digital, 100),
        MadeSignal("B", digital, 100, "mV", (-1.3, 1.1)),
        MadeSignal("C", digital, 100, "uV", (8711, -8711)),
    ]
    path = write_edf(tmp_path / "a.edf", signals)
    (plan,) = open_recording(str(path), AUTO).streams
    (samples,) = read_all(path).values()
    assert plan.spec.adc_range is not None
    for column, range_ in enumerate(plan.spec.adc_range):
        assert range_ == (samples[:, column].min(), samples[:, column].max())


@pytest.mark.parametrize("label", ["Status", "TRIGGER", "Resp chest", "SaO2 X9", "Temp"])
def test_a_file_without_a_signal_is_refused(tmp_path, label):
    path = write_edf(tmp_path / "a.edf", [MadeSignal(label, noise(200), 100)])
    with pytest.raises(RecordingError) as refused:
        open_recording(str(path), AUTO)
    assert refused.value.reason is Reason.NO_SIGNAL


def test_a_file_of_annotations_only_is_refused():
    with pytest.raises(RecordingError) as refused:
        open_recording(real_file(HYPNOGRAM), AUTO)
    assert refused.value.reason is Reason.NO_SIGNAL


def test_a_rate_the_engine_does_not_take_is_refused(tmp_path):
    path = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(10), 1)], record_s="4")
    with pytest.raises(RecordingError, match=r"bad_stream.*sampling_rate"):
        open_recording(str(path), AUTO)


def test_content_of_another_format_is_named(tmp_path):
    renamed = tmp_path / "a.edf"
    with open(real_file(BDF), "rb") as file:
        renamed.write_bytes(file.read())
    with pytest.raises(RecordingError, match="content is BDF"):
        open_recording(str(renamed), AUTO)


def test_nothing_is_printed_and_warnings_become_notices(capfd, tmp_path):
    path = write_edf(tmp_path / "a.edf", [SIGNAL_SHORT], patient="X M X X weigh=1")
    recording = open_recording(str(path), AUTO)
    assert capfd.readouterr() == ("", "")
    assert [(n.kind, n.detail) for n in recording.notices] == [
        ("reader_warning", "Invalid patient information weigh")
    ]
