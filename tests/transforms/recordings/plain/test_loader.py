from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import pytest

from tests.transforms.recordings.fuzzing import assert_only_typed_errors
from tests.transforms.recordings.real_files import real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run, open_recording
from transforms.recordings.plain.loader import load_plain_table

AUTO = RecordingSettings()


def noise(n=300, n_channels=2, seed=0):
    return np.random.default_rng(seed).normal(0, 20, (n, n_channels)).round(4)


def kinds(loaded):
    return [notice.kind for notice in loaded.notices]


def text_of(table, delimiter=",", header=""):
    rows = [delimiter.join(map(str, row)) for row in table.tolist()]
    return "\n".join(([header] if header else []) + rows) + "\n"


def biosppy(table, *, rate="100.0", extra=""):
    labels = "\t".join(f"EEG{i}" for i in range(table.shape[1]))
    head = f"# Simple Text Format\n# Sampling Rate (Hz):= {rate}\n{extra}# Labels:= {labels}\n"
    return head + text_of(table, "\t")


def load(tmp_path, content, name="a.csv", rate=None, **kwargs):
    path = tmp_path / name
    if isinstance(content, str):
        path.write_text(content)
    else:
        np.save(path, content)
    return load_plain_table(str(path), RecordingSettings(sampling_rate=rate, **kwargs))


@pytest.mark.parametrize(
    ("name", "signal", "rate", "n_samples", "told"),
    [
        ("biosppy/eeg_ec.txt", "eeg", 125, 38_219, "all numbers are whole"),
        ("biosppy/eeg_eo.txt", "eeg", 125, 30_203, "all numbers are whole"),
        ("biosppy/emg.txt", "emg", 1000, 100_000, "resolution of 12 bits"),
    ],
)
def test_real_counts_of_a_converter_are_read_and_told(name, signal, rate, n_samples, told):
    path = real_file(name)
    loaded = load_plain_table(path, AUTO)
    (stream,) = loaded.streams
    assert (stream.signal, float(stream.sampling_rate)) == (signal, rate)
    assert stream.runs == (Run(0, 0, n_samples),)
    np.testing.assert_array_equal(stream.samples[:, 0], np.loadtxt(path))
    details = [n.detail for n in loaded.notices if n.kind == "unit_missing"]
    assert any(told in detail and "raw converter counts" in detail for detail in details)


def test_the_real_emg_has_the_range_of_its_converter():
    (stream,) = load_plain_table(real_file("biosppy/emg.txt"), AUTO).streams
    assert stream.adc_range == ((0.0, 4095.0),)


def test_the_real_date_is_that_of_the_first_sample():
    (stream,) = load_plain_table(real_file("biosppy/eeg_ec.txt"), AUTO).streams
    assert stream.start_ns == 1_626_652_706_361_264_000


def test_a_real_acceleration_labelled_with_the_wrong_unit_is_told():
    path = real_file("biosppy/acc.txt")
    loaded = load_plain_table(path, AUTO)
    (stream,) = loaded.streams
    assert (stream.signal, float(stream.sampling_rate)) == ("acc", 100)
    np.testing.assert_allclose(stream.samples, np.loadtxt(path) / 9.80665)
    (told,) = [n.detail for n in loaded.notices if n.kind == "implausible_unit"]
    assert "--unit g reads it right" in told
    right = load_plain_table(path, RecordingSettings(unit="g"))
    np.testing.assert_allclose(right.streams[0].samples, np.loadtxt(path))
    assert "implausible_unit" not in kinds(right)


def test_a_real_table_without_a_header_needs_a_rate():
    path = real_file("eeg101_muse/blinks.csv")
    with pytest.raises(RecordingError) as refused:
        open_recording(path, AUTO)
    assert refused.value.reason is Reason.BAD_HEADER
    assert "--sampling-rate-hz" in refused.value.message
    (stream,) = load_plain_table(path, RecordingSettings(sampling_rate=Fraction(256))).streams
    assert (stream.channels, float(stream.sampling_rate)) == (("ch1", "ch2", "ch3", "ch4"), 256)
    np.testing.assert_array_equal(stream.samples, np.loadtxt(path, delimiter=","))


def test_a_real_numpy_array_of_an_lfp():
    path = real_file("neurodsp_lfp/sample_data_1.npy")
    settings = RecordingSettings(sampling_rate=Fraction(1000), signal="ecog")
    (plan,) = open_recording(path, settings).streams
    assert (plan.stream, plan.n_samples) == ("ecog0", 10_000)


@pytest.mark.parametrize(
    "name",
    [
        "neurodsp_lfp/README.txt",
        "moabb_tables/persubject_physionet_TS.csv",
        "moabb_tables/persubject_physionet_MDM.csv",
        "moabb_tables/within_session_ssvep_all_classes.csv",
    ],
)
def test_real_texts_and_tables_of_results_are_no_recordings(name):
    path = real_file(name)
    with pytest.raises(RecordingError) as refused:
        load_plain_table(path, RecordingSettings(sampling_rate=Fraction(256)))
    assert refused.value.reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("header", [False, True])
def test_any_delimiter_with_and_without_names(tmp_path, delimiter, header):
    names = delimiter.join(["C3", "ECG"]) if header else ""
    loaded = load(tmp_path, text_of(noise(), delimiter, names), rate=Fraction(100))
    found = [(s.signal, s.channels, s.samples[:, 0].tolist()) for s in loaded.streams]
    if header:
        assert [(s, c) for s, c, _ in found] == [("eeg", ("C3",)), ("ecg", ("ECG",))]
        assert found[1][2] == noise()[:, 1].tolist()
    else:
        assert loaded.streams[0].channels == ("ch1", "ch2")
        np.testing.assert_array_equal(loaded.streams[0].samples, noise())


def test_decimal_commas_between_semicolons(tmp_path):
    text = text_of(noise(), ";", "C3;C4").replace(".", ",")
    np.testing.assert_array_equal(
        load(tmp_path, text, rate=Fraction(9)).streams[0].samples, noise()
    )


def test_units_stand_behind_the_names(tmp_path):
    text = text_of(noise(), ",", "C3 (mV),ACC_x [m/s^2]")
    eeg, acc = load(tmp_path, text, rate=Fraction(100)).streams
    np.testing.assert_array_equal(eeg.samples[:, 0], noise()[:, 0] * 1e3)
    np.testing.assert_allclose(acc.samples[:, 0], noise()[:, 1] / 9.80665)


@pytest.mark.parametrize(
    ("name", "a_second"),
    [("time", 1), ("Time (s)", 1), ("time_ms", 1e3), ("t", 1e3), ("Time (us)", 1e6)],
)
def test_a_column_of_times_shows_the_rate_and_the_gaps(tmp_path, name, a_second):
    rows = np.delete(np.arange(500), np.s_[200:250])
    table = np.column_stack([rows / 250 * a_second, noise(450, 1)])
    loaded = load(tmp_path, text_of(table, ",", f"{name},C3"))
    (stream,) = loaded.streams
    assert (stream.sampling_rate, stream.channels) == (250, ("C3",))
    assert stream.runs == (Run(0, 0, 200), Run(250, 200, 250))


def test_dates_of_the_rows_are_the_start(tmp_path):
    rows = [f"2026-01-01 00:00:{i / 100:06.3f},{i % 7}.5" for i in range(300)]
    loaded = load(tmp_path, "timestamp,C3\n" + "\n".join(rows) + "\n")
    assert loaded.streams[0].start_ns == pytest.approx(1_767_225_600 * 10**9, abs=1000)
    assert "unknown_start" not in kinds(loaded)


def test_counters_texts_and_markers_are_no_channels(tmp_path):
    rows = [f"{i},{i * 0.5},{3 if i in (50, 51) else 0},rest" for i in range(200)]
    loaded = load(tmp_path, "index,C3,marker,label\n" + "\n".join(rows) + "\n", rate=Fraction(100))
    assert loaded.streams[0].channels == ("C3",)
    assert [(m.start_ns, m.description) for m in loaded.markers] == [(500_000_000, "3")]
    (left_out,) = [n.detail for n in loaded.notices if n.kind == "channels_left_out"]
    assert left_out.endswith("index, label")


@pytest.mark.parametrize(
    ("scale", "unit", "told"),
    [
        (1.0, "g", False),
        (9.81, "m/s^2", False),
        (9.81, "g", True),
        (1000.0, "g", True),
        (3.0, "g", False),
    ],
)
def test_a_body_at_rest_shows_one_g(tmp_path, scale, unit, told):
    table = scale * np.random.default_rng(0).normal([0.1, 0.2, 0.97], 0.01, (300, 3))
    head = f"# Sampling Rate (Hz):= 100\n# Units:= {unit}\n# Labels:= acc_x\tacc_y\tacc_z\n"
    loaded = load(tmp_path, head + text_of(table, "\t"), "a.txt")
    assert ("implausible_unit" in kinds(loaded)) is told


def test_a_unit_that_the_user_names_silences_the_words_about_units(tmp_path):
    loaded = load(tmp_path, biosppy(noise().round()), "a.txt", unit="uV")
    assert kinds(loaded) == ["unknown_start"]


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2", "u1"])
@pytest.mark.parametrize("n_channels", [0, 1, 3])
def test_numpy_arrays_of_any_real_type(tmp_path, dtype, n_channels):
    table = noise(100, max(1, n_channels)).astype(dtype)
    stored = table if n_channels else table[:, 0]
    (stream,) = load(tmp_path, stored, "a.npy", rate=Fraction(100)).streams
    np.testing.assert_array_equal(stream.samples, table.astype(float))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 4)),
        np.zeros((4, 100)),
        np.array(1.0),
        np.zeros(5, complex),
        np.array(["a"]),
        np.zeros((0, 2)),
    ],
)
def test_other_arrays_are_refused(tmp_path, array):
    with pytest.raises(RecordingError):
        load(tmp_path, array, "a.npy", rate=Fraction(100))


def test_an_array_with_objects_is_never_unpickled(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([{}]), allow_pickle=True)
    with pytest.raises(RecordingError) as refused:
        load_plain_table(str(path), RecordingSettings(sampling_rate=Fraction(100)))
    assert refused.value.reason is Reason.UNREADABLE


def test_an_array_that_promises_more_than_it_holds_takes_no_memory(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    path = tmp_path / "a.npy"
    path.write_bytes(buffer.getvalue() + bytes(80))
    with pytest.raises(RecordingError) as refused:
        load_plain_table(str(path), RecordingSettings(sampling_rate=Fraction(100)))
    assert refused.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# nothing\n", Reason.NO_SAMPLES),
        ("C3,C4\n", Reason.UNKNOWN_FORMAT),
        ("time\n0\n1\n", Reason.NO_SIGNAL),
        ("some words\nand more\n", Reason.UNKNOWN_FORMAT),
        ("# Sampling Rate (Hz):= x\n1\n", Reason.BAD_HEADER),
        ("# Resolution:= 1e9\n1\n", Reason.BAD_HEADER),
        ("# Labels:= a\tb\n1\n", Reason.BAD_HEADER),
        ("1,2\n3,x\n5,6\n", Reason.UNREADABLE),
        ("time,C3\n5,1\n4,1\n3,1\n", Reason.UNKNOWN_FORMAT),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, text, reason):
    with pytest.raises(RecordingError) as refused:
        load(tmp_path, text, rate=Fraction(100))
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("name", "text", "n"),
    [
        (
            "a.txt",
            biosppy(noise(60), extra="# Resolution:= 12\n# Date:= 2026-01-01T00:00:00\n"),
            400,
        ),
        (
            "a.csv",
            text_of(np.column_stack([np.arange(60) / 100, noise(60)]), ",", "time,C3,C4"),
            400,
        ),
        ("a.npy", None, 400),
    ],
)
def test_a_damaged_file_is_read_or_refused(tmp_path, name, text, n):
    path = tmp_path / name
    if text is None:
        np.save(path, noise(60))
    else:
        path.write_text(text)
    outcomes = assert_only_typed_errors(
        [path], n, settings=RecordingSettings(sampling_rate=Fraction(100))
    )
    assert outcomes["read"] > 20
    assert len(outcomes) >= 3, outcomes
