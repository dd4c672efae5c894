from __future__ import annotations

import numpy as np
import pytest

from tests.recordings import openbci
from tests.transforms.recordings.fuzzing import assert_only_typed_errors
from tests.transforms.recordings.real_files import OPENBCI, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run, open_recording
from transforms.recordings.openbci.loader import load_openbci_text

AUTO = RecordingSettings()
START_S = 1_700_000_000.0


def uv(n, n_channels=8, seed=0):
    return (40_000 + np.random.default_rng(seed).normal(0, 50, (n, n_channels))).round(2)


def kinds(loaded):
    return [notice.kind for notice in loaded.notices]


def gui_5(values, *, rate=250, board="CytonSerial", indices=None, markers=None, milliseconds=False):
    """GUI 5 and later: the columns are named; seconds, or milliseconds in converted files."""
    n, n_channels = values.shape
    names = ["Sample Index", *(f"EXG Channel {i}" for i in range(n_channels))]
    names += [*(f"Accel Channel {i}" for i in range(3)), "Other", "Analog Channel 0"]
    names += ["Timestamp", "Marker Channel", "Timestamp (Formatted)"]
    lines = [
        "%OpenBCI Raw EXG Data",
        f"%Number of channels = {n_channels}",
        f"%Sample Rate = {rate} Hz",
        f"%Board = OpenBCI_GUI$Board{board}",
        ", ".join(names),
    ]
    indices = np.arange(n) % 256 if indices is None else indices
    for row in range(n):
        time_s = START_S + row // 8 * 8 / rate  # rows come in groups
        stamp = f"{time_s * 1e3:.0f}" if milliseconds else f"{time_s:.6f}"
        marker = float((markers or {}).get(row, 0))
        cells = [f"{indices[row]}", *map(str, values[row]), "0.1", "0.2", "0.97", "0", "0"]
        lines.append(", ".join([*cells, stamp, str(marker), "2023-11-14 22:13:20.000"]))
    return "\n".join(lines) + "\n"


def gui_4(values, *, said=True, with_ms=True):
    """GUI 4 and before: no names of columns; accelerations in every tenth row, zeros between."""
    n, n_channels = values.shape
    lines = ["%OpenBCI Raw EEG Data", "%"]
    lines += [f"%Number of channels = {n_channels}"] if said else []
    lines += ["%Sample Rate = 250.0 Hz", "%First Column = SampleIndex", "%Last Column = Timestamp"]
    for row in range(n):
        acc = ["0.020", "0.732", "0.444"] if row % 10 == 3 else ["0.000"] * 3
        cells = [str(row % 256), *map(str, values[row]), *acc, f"12:00:{row / 250:06.3f}"]
        cells += [f"{(START_S + row / 250) * 1e3:.0f}"] if with_ms else []
        lines.append(", ".join(cells))
    return "\n".join(lines) + "\n"


def load(tmp_path, text, **kwargs):
    path = tmp_path / "openbci.txt"
    path.write_text(text)
    return load_openbci_text(str(path), RecordingSettings(**kwargs))


def test_the_real_recording_is_what_a_reader_of_its_own_reads():
    loaded = load_openbci_text(real_file(OPENBCI), AUTO)
    exg, acc = loaded.streams
    np.testing.assert_array_equal(exg.samples, openbci()[0])
    assert (exg.signal, float(exg.sampling_rate), exg.runs) == ("eeg", 250, (Run(0, 0, 22_490),))
    assert exg.adc_range == ((-187_500.0, 187_500.0),) * 8
    assert exg.start_ns / 1e9 == pytest.approx(1_557_936_053.329, abs=0.02)
    assert np.median(np.linalg.norm(acc.samples, axis=1)) == pytest.approx(1, abs=0.05)
    assert sorted(kinds(loaded)) == ["channels_left_out", "clock_drift", "repeated_samples"]
    plans = open_recording(real_file(OPENBCI), AUTO).streams
    assert [plan.stream for plan in plans] == ["eeg0", "acc0"]


@pytest.mark.parametrize("milliseconds", [False, True])
def test_files_of_newer_guis_by_the_names_of_their_columns(tmp_path, milliseconds):
    text = gui_5(uv(600), markers={100: 1, 101: 1, 300: 2}, milliseconds=milliseconds)
    loaded = load(tmp_path, text)
    exg, acc = loaded.streams
    np.testing.assert_array_equal(exg.samples, uv(600))
    assert exg.start_ns == pytest.approx(START_S * 1e9, abs=0.05e9)
    assert acc.samples[0].tolist() == [0.1, 0.2, 0.97]
    found = [(round((m.start_ns - exg.start_ns) / 4e6), m.description) for m in loaded.markers]
    assert found == [(100, "1"), (300, "2")]


@pytest.mark.parametrize("said", [True, False])
def test_files_of_older_guis_by_the_order_of_their_columns(tmp_path, said):
    loaded = load(tmp_path, gui_4(uv(600), said=said))
    exg, acc = loaded.streams
    np.testing.assert_array_equal(exg.samples, uv(600))
    assert exg.start_ns == pytest.approx(START_S * 1e9, abs=1e7)
    assert np.isnan(acc.samples[:3]).all()  # not sent yet
    np.testing.assert_array_equal(acc.samples[3:], np.tile([0.02, 0.732, 0.444], (597, 1)))


def test_a_time_of_the_day_is_no_date(tmp_path):
    loaded = load(tmp_path, gui_4(uv(300), with_ms=False))
    assert "unknown_start" in kinds(loaded)
    assert loaded.streams[0].start_ns == pytest.approx(43_200 * 1e9, abs=1e7)


def test_a_daisy_counts_by_twos_and_a_ganglion_sends_pairs(tmp_path):
    daisy = gui_5(uv(600, 16), rate=125, board="CytonSerialDaisy", indices=np.arange(600) * 2 % 256)
    (exg, _) = load(tmp_path, daisy).streams
    assert (exg.sampling_rate, exg.runs, len(exg.channels)) == (125, (Run(0, 0, 600),), 16)
    pairs = np.resize([0, *np.repeat(np.arange(1, 101), 2)], 600)
    (exg, _) = load(
        tmp_path, gui_5(uv(600, 4), rate=200, board="GanglionBLE", indices=pairs)
    ).streams
    assert (exg.sampling_rate, exg.runs, exg.adc_range) == (200, (Run(0, 0, 600),), None)


def test_lost_swapped_and_repeated_rows_are_placed_by_their_index(tmp_path):
    values = uv(600)
    header, *rows = gui_5(values).splitlines()[4:]
    head = [*gui_5(values).splitlines()[:4], header]
    rows[500], rows[501] = rows[501], rows[500]
    rows = rows[:200] + rows[190:300] + rows[310:]
    loaded = load(tmp_path, "\n".join(head + rows) + "\n")
    stream = loaded.streams[0]
    assert stream.runs == (Run(0, 0, 300), Run(310, 300, 290))
    np.testing.assert_array_equal(stream.samples, np.delete(values, np.s_[300:310], axis=0))
    (told,) = [n.detail for n in loaded.notices if n.kind == "samples_reordered"]
    assert "1 stood behind" in told
    assert "10 came twice" in told


def test_a_rate_that_no_header_says_is_asked_for(tmp_path):
    text = gui_5(uv(100, 5), board="Unheard").replace("%Sample Rate = 250 Hz\n", "")
    with pytest.raises(RecordingError) as refused:
        load(tmp_path, text)
    assert "--sampling-rate-hz" in refused.value.message
    assert load(tmp_path, text, sampling_rate=500).streams[0].sampling_rate == 500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%OpenBCI Raw EXG Data\n", Reason.NO_SAMPLES),
        ("%OpenBCI\n%Sample Rate = 250 Hz\nSample Index, EXG Channel 0\n", Reason.NO_SAMPLES),
        ("%OpenBCI\nSample Index, Volts\n1,2\n", Reason.BAD_HEADER),
        ("%OpenBCI\n%Sample Rate = fast\n0,1,2,3,4,0,0,0\n", Reason.BAD_HEADER),
        ("%OpenBCI\n%Number of channels = 1e9\n0,1,2,3,4,0,0,0\n", Reason.BAD_HEADER),
        ("%OpenBCI\n0,1,2\n", Reason.BAD_HEADER),
        ("%OpenBCI\n0,1,2,3,4,0,0,0\n1,1,?,3,4,0,0,0\n2,1,2,3,4,0,0,0\n", Reason.UNREADABLE),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, text, reason):
    with pytest.raises(RecordingError) as refused:
        load(tmp_path, text)
    assert refused.value.reason is reason


def test_the_user_may_say_that_the_channels_are_muscles(tmp_path):
    loaded = load(tmp_path, gui_5(uv(300)), signal="emg")
    assert [stream.signal for stream in loaded.streams] == ["emg", "acc"]


@pytest.mark.parametrize(("write", "n"), [(gui_5, 600), (gui_4, 400)])
def test_a_damaged_file_is_read_or_refused(tmp_path, write, n):
    path = tmp_path / "openbci.txt"
    path.write_text(write(uv(40)))
    outcomes = assert_only_typed_errors([path], n)
    assert outcomes["read"] > 20
    assert len(outcomes) >= 4, outcomes
