from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import neo
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.recordings.made_neuralynx import HEADER, RECORD, changed, write_ncs
from tests.transforms.recordings.real_files import LAHC1, LAHC1_GAPS, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run
from transforms.recordings.neuralynx.loader import _runs, load_neuralynx

AUTO = RecordingSettings()
FULL_US = 256_000  # 512 samples at 2,000 Hz


def counting(n: int) -> np.ndarray:
    return (np.arange(n) % 1000 - 500).astype(np.int16)


def alone(name: str, folder: Path) -> str:
    """A real channel without the others of its folder."""
    return str(shutil.copy(real_file(name), folder / Path(name).name))


def test_three_gaps_are_as_long_as_the_time_stamps_say(tmp_path):
    (stream,) = load_neuralynx(alone(LAHC1_GAPS, tmp_path), AUTO).streams
    # By hand: all records begin 256 ms apart, at 2,000 Hz; three of them hold 412, 505 and 489
    # samples instead of 512.
    assert stream.runs == (
        Run(0, 0, 5020),
        Run(5120, 5020, 3065),
        Run(8192, 8085, 2537),
        Run(10752, 10622, 939),
    )
    lost = [512 - 412, 512 - 505, 512 - 489]
    ends = [run.first_sample + run.n_samples for run in stream.runs]
    assert [b.first_sample - end for b, end in zip(stream.runs[1:], ends, strict=False)] == lost


@pytest.mark.parametrize("name", [LAHC1, LAHC1_GAPS])
def test_samples_and_pieces_are_those_that_neo_reads(tmp_path, name):
    path = alone(name, tmp_path)
    (stream,) = load_neuralynx(path, AUTO).streams
    reader = neo.rawio.NeuralynxRawIO(dirname=str(tmp_path), gap_tolerance_ms=0.25)
    reader.parse_header()
    sizes = [reader.get_signal_size(0, i, 0) for i in range(reader.segment_count(0))]
    assert [run.n_samples for run in stream.runs] == sizes
    for i, run in enumerate(stream.runs):
        stored = reader.get_analogsignal_chunk(0, i, stream_index=0)
        uv = reader.rescale_signal_raw_to_float(stored, dtype="float64", stream_index=0)
        ours = stream.samples[run.file_sample : run.file_sample + run.n_samples]
        np.testing.assert_allclose(ours, uv, rtol=1e-12)


def test_one_record_read_by_hand(tmp_path):
    path = alone(LAHC1, tmp_path)
    (stream,) = load_neuralynx(path, AUTO).streams
    record = np.frombuffer(Path(path).read_bytes(), RECORD, count=1, offset=16_384 + 1044 * 4)[0]
    first = 512 * 4
    by_hand = record["x"] * -0.305175781250000006  # inverted, volts of a step from the header
    np.testing.assert_allclose(stream.samples[first : first + 512, 0], by_hand, rtol=1e-12)
    assert (stream.signal, stream.channels) == ("lfp", ("LAHC1",))
    assert stream.sampling_rate == 2000
    assert stream.start_ns == 1_698_932_395_972_475_000  # the first time stamp: since 1970
    assert stream.adc_range == ((-32767 * 0.305175781250000006, 32767 * 0.305175781250000006),)


def test_a_folder_is_one_recording_and_what_was_sampled_together_one_stream():
    recording = load_neuralynx(real_file(LAHC1), AUTO)
    assert [stream.channels for stream in recording.streams] == [
        ("LAHC1-0", "LAHC2"),
        ("LAHC1-1",),
    ]
    assert [notice.kind for notice in recording.notices] == ["duplicate_labels"]


@given(
    lengths=st.lists(st.integers(1, 512), min_size=1, max_size=12),
    lost=st.lists(st.integers(0, 5000), min_size=12, max_size=12),
    early_us=st.integers(-240, 240),
)
def test_what_is_lost_between_records_is_the_gap(lengths, lost, early_us):
    """Though the clock may be off by less than half a sample."""
    records = np.zeros(len(lengths), [("time_us", "<u8"), ("n_valid", "<u4")])
    place, expected = 0, list[int]()
    for i, n in enumerate(lengths):
        place += lost[i] if i else 0
        records[i] = 10_000_000 + place * 500 + early_us * (i % 2), n
        expected += range(place, place + n)
        place += n
    runs = _runs(records, 500.0, "made")
    assert [r.first_sample + i for r in runs for i in range(r.n_samples)] == expected
    assert [r.file_sample + i for r in runs for i in range(r.n_samples)] == list(
        range(sum(lengths))
    )


def test_a_drifting_clock_opens_no_gap_and_is_told(tmp_path):
    times = [round(1_000_000 + i * FULL_US * 1.01) for i in range(20)]
    path = write_ncs(tmp_path / "a.ncs", times, counting(20 * 512))
    recording = load_neuralynx(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 20 * 512),)
    assert [notice.kind for notice in recording.notices] == ["clock_drift"]


def test_records_that_overlap_are_refused(tmp_path):
    path = write_ncs(tmp_path / "a.ncs", [0, FULL_US, FULL_US, 2 * FULL_US], counting(2048))
    with pytest.raises(RecordingError) as refused:
        load_neuralynx(str(path), AUTO)
    assert refused.value.reason is Reason.BAD_RECORD_TIMES


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"DspHighCutFrequency": "9000"}, "spikes"),
        ({"DspHighCutFrequency": "2999"}, "lfp"),
        ({"DSPHighCutFilterEnabled": "False", "SamplingFrequency": "32000"}, "spikes"),
        ({"DSPHighCutFilterEnabled": None}, "lfp"),
    ],
)
def test_the_low_pass_filter_decides_the_kind(tmp_path, fields, kind):
    rate = int(fields.get("SamplingFrequency") or 2000)
    header = changed(**fields)
    path = write_ncs(tmp_path / "a.ncs", [0], counting(512), header=header, rate=rate)
    assert load_neuralynx(str(path), AUTO).streams[0].signal == kind
    (told,) = load_neuralynx(str(path), RecordingSettings(signal="ecog")).streams
    assert told.signal == "ecog"


def test_times_since_the_system_was_switched_on_start_at_the_date(tmp_path):
    path = write_ncs(tmp_path / "a.ncs", [5_000_000], counting(512))
    (stream,) = load_neuralynx(str(path), AUTO).streams
    assert stream.start_ns == 1_698_932_367_000_000_000  # 2023-11-02 13:39:27
    assert stream.sampling_rate == Fraction(2000)


def test_a_channel_that_was_switched_off_is_left_out(tmp_path):
    path = write_ncs(tmp_path / "a.ncs", [0], counting(512))
    write_ncs(tmp_path / "b.ncs", [], counting(0), header=changed(AcqEntName="CSC2"))
    recording = load_neuralynx(str(path), AUTO)
    assert recording.streams[0].channels == ("CSC1",)
    assert [notice.kind for notice in recording.notices] == ["channels_left_out"]


def test_a_cut_file_is_refused_unless_it_was_never_closed(tmp_path):
    path = write_ncs(tmp_path / "a.ncs", [0, FULL_US], counting(1024))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RecordingError) as refused:
        load_neuralynx(str(path), AUTO)
    assert refused.value.reason is Reason.TRUNCATED
    assert "a.ncs" in refused.value.message
    header = changed(TimeClosed=None).encode().ljust(16_384, b"\0")
    path.write_bytes(header + path.read_bytes()[16_384:])
    recording = load_neuralynx(str(path), AUTO)
    assert recording.streams[0].runs == (Run(0, 0, 512),)
    assert [notice.kind for notice in recording.notices] == ["unclosed_file"]


@pytest.mark.parametrize(
    ("field", "value"), [("n", 513), ("rate", 2100), ("channel", 8), ("rate", 30000)]
)
def test_a_record_that_contradicts_the_header_is_refused(tmp_path, field, value):
    path = write_ncs(tmp_path / "a.ncs", [0, FULL_US], counting(1024), header=HEADER)
    content = bytearray(path.read_bytes())
    records = np.frombuffer(content, RECORD, offset=16_384)
    records[field][1] = value
    path.write_bytes(bytes(content))
    with pytest.raises(RecordingError) as refused:
        load_neuralynx(str(path), AUTO)
    assert refused.value.reason is Reason.BAD_HEADER
