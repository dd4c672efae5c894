from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.recordings.fuzzing import assert_only_typed_errors
from tests.transforms.recordings.real_files import MIND_MONITOR_SLOW, MUSE_LSL, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run, open_recording
from transforms.recordings.muse.loader import load_muse_csv

AUTO = RecordingSettings()
START_S = 1_700_000_000.0
START = datetime.datetime.fromtimestamp(START_S, datetime.UTC)


def eeg(n, n_channels=4, seed=0):
    return (800 + np.random.default_rng(seed).normal(0, 20, (n, n_channels))).round(3)


def stamps(n, rate=256.0):
    return START_S + np.arange(n) / rate


def kinds(loaded):
    return [notice.kind for notice in loaded.notices]


def muse_lsl(values, times, markers=None):
    lines = ["timestamps,TP9,AF7,AF8,TP10,Right AUX,Marker0"]
    for row, (time_s, channels) in enumerate(zip(times, values, strict=True)):
        cells = [f"{time_s:.3f}", *map(str, channels), "0", str((markers or {}).get(row, 0))]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def mind_monitor(values, times, elements=None):
    """As the app writes it: rows of values, and rows of their own for what it noticed."""
    lines = [
        "TimeStamp,Delta_TP9,RAW_TP9,RAW_AF7,RAW_AF8,RAW_TP10,AUX_RIGHT,Accelerometer_X,"
        "Accelerometer_Y,Accelerometer_Z,Gyro_X,HeadBandOn,Battery,Elements"
    ]
    for row, (time_s, channels) in enumerate(zip(times, values, strict=True)):
        date = START + datetime.timedelta(seconds=float(time_s) - START_S)
        text = date.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        if elements and row in elements:
            lines.append(f"{text},,,,,,,,,,,,,{elements[row]}")
        cells = [text, "0.3", *map(str, channels), "830.1", "0.1", "0.2", "0.97", "1.2", "1", "90"]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def muse_direct_packets(values, times_s):
    lines = ["Timestamp,PacketType,Data"]
    for row, (time_s, channels) in enumerate(zip(times_s, values, strict=True)):
        stamp = round(time_s * 1e6)
        lines.append(f'{stamp},EEG,"{",".join(map(str, channels))}"')
        if row % 5 == 0:  # 51.2 a second
            lines.append(f'{stamp},ACCELEROMETER,"0.09,0.05,0.99"')
            lines.append(f'{stamp},GYRO,"0.25,-1.0,0.2"')
        if row in (300, 310):
            lines.append(f'{stamp},ARTIFACTS,"1,1,0"')
        if row in (200, 320):
            lines.append(f'{stamp},ARTIFACTS,"1,0,0"')
    return "\n".join(lines) + "\n"


def muse_direct_columns(values, times_s):
    lines = ["timestamps,eeg_1,eeg_2,eeg_3,eeg_4,acc_1,acc_2,acc_3,gyro_1,blink,jaw_clench"]
    for row, (time_s, channels) in enumerate(zip(times_s, values, strict=True)):
        lines.append(f"{time_s:.6f},{','.join(map(str, channels))},,,,,,")
        if row % 5 == 0:
            lines.append(f"{time_s:.6f},,,,,0.09,0.05,0.99,,,")
        if row == 100:
            lines.append(f"{time_s:.6f},,,,,,,,,1,0")
    return "\n".join(lines) + "\n"


def load(tmp_path, text, **kwargs):
    path = tmp_path / "muse.csv"
    path.write_text(text)
    return load_muse_csv(str(path), RecordingSettings(**kwargs))


def test_a_real_recording_with_a_clock_that_steps_back_is_one_run():
    path = real_file(MUSE_LSL)
    loaded = load_muse_csv(path, AUTO)
    (stream,) = loaded.streams
    assert (stream.signal, float(stream.sampling_rate)) == ("eeg", 256)
    assert stream.channels == ("TP9", "AF7", "AF8", "TP10", "Right AUX")
    assert stream.runs == (Run(0, 0, 30_732),)
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_array_equal(stream.samples, table[:, 1:6])
    (jitter,) = [n.detail for n in loaded.notices if n.kind == "clock_jitter"]
    assert "step back by up to 15.0 ms" in jitter
    assert "unknown_start" in kinds(loaded)  # the stamps are those of a clock since boot


def test_its_markers_are_beside_their_samples():
    path = real_file(MUSE_LSL)
    loaded = load_muse_csv(path, AUTO)
    codes = np.loadtxt(path, delimiter=",", skiprows=1, usecols=6)
    (rows,) = np.nonzero(codes)
    assert [m.description for m in loaded.markers] == [f"{codes[row]:g}" for row in rows]
    start_ns = loaded.streams[0].start_ns
    assert [round((m.start_ns - start_ns) * 256 / 1e9) for m in loaded.markers] == rows.tolist()


def test_a_mind_monitor_file_with_a_row_a_second_is_not_taken_for_256_hertz():
    with pytest.raises(RecordingError) as refused:
        open_recording(real_file(MIND_MONITOR_SLOW), AUTO)
    assert refused.value.reason is Reason.BAD_STREAM
    assert "Constant" in refused.value.message


def test_muse_lsl_by_its_columns(tmp_path):
    values = eeg(600) - 800
    loaded = load(tmp_path, muse_lsl(values, stamps(600), {100: 1, 101: 1, 300: 2}))
    (stream,) = loaded.streams
    np.testing.assert_array_equal(stream.samples[:, :4], values)
    assert stream.start_ns == pytest.approx(START_S * 1e9, abs=2e6)
    assert [m.description for m in loaded.markers] == ["1", "2"]
    assert stream.adc_range is not None
    assert "unknown_start" not in kinds(loaded)


def test_mind_monitor_has_electrodes_accelerations_and_elements(tmp_path):
    elements = {50: "/muse/elements/blink", 200: "/muse/elements/jaw_clench", 300: "/Marker/1"}
    loaded = load(tmp_path, mind_monitor(eeg(600), stamps(600), elements))
    (brain, acc) = loaded.streams
    assert brain.channels == ("TP9", "AF7", "AF8", "TP10", "AUX_RIGHT")
    np.testing.assert_array_equal(brain.samples[:, :4], eeg(600))
    assert (acc.signal, acc.sampling_rate, acc.runs) == ("acc", 256, brain.runs)
    assert acc.samples[0].tolist() == [0.1, 0.2, 0.97]
    found = [(round((m.start_ns - brain.start_ns) * 256e-9), m.description) for m in loaded.markers]
    assert found == [(50, "blink"), (200, "jaw_clench"), (300, "Marker/1")]
    assert "repeated_samples" in kinds(loaded)
    (left_out,) = [n.detail for n in loaded.notices if n.kind == "channels_left_out"]
    assert "Gyro_X" in left_out


@pytest.mark.parametrize("write", [muse_direct_packets, muse_direct_columns])
def test_muse_direct_has_accelerations_at_their_own_rate(tmp_path, write):
    values = eeg(1300)
    loaded = load(tmp_path, write(values, stamps(1300)))
    (brain, acc) = loaded.streams
    assert brain.channels == ("TP9", "AF7", "AF8", "TP10")
    np.testing.assert_array_equal(brain.samples, values)
    assert brain.runs == (Run(0, 0, 1300),)
    assert brain.start_ns == pytest.approx(START_S * 1e9, abs=1e6)
    assert (acc.sampling_rate, acc.samples.shape) == (52, (260, 3))
    (blink,) = loaded.markers
    row = 300 if write is muse_direct_packets else 101
    assert blink.description == "blink"
    assert round((blink.start_ns - brain.start_ns) * 256e-9) == row


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lost=st.integers(1, 20), at=st.integers(30, 70))
def test_packets_lost_by_the_radio_open_a_gap_of_as_many_samples(tmp_path_factory, seed, lost, at):
    jitter_s = np.random.default_rng(seed).uniform(-0.004, 0.004, 1200)
    jitter_s += 0.012 * (np.arange(1200) / 800 % 1)  # and clocks that are set right now and then
    keep = np.ones(1200, bool)
    keep[at * 12 : (at + lost) * 12] = False
    text = muse_lsl(eeg(1200)[keep], (stamps(1200) + jitter_s)[keep])
    first, second = load(tmp_path_factory.mktemp("muse"), text).streams[0].runs
    assert second.first_sample - second.file_sample == lost * 12
    assert abs(first.n_samples - at * 12) <= 12


def test_an_empty_cell_is_absent_and_no_other_channel_notices(tmp_path):
    text = muse_lsl(eeg(100), stamps(100)).replace(f",{eeg(100)[40, 1]},", ",,", 1)
    samples = load(tmp_path, text).streams[0].samples
    assert np.isnan(samples[40, 1])
    assert np.isnan(samples).sum() == 1


def test_the_older_muse_has_220_samples_a_second(tmp_path):
    assert load(tmp_path, muse_lsl(eeg(600), stamps(600, 220))).streams[0].sampling_rate == 220


@pytest.mark.parametrize("rate", [10, 128, 300])
def test_other_rates_are_refused(tmp_path, rate):
    with pytest.raises(RecordingError) as refused:
        load(tmp_path, muse_lsl(eeg(600), stamps(600, rate)))
    assert refused.value.reason is Reason.BAD_STREAM


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("timestamps,TP9,AF7\n", Reason.NO_SAMPLES),
        ("TP9,AF7\n1,2\n", Reason.BAD_HEADER),
        ("timestamps,TP9\n1.0,3\n2.0,x\n3.0,4\n", Reason.UNREADABLE),
        ("timestamps,TP9\nyesterday,3\n", Reason.BAD_RECORD_TIMES),
        ("Timestamp,PacketType,Data\n1,EEG,1 2 3\n2,EEG,1\n", Reason.UNREADABLE),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, text, reason):
    with pytest.raises(RecordingError) as refused:
        load(tmp_path, text)
    assert refused.value.reason is reason


def test_a_last_line_cut_short_is_left_out_and_told(tmp_path):
    text = muse_lsl(eeg(100), stamps(100))
    loaded = load(tmp_path, text[: text.rindex(",", 0, -20)])
    assert loaded.streams[0].runs == (Run(0, 0, 99),)
    assert "unclosed_file" in kinds(loaded)


def test_the_user_may_say_that_it_is_another_signal_but_not_of_the_accelerometer(tmp_path):
    loaded = load(tmp_path, mind_monitor(eeg(300), stamps(300)), signal="emg")
    assert [stream.signal for stream in loaded.streams] == ["emg", "acc"]


@pytest.mark.parametrize(
    ("write", "n"), [(muse_lsl, 400), (mind_monitor, 300), (muse_direct_packets, 300)]
)
def test_a_damaged_file_is_read_or_refused(tmp_path, write, n):
    path = tmp_path / "muse.csv"
    path.write_text(write(eeg(40), stamps(40)))
    outcomes = assert_only_typed_errors([path], n)
    assert outcomes["read"] > 20
    assert len(outcomes) >= 4, outcomes
